#include <recocore/impl/data/event_log_inl.hpp>
#include <recocore/impl/data/interactions_inl.hpp>
#include <recocore/impl/data/split_inl.hpp>
