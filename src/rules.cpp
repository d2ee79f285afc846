#include <recocore/impl/rank/rules_inl.hpp>
