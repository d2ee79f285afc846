#include <recocore/impl/models/slim_inl.hpp>
