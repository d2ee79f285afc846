#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/als.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

using Matrix = std::vector<std::vector<double>>;

const rc::test::RandomShop weighted_shop{.users = 30, .items = 20, .density = 0.2, .largest_weight = 4.0};

Matrix zeros(std::size_t rows, std::size_t columns) { return Matrix(rows, std::vector<double>(columns, 0.0)); }

/// The weights w_ui, 0 where nothing was observed.
Matrix dense(const rc::Interactions& shop) {
  auto weights = zeros(shop.users().size(), shop.items().size());
  for (std::size_t u = 0; u < weights.size(); ++u) {
    const auto row = shop.by_user().row(rc::UserIx(u));
    const auto values = shop.by_user().row_values(rc::UserIx(u));
    for (std::size_t e = 0; e < row.size(); ++e) {
      weights[u][row[e].value] = values.empty() ? 1.0 : static_cast<double>(values[e]);
    }
  }
  return weights;
}

Matrix transposed(const Matrix& matrix, std::size_t columns) {
  auto result = zeros(columns, matrix.size());
  for (std::size_t r = 0; r < matrix.size(); ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      result[c][r] = matrix[r][c];
    }
  }
  return result;
}

double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    sum += a[k] * b[k];
  }
  return sum;
}

/// Gauss elimination with pivots.
std::vector<double> solve(Matrix left, std::vector<double> right) {
  const std::size_t n = right.size();
  for (std::size_t p = 0; p < n; ++p) {
    std::size_t best = p;
    for (std::size_t r = p + 1; r < n; ++r) {
      best = std::abs(left[r][p]) > std::abs(left[best][p]) ? r : best;
    }
    std::swap(left[p], left[best]);
    std::swap(right[p], right[best]);
    for (std::size_t r = 0; r < n; ++r) {
      if (r != p) {
        const double factor = left[r][p] / left[p][p];
        for (std::size_t c = p; c < n; ++c) {
          left[r][c] -= factor * left[p][c];
        }
        right[r] -= factor * right[p];
      }
    }
  }
  for (std::size_t p = 0; p < n; ++p) {
    right[p] /= left[p][p];
  }
  return right;
}

/// ALS over all pairs, dense and in double precision, straight from the loss.
class Twin {
 public:
  Twin(const rc::Interactions& shop, const rc::AlsConfig& config)
      : config_(config),
        by_user_(dense(shop)),
        by_item_(transposed(by_user_, shop.items().size())),
        users(zeros(by_user_.size(), config.factors)),
        items(zeros(by_item_.size(), config.factors)) {
    double scaled = 0.0;
    for (const auto* rows : {&by_user_, &by_item_}) {
      for (const auto& row : *rows) {
        scaled += std::pow(frequency(row), config.frequency_exponent);
      }
    }
    lambda_ = config.regularization * static_cast<double>(by_user_.size() + by_item_.size()) / scaled;
    rc::Random random(config.seed);
    for (auto& y : items) {
      for (auto& value : y) {
        double sum = -6.0;
        for (int term = 0; term < 12; ++term) {
          sum += random.uniform();
        }
        value = config.init_scale / std::sqrt(static_cast<double>(config.factors)) * sum;
      }
    }
  }

  void run() {
    for (std::uint32_t epoch = 0; epoch < config_.epochs; ++epoch) {
      pass(by_user_, items, users, config_.block_size);
      pass(by_item_, users, items, config_.block_size);
    }
    pass(by_user_, items, users, config_.factors);
  }

  [[nodiscard]] std::vector<double> fold_in(const std::vector<double>& row) const {
    std::vector<double> x(config_.factors, 0.0);
    improve(row, items, 0, config_.factors, x);
    return x;
  }

