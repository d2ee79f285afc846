#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/eval/bootstrap.hpp>
#include <recocore/eval/evaluate.hpp>
#include <recocore/io/csv.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/events.hpp"
#include "../support/random_interactions.hpp"

using namespace recocore;

namespace {

struct Operation {
  std::string name;
  std::function<void(const RunOptions&)> run;
};

Interactions timed_shop() {
  std::vector<test::Row> rows;
  Random random(3);
  for (std::int64_t event = 0; event < 500; ++event) {
    rows.push_back({"u" + std::to_string(random.below(40)), "i" + std::to_string(random.below(30)), 1.0F,
                    event * 3600 * 1'000'000});
  }
  return Interactions::from_events(test::log_of(rows, test::with_times));
}

std::vector<Operation> fits() {
  std::vector<Operation> result;
  const auto plain = test::random_interactions({}, 1);
  const auto weighted = test::random_interactions({.largest_weight = 4.0}, 2);
  const auto timed = timed_shop();
  const auto add_item_knn = [&](const std::string& name, const Interactions& data, const ItemKnnConfig& config) {
    result.push_back({"ItemKnn " + name, [=](const RunOptions& run) { (void)ItemKnn::fit(data, config, run); }});
  };
  add_item_knn("cosine", plain, {});
  add_item_knn("jaccard", plain, {.similarity = {.similarity = Similarity::jaccard}});
  add_item_knn("conditional probability", plain, {.similarity = {.similarity = Similarity::conditional_probability}});
  add_item_knn("weighted", weighted, {});
  add_item_knn("tf-idf", weighted, {.weighting = {.weighting = Weighting::tf_idf}});
  for (const auto kind : {PopularityKind::all_time, PopularityKind::recent, PopularityKind::trending}) {
    const PopularityConfig config{.kind = kind, .window_days = 2.0};
    result.push_back({"Popularity " + std::string(popularity_kind_names()[static_cast<std::size_t>(kind)]),
                      [=](const RunOptions& run) { (void)Popularity::fit(timed, config, run); }});
  }
  return result;
}

std::vector<Operation> other_operations() {
  const auto shop = test::random_interactions({}, 1);
  const AnyModel model = Popularity::fit(shop);
  static const std::vector<std::int64_t> users{1, 2, 3};
  static const std::vector<double> values{1.0, 2.0, 3.0};
  return {
      {"from_events", [](const RunOptions& run) { (void)Interactions::from_events(timed_shop().events(), {}, run); }},
      {"from_rows", [](const RunOptions& run) { (void)Interactions::from_rows(test::random_rows({}, 1), {}, run); }},
      {"read_events_csv",
       [](const RunOptions& run) {
         const auto file = std::filesystem::temp_directory_path() / "recocore_limits_property_test.csv";
         std::ofstream(file) << "user_id,item_id\n1,2\n";
         (void)read_events_csv(file, {}, run);
       }},
      {"recommend_users",
       [=](const RunOptions& run) { (void)recommend_users(model, std::span(users), {.n = 3}, run); }},
      {"evaluate",
       [=](const RunOptions& run) {
         (void)evaluate(model, shop, shop, nullptr, {.n = 3, .exclude_seen = false}, run);
       }},
      {"bootstrap_mean", [](const RunOptions& run) { (void)bootstrap_mean(values, {}, run); }},
  };
}

}  // namespace

TEST_CASE("a deadline that is past stops every operation, one that is far off none") {
  auto operations = fits();
  const auto others = other_operations();
  operations.insert(operations.end(), others.begin(), others.end());
  const auto now = std::chrono::steady_clock::now();
  for (const auto& operation : operations) {
    for (const unsigned threads : {1U, 2U}) {
      CAPTURE(operation.name);
      CAPTURE(threads);
      CHECK_THROWS_AS(operation.run({.threads = threads, .deadline = now}), DeadlineExceeded);
      CHECK_NOTHROW(operation.run({.threads = threads, .deadline = now + std::chrono::hours(100)}));
    }
  }
}

TEST_CASE("no fit needs as little as a byte, or as much as there can be") {
  for (const auto& fit : fits()) {
    for (const unsigned threads : {1U, 2U}) {
      CAPTURE(fit.name);
      CAPTURE(threads);
      CHECK_THROWS_AS(fit.run({.threads = threads, .memory_limit = 1}), MemoryLimitExceeded);
      CHECK_NOTHROW(fit.run({.threads = threads, .memory_limit = std::numeric_limits<std::uint64_t>::max()}));
    }
  }
}

TEST_CASE("the limit on memory is what the estimate says") {
  const auto timed = timed_shop();
  for (const auto kind : {PopularityKind::all_time, PopularityKind::recent, PopularityKind::trending}) {
    const PopularityConfig config{.kind = kind, .window_days = 2.0};
    const auto bytes = Popularity::estimate_fit_memory(timed, config);
    CHECK_NOTHROW((void)Popularity::fit(timed, config, {.memory_limit = bytes}));
    CHECK_THROWS_AS((void)Popularity::fit(timed, config, {.memory_limit = bytes - 1}), MemoryLimitExceeded);
  }
  for (const unsigned threads : {1U, 2U}) {
    const auto bytes = ItemKnn::estimate_fit_memory(timed, {}, {.threads = threads});
    CHECK_NOTHROW((void)ItemKnn::fit(timed, {}, {.threads = threads, .memory_limit = bytes}));
    CHECK_THROWS_AS((void)ItemKnn::fit(timed, {}, {.threads = threads, .memory_limit = bytes - 1}),
                    MemoryLimitExceeded);
  }
}

TEST_CASE("limits that are not reached change no result") {
  const auto shop = test::random_interactions({.largest_weight = 3.0}, 4);
  const RunOptions limited{.threads = 2,
                           .deadline = std::chrono::steady_clock::now() + std::chrono::hours(100),
                           .memory_limit = std::uint64_t{1} << 60U};
  CHECK(ItemKnn::fit(shop, {.k = 5}, limited).similar() == ItemKnn::fit(shop, {.k = 5}, {.threads = 1}).similar());
}
