// What a model that is never refitted is worth, period by period, beside one that is refitted each period.
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include <recocore/recocore.hpp>

int main() {
  // A shop of two departments, whose customers change sides in the sixth of twelve weeks.
  constexpr std::int64_t week = 7 * recocore::microseconds_per_day;
  recocore::Random random(1);
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  std::vector<std::int64_t> times;
  for (std::int64_t now = 0; now < 12; ++now) {
    for (std::int64_t sale = 0; sale < 300; ++sale) {
      const auto user = static_cast<std::int64_t>(random.below(100));
      const std::int64_t department = (user + (now >= 6 ? 1 : 0)) % 2;
      users.push_back(user);
      items.push_back(100 * department + static_cast<std::int64_t>(random.below(40)));
      times.push_back(now * week + sale);
    }
  }
  recocore::EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(users),
               .item = std::span<const std::int64_t>(items),
               .time = std::span<const std::int64_t>(times)});

  const recocore::Timeline timeline(builder.finish(), week);
  constexpr std::size_t first = 2;
  const recocore::Replay replay(timeline, {.n = 10, .first = first});
  recocore::ServedValues hits{.periods = timeline.periods() - first};
  for (std::size_t origin = first; origin < timeline.periods(); ++origin) {
    recocore::CostMeter meter;
    const recocore::AnyModel model =
        recocore::ItemKnn::fit(recocore::Interactions::from_events(timeline.between(0, origin)), {.k = 20});
    hits.fit_cost.push_back(meter.stop().cpu_seconds);
    for (const auto& period : replay.score(model, origin, timeline.periods() - origin).all.periods) {
      hits.value.push_back(static_cast<double>(period.hits()));
    }
  }
  const double fresh = follow(hits, recocore::every_plan(hits.periods, 1)).total;
  std::cout << "never refitted: " << 100.0 * follow(hits, {0}).total / fresh << " % of the hits of weekly refits\n";
  const auto two = recocore::oracle_plans(hits, 2).back();
  std::cout << "with one refit at the best time, week " << two.back() + first << ": "
            << 100.0 * follow(hits, two).total / fresh << " %\n";
}
