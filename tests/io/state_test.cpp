#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/rank/serve.hpp>

namespace {

using recocore::AnyModel;
using recocore::Interactions;
using recocore::InvalidData;
using recocore::ItemIx;

Interactions small_matrix() {
  // The last row and the last column are empty.
  recocore::SparseRows<recocore::UserIx, ItemIx> rows;
  rows.offsets = {0, 2, 4, 4};
  rows.indices = {ItemIx(0U), ItemIx(1U), ItemIx(0U), ItemIx(2U)};
  rows.values = {1.0F, 2.0F, 3.0F, 1.0F};
  rows.columns = 4;
  return Interactions::from_rows(std::move(rows));
}

}  // namespace

TEST_SUITE("io/state") {
  TEST_CASE("interactions survive, empty rows included") {
    const auto interactions = small_matrix();
    const auto bytes = recocore::to_bytes(interactions);
    const auto restored = recocore::interactions_from_bytes(bytes);
    CHECK(restored == interactions);
    CHECK(restored.report() == interactions.report());
    CHECK(recocore::to_bytes(restored) == bytes);
  }

  TEST_CASE("models give the same lists") {
    const recocore::ItemKnnConfig asymmetric{.k = 1, .similarity = {.similarity = recocore::Similarity::lift}};
    for (const AnyModel& model : {AnyModel(recocore::ItemKnn::fit(small_matrix())),
                                  AnyModel(recocore::ItemKnn::fit(small_matrix(), asymmetric)),
                                  AnyModel(recocore::Popularity::fit(small_matrix()))}) {
      const auto restored = recocore::model_from_bytes(recocore::to_bytes(model));
      CHECK(restored.name() == model.name());
      const std::vector<std::int64_t> users{0, 1, 2};
      CHECK(recocore::recommend_users(restored, std::span(users)).entries ==
            recocore::recommend_users(model, std::span(users)).entries);
    }
  }

  TEST_CASE("bytes that are cut off, too many or of another version are refused") {
    const auto bytes = recocore::to_bytes(AnyModel(recocore::ItemKnn::fit(small_matrix())));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CHECK_THROWS_AS(static_cast<void>(recocore::model_from_bytes(bytes.substr(0, size))), InvalidData);
    }
    CHECK_THROWS_AS(static_cast<void>(recocore::model_from_bytes(bytes + '\0')), InvalidData);
    CHECK_THROWS_AS(static_cast<void>(recocore::model_from_bytes(std::string(bytes.size(), '\x7F'))), InvalidData);
  }
}
