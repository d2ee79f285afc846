/// The kernel beside a dense computation that shares nothing with it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/stats/similar_rows.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

using Dense = std::vector<std::vector<double>>;  // items x users

Dense to_dense(const rc::SparseRows<rc::ItemIx, rc::UserIx>& by_item) {
  Dense dense(by_item.rows(), std::vector<double>(by_item.columns, 0.0));
  for (std::size_t i = 0; i < by_item.rows(); ++i) {
    const auto users = by_item.row(rc::ItemIx(i));
    const auto values = by_item.row_values(rc::ItemIx(i));
    for (std::size_t e = 0; e < users.size(); ++e) {
      dense[i][users[e].value] = values.empty() ? 1.0 : static_cast<double>(values[e]);
    }
  }
  return dense;
}

double count(const std::vector<double>& row) {
  return static_cast<double>(std::count_if(row.begin(), row.end(), [](double v) { return v != 0.0; }));
}

Dense weighted(const Dense& plain, const rc::WeightingConfig& config) {
  Dense result = plain;
  const auto items = static_cast<double>(plain.size());
  double total = 0.0;
  for (const auto& row : plain) {
    for (const double v : row) {
      total += v;
    }
  }
  for (std::size_t u = 0; u < plain.front().size(); ++u) {
    double n = 0.0;
    for (const auto& row : plain) {
      n += row[u] != 0.0 ? 1.0 : 0.0;
    }
    for (std::size_t i = 0; i < plain.size(); ++i) {
      const double v = plain[i][u];
      double length = 0.0;
      for (const double w : plain[i]) {
        length += w;
      }
      if (config.weighting == rc::Weighting::tf_idf) {
        result[i][u] = std::sqrt(v) * (std::log((1 + items) / (1 + n)) + 1);
      } else if (config.weighting == rc::Weighting::bm25 && v != 0.0) {
        const double damp = 1 - config.bm25_b + config.bm25_b * length / (total / items);
        result[i][u] =
            std::log(1 + (items - n + 0.5) / (n + 0.5)) * v * (config.bm25_k1 + 1) / (v + config.bm25_k1 * damp);
      }
    }
  }
  return result;
}

double dense_similarity(const rc::SimilarityConfig& config, const std::vector<double>& x,
                        const std::vector<double>& y) {
  double dot = 0.0;
  double xx = 0.0;
  double yy = 0.0;
  double c = 0.0;
  for (std::size_t u = 0; u < x.size(); ++u) {
    dot += x[u] * y[u];
    xx += x[u] * x[u];
    yy += y[u] * y[u];
    c += x[u] != 0.0 && y[u] != 0.0 ? 1.0 : 0.0;
  }
  const double n_x = count(x);
  const double n_y = count(y);
  const auto all = static_cast<double>(x.size());
  double value = 0.0;
  switch (config.similarity) {
    case rc::Similarity::cosine:
      value = dot / std::sqrt(xx * yy);
      break;
    case rc::Similarity::asymmetric_cosine:
      value = dot / (std::pow(xx, config.alpha) * std::pow(yy, 1 - config.alpha));
      break;
    case rc::Similarity::dot:
      value = dot;
      break;
    case rc::Similarity::jaccard:
      value = c / (n_x + n_y - c);
      break;
    case rc::Similarity::dice:
      value = 2 * c / (n_x + n_y);
      break;
    case rc::Similarity::tversky:
      value = c / (c + config.alpha * (n_x - c) + config.beta * (n_y - c));
      break;
    case rc::Similarity::conditional_probability:
      value = c / n_x;
      break;
    case rc::Similarity::lift:
      value = c * all / (n_x * n_y);
      break;
    case rc::Similarity::log_likelihood_ratio:
      value = rc::log_likelihood_ratio(c, n_x - c, n_y - c, all - n_x - n_y + c);
      break;
  }
  return c < config.min_common ? 0.0 : value * c / (c + config.shrinkage);
}

/// Each neighbour has the dense similarity, and nothing better was left out.
void check_against_dense(const rc::Interactions& shop, const rc::SimilarRowsConfig& config) {
  const auto found = rc::similar_rows(shop.by_item(), shop.by_user(), config, {.threads = 1});
  const auto plain = to_dense(shop.by_item());
  const auto values = weighted(plain, config.weighting);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const auto row = found.of(rc::ItemIx(i));
    std::vector<bool> is_listed(plain.size(), false);
    double worst = std::numeric_limits<double>::infinity();
    for (const auto& neighbour : row) {
      const double expected = dense_similarity(config.similarity, values[i], values[neighbour.index.value]);
      CHECK(static_cast<double>(neighbour.score) == doctest::Approx(expected).epsilon(1e-6));
      is_listed[neighbour.index.value] = true;
      worst = static_cast<double>(neighbour.score);
    }
    CHECK(std::is_sorted(row.begin(), row.end(), rc::ranks_before<rc::ItemIx>));
    CHECK_FALSE(is_listed[i]);
    for (std::size_t j = 0; j < plain.size(); ++j) {
      if (j == i || is_listed[j] || count(plain[j]) == 0.0) {
        continue;
      }
      const double left_out = dense_similarity(config.similarity, values[i], values[j]);
      const double bound = row.size() < config.k ? 0.0 : worst;
      CHECK_FALSE(left_out > bound + 1e-6 * std::abs(bound) + 1e-12);
    }
  }
}

}  // namespace

