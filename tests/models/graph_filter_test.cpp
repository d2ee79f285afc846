#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/graph_filter.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

using Dense = std::vector<std::vector<double>>;

double power_of(double value, double exponent) { return value > 0.0 ? std::pow(value, exponent) : 0.0; }

/// The formula of the configuration, dense and in double; the singular vectors are the model's own.
class Naive {
 public:
  explicit Naive(const rc::GraphFilter& model) : config_(model.config()), items_(model.interactions().items().size()) {
    const auto& rows = model.interactions().by_user();
    for (std::size_t u = 0; u < rows.rows(); ++u) {
      std::vector<double> row(items_, 0.0);
      const auto items = rows.row(rc::UserIx(u));
      const auto values = rows.row_values(rc::UserIx(u));
      for (std::size_t e = 0; e < items.size(); ++e) {
        row[items[e].value] = values.empty() ? 1.0 : static_cast<double>(values[e]);
      }
      matrix_.push_back(std::move(row));
    }
    std::vector<double> item_sums(items_, 0.0);
    std::vector<double> user_sums(matrix_.size(), 0.0);
    for (std::size_t u = 0; u < matrix_.size(); ++u) {
      for (std::size_t i = 0; i < items_; ++i) {
        item_sums[i] += matrix_[u][i];
        user_sums[u] += matrix_[u][i];
      }
    }
    const auto svd = model.factors();
    plain_ = gram(item_sums, user_sums, 1.0, 0);
    graph_ = gram(item_sums, user_sums, config_.power, config_.k);
    total_ = graph_;
    for (std::size_t i = 0; i < items_; ++i) {
      for (std::size_t j = 0; j < items_; ++j) {
        double sum = 0.0;
        for (std::size_t d = 0; d < svd.dimensions(); ++d) {
          const double share =
              static_cast<double>(svd.singular_values[d]) / static_cast<double>(svd.singular_values[0]);
          sum += static_cast<double>(svd.of(i)[d]) * (1.0 - config_.low_pass_damping * share * share) *
                 static_cast<double>(svd.of(j)[d]);
        }
        total_[i][j] += config_.low_pass_weight * sum * power_of(item_sums[i], -config_.low_pass_history_exponent) *
                        power_of(item_sums[j], config_.low_pass_candidate_exponent);
      }
    }
  }

  [[nodiscard]] std::vector<double> scores(const std::vector<double>& history) const {
    auto term = times(history, total_);
    if (config_.sharpening == 0.0) {
      return term;
    }
    auto sum = term;
    for (std::uint32_t m = 1; m <= config_.sharpening_order; ++m) {
      term = times(term, plain_);
      for (std::size_t j = 0; j < items_; ++j) {
        term[j] *= -config_.sharpening / m;
        sum[j] += term[j];
      }
    }
    return sum;
  }

  [[nodiscard]] const std::vector<double>& row(std::size_t user) const { return matrix_[user]; }
  [[nodiscard]] const Dense& graph() const { return graph_; }

 private:
  [[nodiscard]] Dense gram(const std::vector<double>& item_sums, const std::vector<double>& user_sums, double power,
                           std::size_t k) const {
    Dense result(items_, std::vector<double>(items_, 0.0));
    for (std::size_t j = 0; j < items_; ++j) {
      std::vector<double> column;
      for (std::size_t i = 0; i < items_; ++i) {
        double sum = 0.0;
        for (std::size_t u = 0; u < matrix_.size(); ++u) {
          sum += power_of(user_sums[u], -config_.user_exponent) * matrix_[u][i] * matrix_[u][j];
        }
        result[i][j] = power_of(item_sums[i], -config_.history_exponent) * power_of(sum, power) *
                       power_of(item_sums[j], -config_.candidate_exponent);
        column.push_back(result[i][j]);
      }
      if (k > 0 && k < items_) {
        // What ties with the last one kept may be kept or not: the test has no such ties.
        std::sort(column.rbegin(), column.rend());
        for (std::size_t i = 0; i < items_; ++i) {
          result[i][j] = result[i][j] < column[k - 1] * (1.0 - 1e-12) ? 0.0 : result[i][j];
        }
      }
    }
    return result;
  }

  [[nodiscard]] std::vector<double> times(const std::vector<double>& x, const Dense& by) const {
    std::vector<double> result(items_, 0.0);
    for (std::size_t i = 0; i < items_; ++i) {
      for (std::size_t j = 0; j < items_; ++j) {
        result[j] += x[i] * by[i][j];
      }
    }
    return result;
  }

  rc::GraphFilterConfig config_;
  std::size_t items_;
  Dense matrix_{};
  Dense plain_{};
  Dense graph_{};
  Dense total_{};
};

