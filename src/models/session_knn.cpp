#include <recocore/impl/models/session_knn_inl.hpp>
