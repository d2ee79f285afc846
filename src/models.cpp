#include <recocore/impl/models/item_knn_inl.hpp>
#include <recocore/impl/models/popularity_inl.hpp>
