#include <recocore/impl/rank/popular_items_inl.hpp>
#include <recocore/impl/rank/serve_inl.hpp>
