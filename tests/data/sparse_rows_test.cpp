#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/index.hpp>
#include <recocore/data/sparse_rows.hpp>

using namespace recocore;

namespace {

// 0 2 0
// 0 0 0
// 3 4 0
SparseRows<UserIx, ItemIx> small_matrix() {
  return {.offsets = {0, 1, 1, 3},
          .indices = {ItemIx(1U), ItemIx(0U), ItemIx(1U)},
          .values = {2.0F, 3.0F, 4.0F},
          .columns = 3};
}

}  // namespace

TEST_CASE("rows are read") {
  const auto matrix = small_matrix();
  CHECK(matrix.rows() == 3);
  CHECK(matrix.entries() == 3);
  CHECK(matrix.row_size(UserIx(2U)) == 2);
  CHECK(matrix.row(UserIx(1U)).empty());
  CHECK(matrix.row(UserIx(2U))[1] == ItemIx(1U));
  CHECK(matrix.row_values(UserIx(2U))[0] == 3.0F);
}

TEST_CASE("a matrix without values is binary") {
  auto matrix = small_matrix();
  CHECK_FALSE(matrix.is_binary());
  matrix.values.clear();
  CHECK(matrix.is_binary());
  CHECK(matrix.row_values(UserIx(2U)).empty());
}

TEST_CASE("the transpose has rows and columns swapped") {
  const SparseRows<ItemIx, UserIx> expected{.offsets = {0, 1, 3, 3},
                                            .indices = {UserIx(2U), UserIx(0U), UserIx(2U)},
                                            .values = {3.0F, 2.0F, 4.0F},
                                            .columns = 3};
  CHECK(transpose(small_matrix()) == expected);
  CHECK(transpose(transpose(small_matrix())) == small_matrix());
}

TEST_CASE("the transpose of nothing is nothing") {
  const SparseRows<UserIx, ItemIx> empty;
  CHECK(empty.rows() == 0);
  CHECK(transpose(empty).rows() == 0);
  const SparseRows<UserIx, ItemIx> no_entries{.offsets = {0, 0}, .columns = 4};
  CHECK(transpose(no_entries).rows() == 4);
  CHECK(transpose(no_entries).columns == 1);
}
