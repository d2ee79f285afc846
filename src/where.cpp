#include <recocore/impl/rank/where_inl.hpp>
