#include <recocore/impl/models/hybrid_inl.hpp>
