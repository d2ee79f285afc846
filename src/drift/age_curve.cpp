#include <recocore/impl/drift/age_curve_inl.hpp>