std::vector<rc::GraphFilterConfig> configs() {
  return {{.dimensions = 0},
          {.dimensions = 9},
          {.dimensions = 6, .low_pass_weight = 2.0, .low_pass_damping = 0.5},
          {.k = 4, .dimensions = 5},
          {.history_exponent = 0.7,
           .user_exponent = 0.3,
           .candidate_exponent = 0.2,
           .power = 0.6,
           .dimensions = 17,
           .low_pass_weight = 0.4,
           .low_pass_history_exponent = 0.6,
           .low_pass_candidate_exponent = 0.4,
           .low_pass_damping = -1.0},
          {.dimensions = 8, .low_pass_weight = 0.2, .sharpening = 1.3},
          {.history_exponent = 0.6, .dimensions = 0, .sharpening = 0.5, .sharpening_order = 1}};
}

}  // namespace

TEST_CASE("graph filter: lists are those of the formula") {
  for (const double largest_weight : {0.0, 3.0}) {
    const auto shop = rc::test::random_interactions(
        {.users = 50, .items = 40, .density = 0.15, .largest_weight = largest_weight}, 11);
    for (const auto& config : configs()) {
      CAPTURE(config.dimensions.value_or(0));
      CAPTURE(config.k);
      CAPTURE(config.sharpening);
      const auto model = rc::GraphFilter::fit(shop, config);
      const Naive naive(model);
      CHECK(model.factors().dimensions() == config.dimensions);
      std::size_t above = 0;
      for (std::size_t i = 0; i < 40; ++i) {
        above += static_cast<std::size_t>(
            std::count_if(naive.graph()[i].begin(), naive.graph()[i].end(), [](double v) { return v > 0.0; }));
      }
      if (largest_weight > 0.0 || config.k == 0) {
        CHECK(model.weights().entries.size() == above);
      }
      if (largest_weight == 0.0 && config.k > 0) {
        continue;  // counts tie at the cut
      }
      const rc::AnyModel any = model;
      for (std::int64_t user = 0; user < 50; ++user) {
        const auto scores = naive.scores(naive.row(static_cast<std::size_t>(user)));
        const auto list = rc::recommend_user(any, user, {.n = 100, .exclude_seen = false});
        REQUIRE(list.size() == 40);
        double before = std::numeric_limits<double>::infinity();
        for (const auto& entry : list) {
          const double expected = scores[entry.item.value];
          if (entry.tier == rc::Tier::collaborative) {
            CHECK(static_cast<double>(entry.score) == doctest::Approx(expected).epsilon(1e-4));
            CHECK(expected <= before + 1e-5);
            before = expected;
          } else {
            CHECK(expected < 1e-5);
          }
        }
      }
    }
  }
}

TEST_CASE("graph filter: a visitor with a user's items and weights gets the user's list") {
  const auto shop =
      rc::test::random_interactions({.users = 50, .items = 40, .density = 0.15, .largest_weight = 3.0}, 12);
  const rc::AnyModel model = rc::GraphFilter::fit(shop, {.dimensions = 7, .sharpening = 0.4});
  for (std::size_t user = 0; user < 50; ++user) {
    std::vector<std::int64_t> items;
    for (const auto item : shop.by_user().row(rc::UserIx(user))) {
      items.push_back(item.value);
    }
    const auto list =
        rc::recommend_history(model, std::span<const std::int64_t>(items), shop.by_user().row_values(rc::UserIx(user)));
    CHECK(list == rc::recommend_user(model, static_cast<std::int64_t>(user)));
  }
}

TEST_CASE("graph filter: the same bytes for any number of threads") {
  const auto shop = rc::test::random_interactions({.users = 400, .items = 150, .density = 0.05}, 13);
  for (const auto& config : configs()) {
    const auto one = rc::to_bytes(rc::AnyModel(rc::GraphFilter::fit(shop, config, {.threads = 1})));
    for (const unsigned threads : {2U, 5U}) {
      CHECK(rc::to_bytes(rc::AnyModel(rc::GraphFilter::fit(shop, config, {.threads = threads}))) == one);
    }
  }
}

TEST_CASE("graph filter: a stored model makes the same lists") {
  const auto shop = rc::test::random_interactions({.users = 60, .items = 30, .density = 0.2}, 14);
  for (const auto& config : configs()) {
    const rc::AnyModel model = rc::GraphFilter::fit(shop, config);
    const auto bytes = rc::to_bytes(model);
    const auto again = rc::model_from_bytes(bytes);
    CHECK(again.name() == "graph_filter");
    CHECK(rc::to_bytes(again) == bytes);
    CHECK(again.get_if<rc::GraphFilter>()->config() == config);
    for (std::int64_t user = 0; user < 60; ++user) {
      CHECK(rc::recommend_user(again, user) == rc::recommend_user(model, user));
    }
    CHECK_THROWS_AS(static_cast<void>(rc::model_from_bytes(bytes.substr(0, bytes.size() - 5))), rc::InvalidData);
  }
}

