#include <recocore/impl/io/model_file_inl.hpp>
