/// Interactions of random events beside a naive twin, and what must hold for all of them.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>
#include <recocore/data/interactions.hpp>

#include "../support/events.hpp"

using namespace recocore;
using namespace recocore::test;

namespace {

constexpr Duplicates all_duplicates[] = {Duplicates::sum, Duplicates::max, Duplicates::last, Duplicates::binary};

std::vector<Row> random_rows(Random& random) {
  const auto users = 1 + random.below(20);
  const auto items = 1 + random.below(20);
  std::vector<Row> rows(random.below(300));
  for (auto& row : rows) {
    // Few different weights and times: many ties, cancellations and zeros. The squares make some ids frequent.
    row = {"u" + std::to_string(random.below(users) * random.below(users) / users),
           "i" + std::to_string(random.below(items) * random.below(items) / items),
           static_cast<float>(random.below(7)) * 0.5F - 1.0F, static_cast<std::int64_t>(random.below(30)) * 1'000'000};
  }
  return rows;
}

InteractionsConfig random_config(Random& random, bool has_times) {
  InteractionsConfig config;
  config.duplicates = all_duplicates[random.below(4)];
  config.max_events_per_user = random.below(2) == 0 ? 20'000 : 1 + random.below(20);
  if (has_times && config.duplicates != Duplicates::binary && random.below(2) == 0) {
    config.half_life_seconds = 1.0 + static_cast<double>(random.below(20));
    if (random.below(2) == 0) {
      config.reference_time = static_cast<std::int64_t>(random.below(40)) * 1'000'000;
    }
  }
  config.min_items_per_user = static_cast<std::uint32_t>(1 + random.below(4));
  config.min_users_per_item = static_cast<std::uint32_t>(1 + random.below(4));
  return config;
}

using Pair = std::pair<std::string, std::string>;

/// A step at a time, with maps, as the documentation says it.
class NaiveInteractions {
 public:
  NaiveInteractions(const std::vector<Row>& rows, bool has_times, const InteractionsConfig& config)
      : config_(config), has_times_(has_times) {
    report_.events = rows.size();
    std::map<std::string, std::vector<Row>> by_user;
    for (const auto& row : rows) {
      by_user[row.user].push_back(row);
      latest_ = std::max(latest_, row.time);
      ++all_items_[row.item];
    }
    report_.users_read = by_user.size();
    report_.items_read = all_items_.size();
    for (auto& entry : by_user) {
      cap(entry.second);
      merge(entry.second);
    }
    drop_rare();
  }

  [[nodiscard]] std::vector<Row> rows() const {
    std::vector<Row> result;
    for (const auto& [pair, value] : pairs_) {
      result.push_back({pair.first, pair.second, value.weight, has_times_ ? value.time : 0});
    }
    return result;
  }
  [[nodiscard]] const InteractionsReport& report() const { return report_; }

 private:
  struct Value {
    float weight;
    std::int64_t time;
  };

  void cap(std::vector<Row>& rows) {
    if (rows.size() <= config_.max_events_per_user) {
      return;
    }
    std::stable_sort(rows.begin(), rows.end(), [this](const Row& a, const Row& b) {
      return has_times_ ? std::tuple(-a.time, a.item, -a.weight) < std::tuple(-b.time, b.item, -b.weight)
                        : std::tuple(a.item, -a.weight) < std::tuple(b.item, -b.weight);
    });
    ++report_.capped_users;
    report_.over_cap_events += rows.size() - config_.max_events_per_user;
    rows.resize(config_.max_events_per_user);
  }

  [[nodiscard]] double decayed(const Row& row) const {
    const double reference = static_cast<double>(config_.reference_time.value_or(latest_));
    const double age = std::max(0.0, reference - static_cast<double>(row.time)) / 1e6;
    return config_.half_life_seconds ? row.weight * std::exp2(-age / *config_.half_life_seconds) : row.weight;
  }

  void merge(const std::vector<Row>& rows) {
    std::map<std::string, std::vector<Row>> by_item;
    for (const auto& row : rows) {
      by_item[row.item].push_back(row);
    }
    for (auto& [item, events] : by_item) {
      if (has_times_ || config_.duplicates != Duplicates::last) {
        std::sort(events.begin(), events.end(),
                  [](const Row& a, const Row& b) { return std::pair(a.time, a.weight) < std::pair(b.time, b.weight); });
      }
      double sum = 0.0;
      double largest = decayed(events.front());
      bool any = false;
      for (const auto& event : events) {
        sum += decayed(event);
        largest = std::max(largest, decayed(event));
        any = any || event.weight != 0.0F;
      }
      const std::map<Duplicates, double> merged{{Duplicates::sum, sum},
                                                {Duplicates::max, largest},
                                                {Duplicates::last, decayed(events.back())},
                                                {Duplicates::binary, any ? 1.0 : 0.0}};
      const auto weight = static_cast<float>(merged.at(config_.duplicates));
      if (weight == 0.0F) {
        report_.faded_events += events.size();
      } else {
        report_.duplicate_events += events.size() - 1;
        pairs_[{events.front().user, item}] = {weight, events.back().time};
      }
    }
  }