TEST_CASE("graph filter: by default as many dimensions as the data can fill") {
  const auto small = rc::test::random_interactions({.users = 200, .items = 50}, 15);
  CHECK(rc::GraphFilter::fit(small).config().dimensions == 3);
  CHECK(rc::GraphFilter::fit(small).factors().dimensions() == 3);
  CHECK(rc::GraphFilterConfig{}.dimensions_for(rc::test::random_interactions({.users = 30, .items = 9}, 1)) == 0);
  CHECK(rc::GraphFilterConfig{.dimensions = 7}.dimensions_for(small) == 7);
}

TEST_CASE("graph filter: parts that do not belong together are refused") {
  const auto shop = rc::test::random_interactions({}, 15);
  const auto model = rc::GraphFilter::fit(shop, {.dimensions = 4});
  const auto refuses = [&](const auto& spoil) {
    auto weights = model.weights();
    auto factors = model.factors();
    spoil(weights, factors);
    CHECK_THROWS_AS(static_cast<void>(rc::GraphFilter::from_parts(shop, model.config(), weights, factors)),
                    rc::InvalidData);
  };
  CHECK(rc::GraphFilter::from_parts(shop, model.config(), model.weights(), model.factors()).weights() ==
        model.weights());
  refuses([](auto& w, auto& /*f*/) { w.entries[0].index = rc::ItemIx(1000U); });
  refuses([](auto& w, auto& /*f*/) { std::swap(w.entries[0], w.entries[1]); });
  refuses([](auto& w, auto& /*f*/) { w.entries[0].score = std::numeric_limits<float>::quiet_NaN(); });
  refuses([](auto& w, auto& /*f*/) { w.offsets.pop_back(); });
  refuses([](auto& /*w*/, auto& f) { f.right.pop_back(); });
  refuses([](auto& /*w*/, auto& f) { f.right[3] = std::numeric_limits<float>::quiet_NaN(); });
  refuses([](auto& /*w*/, auto& f) { f.singular_values[0] = -1.0F; });
  refuses([](auto& /*w*/, auto& f) { std::swap(f.singular_values[0], f.singular_values[3]); });
}

TEST_CASE("graph filter: one user, one item, nobody at all, everybody the same") {
  const auto lists = [](std::vector<std::int64_t> users, std::vector<std::int64_t> items) {
    rc::EventLogBuilder builder;
    builder.add({.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)});
    for (const auto& config : configs()) {
      const rc::AnyModel model = rc::GraphFilter::fit(rc::Interactions::from_events(builder.finish()), config);
      builder.add({.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)});
      const auto list = rc::recommend_user(model, std::int64_t{1}, {.exclude_seen = false});
      for (const auto& entry : list) {
        CHECK(std::isfinite(entry.score));
      }
      auto distinct = items;
      std::sort(distinct.begin(), distinct.end());
      distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
      CHECK(list.size() == distinct.size());
    }
  };
  lists({1}, {1});
  lists({}, {});
  lists({1, 1, 1}, {1, 2, 3});
  lists({1, 2, 3}, {1, 1, 1});
  lists({1, 1, 2, 2, 3, 3}, {7, 8, 7, 8, 7, 8});
}

TEST_CASE("graph filter: bad parameters, negative weights, a stop and too little memory") {
  const auto shop = rc::test::random_interactions({}, 16);
  const double nan = std::nan("");
  for (const auto& config :
       {rc::GraphFilterConfig{.history_exponent = 2.5}, rc::GraphFilterConfig{.user_exponent = nan},
        rc::GraphFilterConfig{.candidate_exponent = -3.0}, rc::GraphFilterConfig{.power = 0.0},
        rc::GraphFilterConfig{.low_pass_weight = -0.1}, rc::GraphFilterConfig{.low_pass_history_exponent = 3.0},
        rc::GraphFilterConfig{.low_pass_candidate_exponent = nan}, rc::GraphFilterConfig{.low_pass_damping = nan},
        rc::GraphFilterConfig{.sharpening = 1e3}, rc::GraphFilterConfig{.sharpening_order = 0},
        rc::GraphFilterConfig{.sharpening_order = 17}}) {
    CHECK_THROWS_AS(static_cast<void>(rc::GraphFilter::fit(shop, config)), rc::InvalidParameter);
    CHECK_THROWS_AS(static_cast<void>(rc::GraphFilter::estimate_fit_memory(shop, config)), rc::InvalidParameter);
  }
  rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
  rows.columns = 2;
  rows.offsets = {0, 2};
  rows.indices = {rc::ItemIx(0U), rc::ItemIx(1U)};
  rows.values = {1.0F, -2.0F};
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::GraphFilter::fit(rc::Interactions::from_rows(rows))),
                       doctest::Contains("negative weight"), rc::InvalidData);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::GraphFilter::fit(shop, {}, {.stop = stop.get_token()})), rc::Cancelled);
  CHECK_THROWS_AS(static_cast<void>(rc::GraphFilter::fit(shop, {}, {.memory_limit = 100})), rc::MemoryLimitExceeded);
  CHECK(rc::GraphFilter::fit(shop, {.dimensions = std::size_t{1} << 40U}, {.memory_limit = 100'000'000})
            .factors()
            .dimensions() <= shop.items().size());
}
