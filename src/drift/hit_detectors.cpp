#include <recocore/impl/drift/hit_detectors_inl.hpp>