  [[nodiscard]] double loss(const Matrix& xs, const Matrix& ys) const {
    double sum = 0.0;
    for (std::size_t u = 0; u < xs.size(); ++u) {
      for (std::size_t i = 0; i < ys.size(); ++i) {
        const double score = product(xs[u], ys[i]);
        sum += by_user_[u][i] * (1.0 - score) * (1.0 - score) + config_.unobserved_weight * score * score;
      }
      sum += ridge(by_user_[u]) * product(xs[u], xs[u]);
    }
    for (std::size_t i = 0; i < ys.size(); ++i) {
      sum += ridge(by_item_[i]) * product(ys[i], ys[i]);
    }
    return sum;
  }

 private:
  [[nodiscard]] double frequency(const std::vector<double>& row) const {
    double sum = 0.0;
    for (const double weight : row) {
      sum += weight + config_.unobserved_weight;
    }
    return sum;
  }
  [[nodiscard]] double ridge(const std::vector<double>& row) const {
    return lambda_ * std::pow(frequency(row), config_.frequency_exponent);
  }

  /// The minimum over the factors [begin, end) of x, the others as they are.
  void improve(const std::vector<double>& row, const Matrix& ys, std::size_t begin, std::size_t end,
               std::vector<double>& x) const {
    auto left = zeros(end - begin, end - begin);
    std::vector<double> right(end - begin, 0.0);
    for (std::size_t k = begin; k < end; ++k) {
      x[k] = 0.0;
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      const double rest = product(x, ys[i]);
      for (std::size_t k = begin; k < end; ++k) {
        right[k - begin] += (row[i] * (1.0 - rest) - config_.unobserved_weight * rest) * ys[i][k];
        for (std::size_t l = begin; l < end; ++l) {
          left[k - begin][l - begin] += (row[i] + config_.unobserved_weight) * ys[i][k] * ys[i][l];
        }
      }
    }
    for (std::size_t k = 0; k < right.size(); ++k) {
      left[k][k] += ridge(row);
    }
    const auto solution = solve(left, right);
    for (std::size_t k = begin; k < end; ++k) {
      x[k] = solution[k - begin];
    }
  }

  void pass(const Matrix& rows, const Matrix& ys, Matrix& xs, std::size_t block) const {
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t begin = 0; begin < config_.factors; begin += block) {
        improve(rows[r], ys, begin, std::min<std::size_t>(config_.factors, begin + block), xs[r]);
      }
    }
  }

  rc::AlsConfig config_;
  Matrix by_user_;
  Matrix by_item_;
  double lambda_ = 0.0;

 public:
  Matrix users;
  Matrix items;
};

Matrix rows_of(std::span<const float> factors, std::size_t d) {
  Matrix result(factors.size() / d, std::vector<double>(d));
  for (std::size_t place = 0; place < factors.size(); ++place) {
    result[place / d][place % d] = static_cast<double>(factors[place]);
  }
  return result;
}

void check_close(const Matrix& actual, const Matrix& expected, double tolerance) {
  REQUIRE(actual.size() == expected.size());
  double largest = 0.0;
  for (std::size_t r = 0; r < actual.size(); ++r) {
    for (std::size_t k = 0; k < actual[r].size(); ++k) {
      largest = std::max(largest, std::abs(actual[r][k] - expected[r][k]));
    }
  }
  CHECK(largest < tolerance);
}

rc::Interactions from_ids(std::vector<std::int64_t> users, std::vector<std::int64_t> items,
                          std::vector<float> weights = {}) {
  rc::EventLogBuilder builder;
  rc::EventBatch batch{.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)};
  if (!weights.empty()) {
    batch.weight = std::span<const float>(weights);
  }
  builder.add(batch);
  return rc::Interactions::from_events(builder.finish());
}

bool same(const rc::Als& a, const rc::Als& b) {
  const auto equal = [](std::span<const float> x, std::span<const float> y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end());
  };
  return equal(a.item_factors(), b.item_factors()) && equal(a.user_factors(), b.user_factors());
}

}  // namespace

