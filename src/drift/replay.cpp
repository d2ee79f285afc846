#include <recocore/impl/drift/replay_inl.hpp>
