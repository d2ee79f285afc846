#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/models/item_knn.hpp>

#include "../support/peak_memory.hpp"
#include "../support/random_interactions.hpp"

using namespace recocore;
using recocore::test::PeakMemory;
using recocore::test::RandomShop;

namespace {

struct Shape {
  std::string name;
  RandomShop shop;
  ItemKnnConfig config;
};

/// Large enough that the arrays count and not what surrounds them.
const RandomShop sparse{.users = 4000, .items = 1500, .density = 0.005};
const RandomShop dense{.users = 1200, .items = 700, .density = 0.15};
const RandomShop wide{.users = 300, .items = 8000, .density = 0.004};
const RandomShop tall{.users = 12'000, .items = 150, .density = 0.03};

RandomShop weighted(RandomShop shop) {
  shop.largest_weight = 5.0;
  return shop;
}

std::vector<Shape> shapes() {
  using enum Similarity;
  const SimilarityConfig asymmetric{.similarity = asymmetric_cosine, .alpha = 0.7};
  return {
      {"sparse", sparse, {}},
      {"sparse, few neighbours", sparse, {.k = 5}},
      {"sparse, more neighbours than there are", sparse, {.k = 1'000'000}},
      {"dense", dense, {}},
      {"dense, few neighbours", dense, {.k = 10}},
      {"wide", wide, {}},
      {"tall", tall, {}},
      {"sparse, weighted", weighted(sparse), {}},
      {"dense, weighted", weighted(dense), {.k = 20}},
      {"wide, weighted", weighted(wide), {.k = 50}},
      {"sparse, tf-idf", sparse, {.weighting = {.weighting = Weighting::tf_idf}}},
      {"dense, bm25 of weights", weighted(dense), {.weighting = {.weighting = Weighting::bm25}}},
      {"sparse, asymmetric", sparse, {.similarity = asymmetric}},
      {"dense, asymmetric", dense, {.similarity = asymmetric}},
      {"sparse, asymmetric with tf-idf",
       sparse,
       {.k = 30, .similarity = asymmetric, .weighting = {.weighting = Weighting::tf_idf}}},
      {"dense, jaccard", dense, {.similarity = {.similarity = jaccard}}},
      {"sparse, conditional probability", sparse, {.similarity = {.similarity = conditional_probability}}},
      {"tall, log-likelihood ratio", tall, {.similarity = {.similarity = log_likelihood_ratio}}},
  };
}

}  // namespace

TEST_CASE("item_knn: a fit takes what was estimated, up to 15 %") {
  // What is made once in a process is not of the fit.
  (void)ItemKnn::fit(test::random_interactions({}, 1), {}, {.threads = 2});
  for (const auto& [name, shop, config] : shapes()) {
    const auto interactions = test::random_interactions(shop, 7);
    const auto estimate_for = [&](unsigned threads) {
      return static_cast<double>(ItemKnn::estimate_fit_memory(interactions, config, {.threads = threads}));
    };
    for (const unsigned threads : {1U, 2U}) {
      const RunOptions options{.threads = threads};
      const double estimate = estimate_for(threads);
      const PeakMemory memory;
      const auto model = ItemKnn::fit(interactions, config, options);
      const auto peak = static_cast<double>(memory.peak());
      CAPTURE(name);
      CAPTURE(threads);
      CAPTURE(estimate);
      CAPTURE(peak);
      CHECK(peak <= estimate * 1.15);
      // A thread that comes when all the work is done takes no memory of its own.
      CHECK(peak >= estimate_for(1) / 1.15);
    }
  }
}

TEST_CASE("item_knn: a fit within its limit does not exceed it by much, one above is refused for nothing") {
  const auto interactions = test::random_interactions(sparse, 7);
  const auto estimate = ItemKnn::estimate_fit_memory(interactions, {}, {.threads = 1});
  CHECK_NOTHROW((void)ItemKnn::fit(interactions, {}, {.threads = 1, .memory_limit = estimate}));
  const PeakMemory memory;
  CHECK_THROWS_AS((void)ItemKnn::fit(interactions, {}, {.threads = 1, .memory_limit = estimate - 1}),
                  MemoryLimitExceeded);
  CHECK(static_cast<double>(memory.peak()) < 0.1 * static_cast<double>(estimate));
}
