#include <array>
#include <cmath>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/stats/similarity.hpp>

namespace rc = recocore;

namespace {

double similarity(rc::Similarity kind, double common, double n_i, double n_j, double all, double alpha = 0.5,
                  double beta = 0.5, double shrinkage = 0.0) {
  const rc::SimilarityConfig config{.similarity = kind, .alpha = alpha, .beta = beta, .shrinkage = shrinkage};
  return rc::evaluate(config, common, common, {n_i, n_i}, {n_j, n_j}, all);
}

}  // namespace

TEST_CASE("log-likelihood ratio: values published with other implementations") {
  CHECK(rc::log_likelihood_ratio(1, 0, 0, 1) == doctest::Approx(2.7726).epsilon(1e-4));
  CHECK(rc::log_likelihood_ratio(10, 0, 0, 10) == doctest::Approx(27.7259).epsilon(1e-5));
  CHECK(rc::log_likelihood_ratio(5, 1995, 0, 100000) == doctest::Approx(39.3305).epsilon(1e-5));
  CHECK(rc::log_likelihood_ratio(1000, 1995, 1000, 100000) == doctest::Approx(4730.737).epsilon(1e-6));
  CHECK(rc::log_likelihood_ratio(110, 2442, 111, 29114) == doctest::Approx(270.72).epsilon(1e-5));
}

TEST_CASE("log-likelihood ratio is zero for independence, symmetric, never negative") {
  CHECK(rc::log_likelihood_ratio(10, 20, 30, 60) == doctest::Approx(0.0).epsilon(1e-12));
  CHECK(rc::log_likelihood_ratio(0, 0, 0, 0) == 0.0);
  CHECK(rc::log_likelihood_ratio(7, 3, 11, 50) == doctest::Approx(rc::log_likelihood_ratio(7, 11, 3, 50)));
  for (double k = 1; k < 40; ++k) {
    CHECK(rc::log_likelihood_ratio(k, 2 * k, 3 * k, 6 * k) >= 0.0);
  }
}

TEST_CASE("formulas by hand: 3 common users, 4 and 6 users, 20 in all") {
  using enum rc::Similarity;
  CHECK(similarity(cosine, 3, 4, 6, 20) == doctest::Approx(3 / std::sqrt(24.0)));
  CHECK(similarity(asymmetric_cosine, 3, 4, 6, 20, 1.0) == doctest::Approx(3.0 / 4));
  CHECK(similarity(asymmetric_cosine, 3, 4, 6, 20, 0.5) == doctest::Approx(similarity(cosine, 3, 4, 6, 20)));
  CHECK(similarity(dot, 3, 4, 6, 20) == 3.0);
  CHECK(similarity(jaccard, 3, 4, 6, 20) == doctest::Approx(3.0 / 7));
  CHECK(similarity(dice, 3, 4, 6, 20) == doctest::Approx(0.6));
  CHECK(similarity(tversky, 3, 4, 6, 20, 1.0, 1.0) == doctest::Approx(similarity(jaccard, 3, 4, 6, 20)));
  CHECK(similarity(tversky, 3, 4, 6, 20, 0.5, 0.5) == doctest::Approx(similarity(dice, 3, 4, 6, 20)));
  CHECK(similarity(tversky, 3, 4, 6, 20, 1.0, 0.0) ==
        doctest::Approx(similarity(conditional_probability, 3, 4, 6, 20)));
  CHECK(similarity(conditional_probability, 3, 4, 6, 20) == doctest::Approx(0.75));
  CHECK(similarity(lift, 3, 4, 6, 20) == doctest::Approx(2.5));
  CHECK(similarity(log_likelihood_ratio, 3, 4, 6, 20) == doctest::Approx(rc::log_likelihood_ratio(3, 1, 3, 13)));
}

TEST_CASE("a symmetric similarity is so to the last bit") {
  for (const auto name : rc::similarity_names()) {
    rc::SimilarityConfig config{.similarity = rc::parse_similarity(name), .alpha = 0.3, .beta = 0.3, .shrinkage = 0.7};
    config.alpha = config.similarity == rc::Similarity::asymmetric_cosine ? 0.5 : config.alpha;
    if (!rc::is_symmetric(config)) {
      continue;
    }
    CAPTURE(name);
    for (int n_i = 7; n_i < 40; ++n_i) {
      for (int n_j = 7; n_j < 40; ++n_j) {
        const rc::RowSummary i{static_cast<double>(n_i), 1.1 * n_i};
        const rc::RowSummary j{static_cast<double>(n_j), 1.1 * n_j};
        REQUIRE(rc::evaluate(config, 7.7, 7.0, i, j, 1000.0) == rc::evaluate(config, 7.7, 7.0, j, i, 1000.0));
      }
    }
  }
}

TEST_CASE("shrinkage multiplies by c / (c + shrinkage)") {
  const double plain = similarity(rc::Similarity::jaccard, 3, 4, 6, 20);
  CHECK(similarity(rc::Similarity::jaccard, 3, 4, 6, 20, 0.5, 0.5, 9.0) == doctest::Approx(plain * 0.25));
}

TEST_CASE("names go there and back, and unknown ones list the known") {
  for (const auto name : rc::similarity_names()) {
    CHECK(rc::to_string(rc::parse_similarity(name)) == name);
  }
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::parse_similarity("cosin")),
                       doctest::Contains("unknown similarity 'cosin'; known are 'cosine', 'asymmetric_cosine'"),
                       rc::InvalidParameter);
}

TEST_CASE("similarity: configurations that make no sense are refused") {
  const auto rejects = [](rc::SimilarityConfig config) { CHECK_THROWS_AS(config.validate(), rc::InvalidParameter); };
  rejects({.similarity = rc::Similarity::asymmetric_cosine, .alpha = 1.5});
  rejects({.alpha = std::nan("")});
  rejects({.alpha = -0.1});
  rejects({.beta = -1.0});
  rejects({.shrinkage = -1.0});
  rejects({.shrinkage = INFINITY});
  rejects({.min_common = 0});
  CHECK_NOTHROW(rc::SimilarityConfig{.similarity = rc::Similarity::tversky, .alpha = 3.0}.validate());
}
