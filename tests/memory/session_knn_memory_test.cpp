#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>
#include <recocore/models/session_knn.hpp>

#include "../support/peak_memory.hpp"

using namespace recocore;
using recocore::test::PeakMemory;

namespace {

/// Sessions of 1 to 2 x `mean` - 1 clicks on items of which some are far more popular.
Interactions random_clicks(std::size_t sessions, std::size_t items, std::size_t mean) {
  Random random(7);
  std::vector<std::int64_t> user;
  std::vector<std::int64_t> item;
  std::vector<std::int64_t> time;
  for (std::size_t s = 0; s < sessions; ++s) {
    for (std::size_t clicks = 1 + random.below(2 * mean - 1); clicks > 0; --clicks) {
      user.push_back(static_cast<std::int64_t>(s));
      item.push_back(static_cast<std::int64_t>(random.below(1 + random.below(items))));
      time.push_back(static_cast<std::int64_t>(time.size()));
    }
  }
  EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(user), .item = std::span<const std::int64_t>(item), .time = time});
  return Interactions::from_events(builder.finish(), {.duplicates = Duplicates::binary});
}

}  // namespace

TEST_CASE("session_knn: no fit takes more than was estimated, and a list nothing more once it was warm") {
  struct Shop {
    std::size_t sessions;
    std::size_t items;
    std::size_t mean;
  };
  for (const Shop& shop : {Shop{8000, 3000, 5}, Shop{3000, 200, 6}, Shop{40, 2000, 300}, Shop{20'000, 12'000, 2}}) {
    const auto clicks = random_clicks(shop.sessions, shop.items, shop.mean);
    for (const unsigned threads : {1U, 3U}) {
      CAPTURE(shop.sessions);
      CAPTURE(threads);
      const RunOptions options{.threads = threads};
      const auto estimate = static_cast<double>(SessionKnn::estimate_fit_memory(clicks, {}, options));
      const PeakMemory memory;
      const auto model = SessionKnn::fit(clicks, {}, options);
      const auto peak = static_cast<double>(memory.peak());
      CHECK(peak <= estimate * 1.02 + 20'000.0);
      CHECK(peak >= estimate * 0.15);
    }
    for (const auto scoring : {SessionScoring::full, SessionScoring::vmis}) {
      const auto model = SessionKnn::fit(clicks, {.scoring = scoring}, {.threads = 1});
      Scratch scratch;
      const auto ask_all = [&] {
        for (std::size_t u = 0; u < clicks.users().size(); u += 1 + clicks.users().size() / 200) {
          scratch.mask.allow_all(clicks.items().size());
          const auto row = clicks.by_user().row(UserIx(u));
          model.rank({.items = row}, 20, scratch);
        }
      };
      ask_all();
      const PeakMemory memory;
      ask_all();
      CHECK(memory.peak() == 0);
    }
  }
}
