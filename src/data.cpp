#include <recocore/impl/data/attribute_table_inl.hpp>
#include <recocore/impl/data/catalogue_inl.hpp>
#include <recocore/impl/data/column_values_inl.hpp>
#include <recocore/impl/data/event_changes_inl.hpp>
#include <recocore/impl/data/event_log_inl.hpp>
#include <recocore/impl/data/interactions_inl.hpp>
#include <recocore/impl/data/split_inl.hpp>