TEST_CASE("als: the factors are those of a dense twin in double precision") {
  struct Setting {
    std::uint32_t factors;
    std::uint32_t block;
    double exponent;
  };
  for (const auto& [factors, block, exponent] :
       {Setting{1, 1, 1.0}, Setting{4, 128, 1.0}, Setting{9, 9, 0.0}, Setting{10, 3, 0.5}, Setting{8, 4, 1.0}}) {
    CAPTURE(factors);
    for (const auto& shape : {rc::test::RandomShop{}, weighted_shop}) {
      const auto shop = rc::test::random_interactions(shape, 5);
      const rc::AlsConfig config{.factors = factors,
                                 .epochs = 3,
                                 .regularization = 0.2,
                                 .unobserved_weight = 0.2,
                                 .frequency_exponent = exponent,
                                 .block_size = block};
      const auto model = rc::Als::fit(shop, config);
      Twin twin(shop, config);
      twin.run();
      check_close(rows_of(model.item_factors(), factors), twin.items, 2e-4);
      check_close(rows_of(model.user_factors(), factors), twin.users, 2e-4);
    }
  }
}

TEST_CASE("als: every epoch lowers the loss") {
  const auto shop = rc::test::random_interactions(weighted_shop, 8);
  for (const std::uint32_t block : {6U, 2U}) {
    double before = std::numeric_limits<double>::infinity();
    double first = 0.0;
    for (std::uint32_t epochs = 1; epochs <= 8; ++epochs) {
      const rc::AlsConfig config{.factors = 6, .epochs = epochs, .regularization = 0.1, .block_size = block};
      const auto model = rc::Als::fit(shop, config);
      const double loss = Twin(shop, config).loss(rows_of(model.user_factors(), 6), rows_of(model.item_factors(), 6));
      CHECK(loss < before * (1.0 + 1e-6));
      first = epochs == 1 ? loss : first;
      before = loss;
    }
    CHECK(before < 0.99 * first);
  }
}

TEST_CASE("als: a history is answered with the minimum for it, as its user is") {
  const auto shop = rc::test::random_interactions(weighted_shop, 6);
  const rc::AlsConfig config{
      .factors = 7, .epochs = 4, .regularization = 0.1, .frequency_exponent = 0.5, .block_size = 3};
  const auto model = rc::Als::fit(shop, config);
  Twin twin(shop, config);
  twin.items = rows_of(model.item_factors(), 7);
  const auto weights = dense(shop);
  rc::Scratch scratch;
  for (std::size_t u = 0; u < weights.size(); ++u) {
    const rc::UserIx user(u);
    const rc::History bare{.items = shop.by_user().row(user), .weights = shop.by_user().row_values(user)};
    const auto folded = model.vector_of(bare, scratch);
    const std::vector<float> x(folded.begin(), folded.end());
    check_close(rows_of(x, 7), {twin.fold_in(weights[u])}, 1e-4);
    const auto own = model.vector_of({.items = bare.items, .weights = bare.weights, .user = user}, scratch);
    CHECK(std::equal(own.begin(), own.end(), x.begin(), x.end()));
  }
  // Weights of 0 and less say nothing; those no solution exists for are not answered by numbers out of thin air.
  const std::vector<rc::ItemIx> items{rc::ItemIx(1U), rc::ItemIx(3U)};
  const std::vector<float> odd{2.0F, -1.0F};
  const auto with = model.vector_of({.items = items, .weights = odd}, scratch);
  const std::vector<float> one(with.begin(), with.end());
  const auto without =
      model.vector_of({.items = std::span(items).first(1), .weights = std::span(odd).first(1)}, scratch);
  CHECK(std::equal(one.begin(), one.end(), without.begin(), without.end()));
  const std::vector<float> huge{3e38F, 3e38F};
  for (const float value : model.vector_of({.items = items, .weights = huge}, scratch)) {
    CHECK(std::isfinite(value));
  }
}

