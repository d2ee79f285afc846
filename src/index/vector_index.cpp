#include <recocore/impl/index/vector_index_inl.hpp>
