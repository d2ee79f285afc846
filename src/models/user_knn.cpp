#include <recocore/impl/models/user_knn_inl.hpp>
