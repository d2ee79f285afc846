#include <recocore/impl/drift/timeline_inl.hpp>
