#include <recocore/impl/linalg/truncated_svd_inl.hpp>
