#include <recocore/impl/io/arrow_export_inl.hpp>
#include <recocore/impl/io/arrow_inl.hpp>
#include <recocore/impl/io/arrow_table_inl.hpp>
#include <recocore/impl/io/csv_inl.hpp>
#include <recocore/impl/io/csv_table_inl.hpp>
#include <recocore/impl/io/state_inl.hpp>
