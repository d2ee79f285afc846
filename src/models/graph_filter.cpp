#include <recocore/impl/models/graph_filter_inl.hpp>
