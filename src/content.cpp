#include <recocore/impl/content/column_weights_inl.hpp>
#include <recocore/impl/content/content_features_inl.hpp>
#include <recocore/impl/content/content_index_inl.hpp>
#include <recocore/impl/content/content_match_inl.hpp>
#include <recocore/impl/content/text_terms_inl.hpp>
