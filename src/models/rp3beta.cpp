#include <recocore/impl/models/rp3beta_inl.hpp>
