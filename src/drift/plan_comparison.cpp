#include <recocore/impl/drift/plan_comparison_inl.hpp>
