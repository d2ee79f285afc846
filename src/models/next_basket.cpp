#include <recocore/impl/models/next_basket_inl.hpp>
