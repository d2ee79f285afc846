#include <recocore/impl/index/faiss_index_inl.hpp>
