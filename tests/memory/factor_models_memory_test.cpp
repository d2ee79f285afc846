#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>
#include <recocore/models/als.hpp>
#include <recocore/models/graph_filter.hpp>
#include <recocore/models/next_basket.hpp>

#include "../support/peak_memory.hpp"
#include "../support/random_interactions.hpp"

using namespace recocore;
using recocore::test::PeakMemory;
using recocore::test::RandomShop;

namespace {

/// Large enough that the arrays count and not what surrounds them.
const RandomShop sparse{.users = 4000, .items = 1500, .density = 0.005};
const RandomShop dense{.users = 1200, .items = 700, .density = 0.1};

/// What Eigen takes is not counted here: it does not come from `new`.
template <class M, class Config>
void check_peak(const Interactions& interactions, const Config& config) {
  for (const unsigned threads : {1U, 3U}) {
    const RunOptions options{.threads = threads};
    const auto estimate = static_cast<double>(M::estimate_fit_memory(interactions, config, options));
    const PeakMemory memory;
    const auto model = M::fit(interactions, config, options);
    const auto peak = static_cast<double>(memory.peak());
    CAPTURE(threads);
    CHECK(peak <= estimate * 1.02 + 20'000.0);
    CHECK(peak >= estimate * 0.1);
  }
}

/// Once scratch has grown, lists take nothing.
template <class M>
void check_lists(const M& model) {
  const auto& interactions = model.interactions();
  Scratch scratch;
  const auto ask_all = [&] {
    for (std::size_t u = 0; u < interactions.users().size(); u += 1 + interactions.users().size() / 100) {
      scratch.mask.allow_all(interactions.items().size());
      model.rank({.items = interactions.by_user().row(UserIx(u))}, 20, scratch);
      scratch.mask.allow_all(interactions.items().size());
      model.rank({.items = interactions.by_user().row(UserIx(u)), .user = UserIx(u)}, 20, scratch);
    }
  };
  ask_all();
  const PeakMemory memory;
  ask_all();
  CHECK(memory.peak() == 0);
}

/// Baskets of some items each.
Interactions random_baskets() {
  Random random(11);
  std::vector<std::int64_t> user;
  std::vector<std::int64_t> item;
  std::vector<std::int64_t> time;
  for (std::size_t event = 0; event < 60'000; ++event) {
    user.push_back(static_cast<std::int64_t>(random.below(2000)));
    item.push_back(static_cast<std::int64_t>(random.below(1 + random.below(1500))));
    time.push_back(static_cast<std::int64_t>(random.below(12)) * 86'400'000'000);
  }
  EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(user), .item = std::span<const std::int64_t>(item), .time = time});
  return Interactions::from_events(builder.finish());
}

}  // namespace

TEST_CASE("als: a fit takes no more than was estimated, a list nothing once it was warm") {
  for (const auto& shop : {sparse, dense}) {
    const auto interactions = test::random_interactions(shop, 5);
    const AlsConfig config{.factors = 24, .epochs = 2};
    check_peak<Als>(interactions, config);
    check_lists(Als::fit(interactions, config, {.threads = 1}));
  }
}

TEST_CASE("graph_filter: a fit takes no more than was estimated, a list nothing once it was warm") {
  for (const auto& shop : {sparse, dense}) {
    const auto interactions = test::random_interactions(shop, 5);
    const GraphFilterConfig config{.dimensions = 24};
    check_peak<GraphFilter>(interactions, config);
    check_peak<GraphFilter>(interactions, GraphFilterConfig{.k = 20, .dimensions = 4});
    check_lists(GraphFilter::fit(interactions, config, {.threads = 1}));
  }
}

TEST_CASE("next_basket: a fit takes no more than was estimated, a list nothing once it was warm") {
  const auto interactions = random_baskets();
  check_peak<NextBasket>(interactions, NextBasketConfig{});
  check_lists(NextBasket::fit(interactions, {}, {.threads = 1}));
}
