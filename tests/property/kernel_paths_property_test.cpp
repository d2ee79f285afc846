/// Whichever way the kernel goes, the bytes are the same.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <hwy/targets.h>

#include <recocore/impl/stats/find_similar_rows.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

using rc::detail::KernelPlan;

constexpr std::array both_ways{rc::Direction::from_row, rc::Direction::to_row};

/// Lists, four-byte counters, four-byte ids: what needs no condition to hold.
constexpr KernelPlan plainest{
    .narrow_ids = false, .head = 0, .least_counter = 4, .scan_from = 0, .scan_from_any = 1e18};

std::vector<KernelPlan> other_plans(std::size_t rows, bool counts_only) {
  std::vector<KernelPlan> plans;
  bool narrow = false;
  for (const unsigned counter : {1U, 2U, 4U}) {
    for (const double scan_from : {0.0, 40.0, 1e18}) {
      narrow = !narrow;
      plans.push_back({.narrow_ids = narrow, .head = 0, .least_counter = counter, .scan_from_any = scan_from});
    }
  }
  if (counts_only) {
    for (const std::size_t head : {std::size_t{1}, std::size_t{37}, rows - 1, rows}) {
      plans.push_back({.narrow_ids = true, .head = head, .scan_from_any = 40.0});
      plans.push_back({.narrow_ids = false, .head = head, .least_counter = 2, .scan_from_any = 1e18});
    }
  }
  return plans;
}

template <class Row, class Col>
void check_plans(const rc::SparseRows<Row, Col>& rows, const rc::SparseRows<Col, Row>& columns,
                 const rc::SimilarRowsConfig& config) {
  const auto expected = rc::detail::find_similar_rows(rows, columns, config, {.threads = 1}, both_ways, &plainest);
  // The plan that the cost model makes.
  CHECK(rc::detail::find_similar_rows(rows, columns, config, {.threads = 2}, both_ways) == expected);
  const bool counts_only = rc::detail::Summands<Row, Col>(rows, columns, config, {}).kind() == rc::detail::Summand::one;
  for (const auto& plan : other_plans(rows.rows(), counts_only)) {
    CAPTURE(plan.narrow_ids);
    CAPTURE(plan.head);
    CAPTURE(plan.least_counter);
    CAPTURE(plan.scan_from_any);
    CHECK(rc::detail::find_similar_rows(rows, columns, config, {.threads = 2}, both_ways, &plan) == expected);
  }
}

/// Every formula, with and without what needs counts besides.
std::vector<rc::SimilarRowsConfig> configurations() {
  std::vector<rc::SimilarRowsConfig> configs;
  for (const auto name : rc::similarity_names()) {
    const rc::SimilarityConfig plain{.similarity = rc::parse_similarity(name), .alpha = 0.3, .beta = 0.9};
    auto shrunk = plain;
    shrunk.shrinkage = 2.5;
    auto common = plain;
    common.min_common = 3;
    for (const auto& similarity : {plain, shrunk, common}) {
      configs.push_back({.k = 7, .similarity = similarity});
      if (rc::reads_values(similarity.similarity)) {
        configs.push_back({.k = 30, .similarity = similarity, .weighting = {.weighting = rc::Weighting::tf_idf}});
        configs.push_back({.k = 3, .similarity = similarity, .weighting = {.weighting = rc::Weighting::bm25}});
      }
    }
  }
  return configs;
}

