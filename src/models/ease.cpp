#include <recocore/impl/models/ease_config_inl.hpp>
#include <recocore/impl/models/ease_inl.hpp>
