#include <recocore/impl/models/sparse_ease_inl.hpp>
