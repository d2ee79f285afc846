#include <recocore/impl/drift/input_drift_inl.hpp>
