#include <recocore/impl/models/als_inl.hpp>