TEST_CASE("every similarity equals a dense computation, binary and weighted") {
  for (const auto name : rc::similarity_names()) {
    CAPTURE(name);
    for (const double largest : {0.0, 5.0}) {
      for (const double shrinkage : {0.0, 2.5}) {
        for (const std::uint32_t min_common : {1U, 3U}) {
          const auto shop = rc::test::random_interactions({.largest_weight = largest}, 11);
          check_against_dense(shop, {.k = 6,
                                     .similarity = {.similarity = rc::parse_similarity(name),
                                                    .alpha = 0.3,
                                                    .beta = 0.9,
                                                    .shrinkage = shrinkage,
                                                    .min_common = min_common}});
        }
      }
    }
  }
}

TEST_CASE("every weighting equals a dense computation, binary and weighted") {
  for (const auto name : rc::weighting_names()) {
    CAPTURE(name);
    for (const auto kind : {rc::Similarity::cosine, rc::Similarity::asymmetric_cosine, rc::Similarity::dot}) {
      for (const double largest : {0.0, 50'000.0}) {
        const auto shop = rc::test::random_interactions({.users = 40, .largest_weight = largest}, 5);
        check_against_dense(shop, {.k = 50,
                                   .similarity = {.similarity = kind, .alpha = 0.8},
                                   .weighting = {.weighting = rc::parse_weighting(name), .bm25_k1 = 2.0}});
      }
    }
  }
}

TEST_CASE("any number of threads gives the same bytes") {
  for (const double largest : {0.0, 5.0}) {
    const auto shop = rc::test::random_interactions({.users = 300, .items = 200, .largest_weight = largest}, 3);
    const rc::SimilarRowsConfig config{.k = 10};
    const auto one = rc::similar_rows(shop.by_item(), shop.by_user(), config, {.threads = 1});
    for (const unsigned threads : {2U, 3U, 7U}) {
      CHECK(rc::similar_rows(shop.by_item(), shop.by_user(), config, {.threads = threads}) == one);
    }
  }
}

TEST_CASE("users by items goes through the same kernel") {
  const auto shop = rc::test::random_interactions({}, 8);
  const auto transposed = rc::transpose(shop.by_user());
  REQUIRE(transposed == shop.by_item());
  const auto users = rc::similar_rows(shop.by_user(), shop.by_item(), {.k = 5});
  REQUIRE(users.rows() == shop.users().size());
  // Jaccard of two users counted by hand, for the best neighbour of each.
  const auto jaccard =
      rc::similar_rows(shop.by_user(), shop.by_item(), {.k = 1, .similarity = {rc::Similarity::jaccard}});
  for (std::size_t u = 0; u < jaccard.rows(); ++u) {
    for (const auto& neighbour : jaccard.of(rc::UserIx(u))) {
      const auto a = shop.by_user().row(rc::UserIx(u));
      const auto b = shop.by_user().row(neighbour.index);
      std::vector<rc::ItemIx> both;
      std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
      const auto c = static_cast<double>(both.size());
      const double expected = c / (static_cast<double>(a.size() + b.size()) - c);
      CHECK(static_cast<double>(neighbour.score) == doctest::Approx(expected));
    }
  }
}

TEST_CASE("what makes no sense is refused, what is stopped says so") {
  const auto shop = rc::test::random_interactions({.largest_weight = 5.0}, 1);
  const auto fit = [](const rc::Interactions& data, const rc::SimilarRowsConfig& config,
                      const rc::RunOptions& run = {}) {
    return rc::similar_rows(data.by_item(), data.by_user(), config, run);
  };
  CHECK_THROWS_WITH_AS(static_cast<void>(fit(shop, {.k = 0})), doctest::Contains("k, the number of neighbours"),
                       rc::InvalidParameter);
  CHECK_THROWS_WITH_AS(
      static_cast<void>(fit(shop, {.similarity = {rc::Similarity::jaccard}, .weighting = {rc::Weighting::bm25}})),
      doctest::Contains("weighting 'bm25' has no effect with similarity 'jaccard'"), rc::InvalidParameter);

  auto rows = rc::test::random_rows({.largest_weight = 5.0}, 1);
  rows.values[7] = -2.0F;
  const auto negative = rc::Interactions::from_rows(rows);
  CHECK_NOTHROW(static_cast<void>(fit(negative, {})));
  CHECK_THROWS_AS(static_cast<void>(fit(negative, {.similarity = {rc::Similarity::lift}})), rc::InvalidData);
  CHECK_THROWS_AS(static_cast<void>(fit(negative, {.weighting = {rc::Weighting::tf_idf}})), rc::InvalidData);

  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(fit(shop, {}, {.stop = stop.get_token()})), rc::Cancelled);
}