  void drop_rare() {
    const auto merged = pairs_.size();
    std::map<std::string, std::size_t> users;
    std::map<std::string, std::size_t> items;
    for (bool changed = true; changed;) {
      users.clear();
      items.clear();
      for (const auto& entry : pairs_) {
        ++users[entry.first.first];
        ++items[entry.first.second];
      }
      changed = std::erase_if(pairs_, [&](const auto& entry) {
                  return users[entry.first.first] < config_.min_items_per_user ||
                         items[entry.first.second] < config_.min_users_per_item;
                }) > 0;
    }
    report_.rare_events = merged - pairs_.size();
    report_.rare_users = report_.users_read - users.size();
    report_.rare_items = report_.items_read - items.size();
    report_.interactions = pairs_.size();
  }

  InteractionsConfig config_;
  bool has_times_;
  std::int64_t latest_ = 0;
  std::map<std::string, int> all_items_{};
  std::map<Pair, Value> pairs_{};
  InteractionsReport report_{};
};

template <class Value>
void shuffle(std::vector<Value>& values, Random& random) {
  for (std::size_t count = values.size(); count > 1; --count) {
    std::swap(values[count - 1], values[random.below(count)]);
  }
}

/// Ids sort by their bytes, so "u10" comes before "u2": as in std::map.
void check_order(const std::vector<Row>& rows) {
  CHECK(std::is_sorted(rows.begin(), rows.end(),
                       [](const Row& a, const Row& b) { return std::tie(a.user, a.item) < std::tie(b.user, b.item); }));
}

}  // namespace

TEST_CASE("random interactions equal those of a naive twin") {
  Random random(20'240'101);
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    const bool has_times = random.below(2) == 0;
    auto rows = random_rows(random);
    if (!has_times) {
      for (auto& row : rows) {
        row.time = 0;
      }
    }
    const auto config = random_config(random, has_times);
    const bool depends_on_order = config.duplicates == Duplicates::last && !has_times;
    if (depends_on_order && config.max_events_per_user < 20'000) {
      continue;  // Which of equal events the cap keeps is then not documented.
    }
    const auto interactions = Interactions::from_events(log_of(rows, has_times), config);
    const NaiveInteractions naive(rows, has_times, config);
    REQUIRE(rows_of(interactions) == naive.rows());
    REQUIRE(interactions.report() == naive.report());
    REQUIRE(interactions.by_item() == transpose(interactions.by_user()));
    check_order(rows_of(interactions));

    if (!depends_on_order) {
      shuffle(rows, random);
      REQUIRE(Interactions::from_events(log_of(rows, has_times), config) == interactions);
    }
  }
}

TEST_CASE("every event is accounted for, and building anew from the events changes nothing") {
  Random random(7);
  for (int round = 0; round < 1000; ++round) {
    CAPTURE(round);
    const bool has_times = random.below(2) == 0;
    const auto config = random_config(random, has_times);
    const auto interactions = Interactions::from_events(log_of(random_rows(random), has_times), config);
    const auto& report = interactions.report();
    REQUIRE(report.over_cap_events + report.faded_events + report.duplicate_events + report.rare_events +
                report.interactions ==
            report.events);
    REQUIRE(report.users_read - report.rare_users == interactions.users().size());
    REQUIRE(report.items_read - report.rare_items == interactions.items().size());
    REQUIRE(report.interactions == interactions.size());
    REQUIRE(Interactions::from_events(interactions.events(), config) == interactions);
  }
}

TEST_CASE("a matrix and its entries as events are the same interactions") {
  Random random(8);
  for (int round = 0; round < 1000; ++round) {
    CAPTURE(round);
    SparseRows<UserIx, ItemIx> rows{.offsets = {0}, .columns = 1 + random.below(8)};
    EventLog log;
    const auto row_count = 1 + random.below(8);
    for (std::size_t row = 0; row < row_count; ++row) {
      for (auto entries = random.below(6); entries > 0; --entries) {
        rows.indices.emplace_back(static_cast<std::uint32_t>(random.below(rows.columns)));
        rows.values.push_back(static_cast<float>(random.below(5)) - 1.0F);
        log.user.emplace_back(row);
      }
      rows.offsets.push_back(rows.entries());
    }
    log.users = IdMap::range(row_count);
    log.items = IdMap::range(rows.columns);
    log.item = rows.indices;
    log.weight = rows.values;
    auto config = random_config(random, false);
    // Empty rows stay in a matrix unless support is asked for; events never have them.
    config.min_items_per_user = 2;
    const auto from_rows = Interactions::from_rows(rows, config);
    const auto from_events = Interactions::from_events(log, config);
    REQUIRE(from_rows == from_events);
    REQUIRE(from_rows.report() == from_events.report());

    config.min_items_per_user = config.min_users_per_item = 1;
    const auto whole = Interactions::from_rows(rows, config);
    REQUIRE(whole.users() == IdMap::range(row_count));
    REQUIRE(whole.items() == IdMap::range(rows.columns));
    REQUIRE(whole.report().interactions == Interactions::from_events(log, config).report().interactions);
  }
}
