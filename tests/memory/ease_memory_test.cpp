#include <string>

#include <doctest/doctest.h>

#include <recocore/models/ease.hpp>
#include <recocore/models/sparse_ease.hpp>

#include "../support/peak_memory.hpp"
#include "../support/random_interactions.hpp"

using namespace recocore;
using recocore::test::PeakMemory;
using recocore::test::RandomShop;

namespace {

/// Large enough that the arrays count and not what surrounds them.
const RandomShop sparse{.users = 4000, .items = 1500, .density = 0.005};
const RandomShop dense{.users = 1200, .items = 700, .density = 0.15};
const RandomShop weighted{.users = 1200, .items = 700, .density = 0.15, .largest_weight = 5.0};

/// The peak of a fit is never above the estimate, and not far below it.
template <class M, class Config>
void check_peak(const RandomShop& shop, const Config& config, double slack) {
  (void)M::fit(test::random_interactions({}, 1), config, {.threads = 2});
  const auto interactions = test::random_interactions(shop, 7);
  for (const unsigned threads : {1U, 2U}) {
    const auto estimate = static_cast<double>(M::estimate_fit_memory(interactions, config, {.threads = threads}));
    const auto alone = static_cast<double>(M::estimate_fit_memory(interactions, config, {.threads = 1}));
    const PeakMemory memory;
    const auto model = M::fit(interactions, config, {.threads = threads});
    const auto peak = static_cast<double>(memory.peak());
    CAPTURE(threads);
    CAPTURE(estimate);
    CAPTURE(peak);
    CHECK(peak <= estimate * 1.15);
    CHECK(peak >= alone / slack);
  }
}

}  // namespace

TEST_CASE("ease: a fit takes what was estimated") {
  // What Eigen packs is not counted here: it does not come from `new`.
  for (const auto& shop : {sparse, dense, weighted}) {
    check_peak<Ease>(shop, EaseConfig{}, 2.0);
  }
}

TEST_CASE("sparse ease: a fit takes what was estimated") {
  for (const auto& shop : {sparse, dense, weighted}) {
    for (const std::size_t k : {std::size_t{20}, std::size_t{60}}) {
      check_peak<SparseEase>(shop, SparseEaseConfig{.k = k}, 3.0);
    }
  }
}
