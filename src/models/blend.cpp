#include <recocore/impl/models/blend_inl.hpp>
