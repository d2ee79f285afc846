#include <recocore/impl/drift/cost_meter_inl.hpp>
