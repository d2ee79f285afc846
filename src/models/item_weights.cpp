#include <recocore/impl/models/item_weights_inl.hpp>
