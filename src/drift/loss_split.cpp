#include <recocore/impl/drift/loss_split_inl.hpp>
