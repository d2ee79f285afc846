#include <recocore/impl/models/item_knn_inl.hpp>