TEST_CASE("als: scores are products of the factors, the best first") {
  const auto shop = rc::test::random_interactions({.users = 40, .items = 70}, 4);
  const auto model = rc::Als::fit(shop, {.factors = 11, .epochs = 3, .regularization = 0.1});
  const auto items = rows_of(model.item_factors(), 11);
  const auto users = rows_of(model.user_factors(), 11);
  rc::Scratch scratch;
  for (std::size_t u = 0; u < users.size(); ++u) {
    scratch.mask.allow_all(items.size());
    scratch.mask.forbid(rc::ItemIx(2U));
    model.rank({.items = shop.by_user().row(rc::UserIx(u)), .user = rc::UserIx(u)}, 1000, scratch);
    std::size_t above_0 = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      above_0 += i != 2 && product(users[u], items[i]) > 1e-6 ? 1U : 0U;
    }
    CHECK(scratch.ranked.size() >= above_0);
    CHECK(std::is_sorted(scratch.ranked.begin(), scratch.ranked.end(), rc::ranks_before<rc::ItemIx>));
    for (const auto& [item, score] : scratch.ranked) {
      CHECK(item != rc::ItemIx(2U));
      CHECK(static_cast<double>(score) == doctest::Approx(product(users[u], items[item.value])).epsilon(1e-4));
    }
  }
}

TEST_CASE("als: the same bytes for any number of threads and any order of the events") {
  // Enough rows for several blocks of sums and of solving.
  rc::Random random(3);
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  for (int event = 0; event < 20'000; ++event) {
    users.push_back(static_cast<std::int64_t>(random.below(2600)));
    items.push_back(static_cast<std::int64_t>(random.below(300) * random.below(300) / 300));
  }
  for (const std::uint32_t block : {128U, 5U}) {
    const rc::AlsConfig config{.factors = 12, .epochs = 2, .regularization = 1.0, .block_size = block};
    const auto expected = rc::Als::fit(from_ids(users, items), config, {.threads = 1});
    for (const unsigned threads : {2U, 7U}) {
      for (std::size_t place = users.size(); place > 1; --place) {
        const auto other = static_cast<std::size_t>(random.below(place));
        std::swap(users[place - 1], users[other]);
        std::swap(items[place - 1], items[other]);
      }
      CHECK(same(rc::Als::fit(from_ids(users, items), config, {.threads = threads}), expected));
    }
  }
  const auto shop = from_ids(users, items);
  CHECK_FALSE(same(rc::Als::fit(shop, {.factors = 4, .epochs = 1, .regularization = 1.0}),
                   rc::Als::fit(shop, {.factors = 4, .epochs = 1, .regularization = 1.0, .seed = 7})));
}

TEST_CASE("als: nobody, one user, one item, rows without entries") {
  const auto list = [](const rc::Interactions& shop, std::int64_t user) {
    return rc::recommend_user(rc::AnyModel(rc::Als::fit(shop, {.factors = 3, .regularization = 0.01})), user,
                              {.exclude_seen = false});
  };
  CHECK(list(from_ids({}, {}), 1).empty());
  REQUIRE(list(from_ids({1}, {1}), 1).size() == 1);
  CHECK(list(from_ids({1}, {1}), 1)[0].tier == rc::Tier::collaborative);
  CHECK(list(from_ids({1, 1, 1}, {1, 2, 3}), 1).size() == 3);
  CHECK(list(from_ids({1, 2, 3}, {1, 1, 1}), 2).size() == 1);

  rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
  rows.offsets = {0, 2, 2, 3};
  rows.indices = {rc::ItemIx(0U), rc::ItemIx(2U), rc::ItemIx(2U)};
  rows.columns = 4;
  const auto model = rc::Als::fit(rc::Interactions::from_rows(std::move(rows)), {.factors = 3});
  const auto users = rows_of(model.user_factors(), 3);
  CHECK(product(users[1], users[1]) == 0.0);
  const auto items = rows_of(model.item_factors(), 3);
  // Nothing but the penalty pulls at an item without users.
  CHECK(product(items[1], items[1]) < 1e-12);
  rc::Scratch scratch;
  scratch.mask.allow_all(4);
  model.rank({}, 4, scratch);
  CHECK(scratch.ranked.empty());
}