/// Instruction sets to choose from, while it lives.
class OnlyTarget {
 public:
  explicit OnlyTarget(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  ~OnlyTarget() {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;
};

/// A few rows that nearly all columns have, the rest in few: counters of every width.
rc::SparseRows<rc::UserIx, rc::ItemIx> steep_rows(std::size_t users) {
  rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
  rows.columns = 90;
  rc::Random random(4);
  for (std::size_t u = 0; u < users; ++u) {
    for (std::size_t i = 0; i < rows.columns; ++i) {
      const double share = i < 2 ? 0.99 : (i < 5 ? 0.01 : 0.0007);
      if (random.uniform() < share) {
        rows.indices.push_back(rc::ItemIx(i));
      }
    }
    rows.offsets.push_back(rows.indices.size());
  }
  return rows;
}

}  // namespace

TEST_CASE("all paths of the kernel give the same bytes, for every similarity and weighting") {
  for (const auto& config : configurations()) {
    CAPTURE(std::string(rc::to_string(config.similarity.similarity)));
    CAPTURE(std::string(rc::to_string(config.weighting.weighting)));
    CAPTURE(config.similarity.shrinkage);
    CAPTURE(config.similarity.min_common);
    for (const double largest : {0.0, 5.0}) {
      CAPTURE(largest);
      const auto sparse =
          rc::test::random_interactions({.users = 80, .items = 150, .density = 0.03, .largest_weight = largest}, 6);
      check_plans(sparse.by_item(), sparse.by_user(), config);
      const auto dense =
          rc::test::random_interactions({.users = 100, .items = 70, .density = 0.3, .largest_weight = largest}, 7);
      check_plans(dense.by_user(), dense.by_item(), config);
    }
  }
}

TEST_CASE("values of both signs, values of zero, and sums that come back to zero") {
  rc::Random random(9);
  auto rows = rc::test::random_rows({.users = 60, .items = 80, .density = 0.3, .largest_weight = 3.0}, 3);
  for (auto& value : rows.values) {
    value = static_cast<float>(random.below(5)) - 2.0F;
  }
  const auto columns = rc::transpose(rows);
  for (const auto kind : {rc::Similarity::cosine, rc::Similarity::asymmetric_cosine, rc::Similarity::dot}) {
    check_plans(columns, rows, {.k = 9, .similarity = {.similarity = kind}});
    check_plans(columns, rows, {.k = 9, .similarity = {.similarity = kind, .shrinkage = 1.0, .min_common = 2}});
  }
}

TEST_CASE("scores too small for their digits, parameters too large for sense") {
  rc::Random random(2);
  auto rows = rc::test::random_rows({.users = 60, .items = 400, .density = 0.2, .largest_weight = 3.0}, 3);
  for (const float scale : {3e-25F, 2e-26F, 1e-19F}) {
    for (auto& value : rows.values) {
      value = static_cast<float>(1 + random.below(1000)) * scale;
    }
    check_plans(rc::transpose(rows), rows, {.k = 5, .similarity = {.similarity = rc::Similarity::dot}});
  }
  const auto shop = rc::test::random_interactions({.users = 50, .items = 300, .density = 0.2}, 4);
  for (const auto kind : {rc::Similarity::jaccard, rc::Similarity::conditional_probability, rc::Similarity::cosine}) {
    for (const double shrinkage : {1e12, 3e44, 2e45}) {
      check_plans(shop.by_item(), shop.by_user(), {.k = 5, .similarity = {.similarity = kind, .shrinkage = shrinkage}});
    }
  }
  for (const double alpha : {1e12, 1e160, 1e308}) {
    for (const double shrinkage : {0.0, 1e13}) {
      check_plans(
          shop.by_item(), shop.by_user(),
          {.k = 5,
           .similarity = {.similarity = rc::Similarity::tversky, .alpha = alpha, .beta = 0.0, .shrinkage = shrinkage}});
    }
  }
}

TEST_CASE("columns that no row has") {
  auto rows = rc::test::random_rows({.users = 90, .items = 60, .density = 0.2}, 3);
  rows.offsets.insert(rows.offsets.end(), 5, rows.indices.size());
  const auto columns = rc::transpose(rows);
  for (const auto weighting : {rc::Weighting::tf_idf, rc::Weighting::bm25}) {
    check_plans(columns, rows, {.k = 5, .similarity = {.min_common = 2}, .weighting = {.weighting = weighting}});
  }
}

TEST_CASE("rows longer than one and two bytes count") {
  const auto rows = steep_rows(70'000);
  const auto columns = rc::transpose(rows);
  REQUIRE(columns.row_size(rc::ItemIx(0U)) > 0xFFFF);
  REQUIRE(columns.row_size(rc::ItemIx(2U)) > 0xFF);
  for (const auto kind : {rc::Similarity::cosine, rc::Similarity::jaccard, rc::Similarity::log_likelihood_ratio}) {
    check_plans(columns, rows, {.k = 20, .similarity = {.similarity = kind}});
  }
}

TEST_CASE("all instruction sets give the same bytes") {
  const auto shop = rc::test::random_interactions({.users = 1200, .items = 130, .density = 0.15}, 12);
  const auto rated =
      rc::test::random_interactions({.users = 200, .items = 130, .density = 0.1, .largest_weight = 4.0}, 12);
  const std::vector<rc::SimilarRowsConfig> configs{
      {.k = 12}, {.k = 12, .similarity = {.shrinkage = 3.0}, .weighting = {.weighting = rc::Weighting::tf_idf}}};
  const KernelPlan plans[] = {{.narrow_ids = true},
                              {.narrow_ids = true, .least_counter = 2},
                              {.narrow_ids = true, .least_counter = 4},
                              {.narrow_ids = true, .head = 130},
                              {.narrow_ids = false, .head = 66}};
  int checked = 0;
  for (std::int64_t targets = hwy::SupportedTargets(); targets != 0; targets &= targets - 1) {
    const OnlyTarget only(targets & -targets);
    CAPTURE(hwy::TargetName(targets & -targets));
    for (const auto& data : {shop, rated}) {
      for (const auto& config : configs) {
        const auto expected =
            rc::detail::find_similar_rows(data.by_item(), data.by_user(), config, {.threads = 1}, both_ways, &plainest);
        const bool counts_only = data.by_item().is_binary() && config.weighting.weighting == rc::Weighting::none;
        for (auto plan : plans) {
          plan.head = counts_only ? plan.head : 0;
          CHECK(rc::detail::find_similar_rows(data.by_item(), data.by_user(), config, {.threads = 1}, both_ways,
                                              &plan) == expected);
        }
      }
    }
    ++checked;
  }
  CHECK(checked >= 1);
}

TEST_CASE("degenerate matrices: no rows, no columns, one of each, empty rows") {
  for (const auto& [users, items] : {std::pair{0, 0}, {0, 5}, {5, 0}, {1, 1}, {1, 4}, {4, 1}}) {
    rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
    rows.columns = static_cast<std::size_t>(items);
    for (int u = 0; u < users; ++u) {
      for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(items); ++i) {
        rows.indices.push_back(rc::ItemIx(i));
      }
      rows.offsets.push_back(rows.indices.size());
    }
    const auto columns = rc::transpose(rows);
    const auto found = rc::detail::find_similar_rows(columns, rows, {.k = 3}, {}, both_ways);
    REQUIRE(found[0].rows() == static_cast<std::size_t>(items));
    const std::size_t each = users > 0 && items > 0 ? static_cast<std::size_t>(std::min(3, items - 1)) : 0;
    CHECK(found[0].entries.size() == each * static_cast<std::size_t>(items));
    for (const auto& entry : found[0].entries) {
      CHECK(entry.score == doctest::Approx(1.0));
    }
  }
}
