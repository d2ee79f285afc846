#include <recocore/impl/drift/schedules_inl.hpp>
