#include <recocore/impl/core/id_inl.hpp>
#include <recocore/impl/core/id_map_inl.hpp>
#include <recocore/impl/core/parallel_inl.hpp>
#include <recocore/impl/core/run_options_inl.hpp>
#include <recocore/impl/core/time_inl.hpp>