TEST_CASE("als: parameters and data that make no sense") {
  const auto shop = rc::test::random_interactions({}, 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [config, message] : std::vector<std::pair<rc::AlsConfig, std::string>>{
           {{.factors = 0}, "factors must be from 1 to 4096; got 0"},
           {{.factors = 4097}, "factors must be from 1 to 4096; got 4097"},
           {{.epochs = 0}, "epochs must be at least 1"},
           {{.regularization = 0.0}, "regularization must be a number above 0"},
           {{.regularization = nan}, "regularization must be"},
           {{.unobserved_weight = -1.0}, "unobserved_weight must be a number above 0"},
           {{.frequency_exponent = 2.5}, "frequency_exponent must be from 0 to 2"},
           {{.frequency_exponent = nan}, "frequency_exponent must be from 0 to 2"},
           {{.block_size = 0}, "block_size must be at least 1"},
           {{.init_scale = 0.0}, "init_scale must be a number above 0"}}) {
    CHECK_THROWS_WITH_AS(static_cast<void>(rc::Als::fit(shop, config)), doctest::Contains(message.c_str()),
                         rc::InvalidParameter);
    CHECK_THROWS_AS(static_cast<void>(rc::Als::estimate_fit_memory(shop, config)), rc::InvalidParameter);
  }
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::Als::fit(from_ids({7, 7, 8}, {1, 2, 1}, {1.0F, -2.0F, 1.0F}))),
                       doctest::Contains("user 7 has -2.000000 for item 2"), rc::InvalidData);
}

TEST_CASE("als: stops when it is told to") {
  const auto shop = rc::test::random_interactions({.users = 300, .items = 200}, 1);
  std::stop_source source;
  source.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::Als::fit(shop, {}, {.stop = source.get_token()})), rc::Cancelled);
  std::stop_source later;
  const rc::RunOptions options{.threads = 1, .stop = later.get_token(), .progress = [&](auto stage, auto, auto) {
                                 if (stage.find("epoch 2") != std::string_view::npos) {
                                   later.request_stop();
                                 }
                               }};
  CHECK_THROWS_AS(static_cast<void>(rc::Als::fit(shop, {}, options)), rc::Cancelled);
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::Als::fit(shop, {}, {.memory_limit = 1000})),
                       doctest::Contains("fitting Als"), rc::MemoryLimitExceeded);
}

TEST_CASE("als: stored and read again; parts that do not belong together are refused") {
  const auto shop = rc::test::random_interactions(weighted_shop, 2);
  const auto model = rc::Als::fit(shop, {.factors = 5, .epochs = 2, .regularization = 0.1, .seed = 9});
  const auto bytes = rc::to_bytes(rc::AnyModel(model));
  const auto restored = rc::model_from_bytes(bytes);
  REQUIRE(restored.get_if<rc::Als>() != nullptr);
  CHECK(same(*restored.get_if<rc::Als>(), model));
  CHECK(restored.get_if<rc::Als>()->config() == model.config());
  CHECK(rc::to_bytes(restored) == bytes);
  const std::vector<std::int64_t> clicked{3, 4};
  CHECK(rc::recommend_history(restored, std::span(clicked)) ==
        rc::recommend_history(rc::AnyModel(model), std::span(clicked)));

  const rc::RawVector<float> items(model.item_factors().begin(), model.item_factors().end());
  const rc::RawVector<float> users(model.user_factors().begin(), model.user_factors().end());
  const auto refuses = [&](auto spoiled_items, auto spoiled_users) {
    CHECK_THROWS_AS(static_cast<void>(rc::Als::from_parts(shop, model.config(), spoiled_items, spoiled_users)),
                    rc::InvalidData);
  };
  refuses(rc::RawVector<float>(items.begin() + 1, items.end()), users);
  refuses(items, rc::RawVector<float>{});
  auto nan = items;
  nan[3] = std::numeric_limits<float>::quiet_NaN();
  refuses(nan, users);
}
