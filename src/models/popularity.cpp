#include <recocore/impl/models/popularity_inl.hpp>
