#include <recocore/impl/drift/injected_inl.hpp>
