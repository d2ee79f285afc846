#include <recocore/impl/models/content_knn_inl.hpp>
