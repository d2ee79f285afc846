#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/drift/input_drift.hpp>
#include <recocore/drift/timeline.hpp>

#include "../support/events.hpp"
#include "streams.hpp"

namespace rc = recocore;
using rc::test::StreamConfig;

namespace {

using Counts = std::vector<std::uint64_t>;
using List = std::vector<std::uint32_t>;

/// Eq. 32 term by term, with every overlap counted anew.
double naive_overlap(const List& a, const List& b, double p) {
  const List& longer = a.size() < b.size() ? b : a;
  const List& shorter = a.size() < b.size() ? a : b;
  const auto overlap = [&](std::size_t depth) {
    const auto until = shorter.begin() + static_cast<std::ptrdiff_t>(std::min(depth, shorter.size()));
    double both = 0.0;
    for (std::size_t i = 0; i < depth; ++i) {
      both += static_cast<double>(std::count(shorter.begin(), until, longer[i]));
    }
    return both;
  };
  const auto s = static_cast<double>(shorter.size());
  const auto l = static_cast<double>(longer.size());
  const double at_s = overlap(shorter.size());
  const double at_l = overlap(longer.size());
  double sum = 0.0;
  for (std::size_t d = 1; d <= longer.size(); ++d) {
    const auto depth = static_cast<double>(d);
    sum += overlap(d) / depth * std::pow(p, depth);
    if (d > shorter.size()) {
      sum += at_s * (depth - s) / (s * depth) * std::pow(p, depth);
    }
  }
  return (1.0 - p) / p * sum + ((at_l - at_s) / l + at_s / s) * std::pow(p, l);
}

List random_list(rc::Random& random, std::uint32_t items, std::size_t size) {
  List list(items);
  std::iota(list.begin(), list.end(), 0U);
  for (std::size_t i = 0; i < size; ++i) {
    std::swap(list[i], list[i + random.below(items - i)]);
  }
  list.resize(size);
  return list;
}

Counts random_counts(rc::Random& random, std::size_t size) {
  Counts counts(size);
  for (auto& count : counts) {
    count = random.below(3) == 0 ? 0 : random.below(50);
  }
  counts[random.below(size)] += 1;
  return counts;
}

rc::Timeline timeline_of(const rc::EventLog& log) {
  return rc::Timeline(log, rc::test::stream_period, rc::test::stream_start);
}

std::array<double, 6> p_values(const rc::InputDrift& drift) {
  return {drift.p_jensen_shannon, drift.p_rank_overlap, drift.p_population_stability,
          drift.p_births,         drift.p_deaths,       drift.p_unknown_users};
}
constexpr std::array<std::string_view, 6> statistics{"divergence", "overlap", "stability",
                                                     "births",     "deaths",  "unknown users"};

struct Alarms {
  std::array<std::size_t, 6> raised{};
  std::array<std::size_t, 6> below_half{};
  std::size_t looks = 0;
};

/// Looks at two pairs of an origin and a period of each stream that share no period.
template <class Make>
Alarms alarms_of(std::size_t streams, double rate, const Make& make) {
  Alarms alarms;
  for (std::uint64_t seed = 0; seed < streams; ++seed) {
    const rc::Timeline timeline = make(seed);
    for (const auto& [origin, period] : {std::pair<std::size_t, std::size_t>{4, 4 + seed % 2}, {10, 10 + seed % 6}}) {
      const auto found = rc::input_drift(timeline, origin, period, {.rate = rate, .permutations = 59, .seed = seed});
      const auto p = p_values(found);
      for (std::size_t i = 0; i < p.size(); ++i) {
        alarms.raised[i] += p[i] <= rate ? 1U : 0U;
        alarms.below_half[i] += p[i] <= 0.5 ? 1U : 0U;
      }
      ++alarms.looks;
    }
  }
  return alarms;
}

/// The least number that a binomial variable exceeds in less than one of a thousand cases.
std::size_t binomial_bound(std::size_t n, double p) {
  double term = std::pow(1.0 - p, static_cast<double>(n));
  double sum = term;
  std::size_t k = 0;
  while (sum < 0.999) {
    term *= static_cast<double>(n - k) / static_cast<double>(k + 1) * p / (1.0 - p);
    sum += term;
    ++k;
  }
  return k;
}

void check_rate(const Alarms& alarms, double rate) {
  const std::size_t bound = binomial_bound(alarms.looks, rate);
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    CAPTURE(statistics[i]);
    CHECK(alarms.raised[i] <= bound);
    // Nor is it that nothing could raise one: p-values are about uniform, or at most a little too large. Those of
    // newcomers, who are few where nothing happens, are mostly 1.
    CHECK((i == 3 || i == 5 || alarms.below_half[i] >= alarms.looks / 5));
  }
}

constexpr double usual_rate = 0.05;
constexpr std::size_t usual_streams = 120;

StreamConfig small_shop(std::uint64_t seed) {
  return {.users = 120, .items = 150, .events = 400, .user_births = 6, .seed = seed};
}

/// The events of a period by others, or with others: of every `step`-th the user (item) is one that never was.
rc::EventLog with_newborns(const rc::EventLog& log, std::size_t period, std::size_t step, bool users) {
  std::vector<std::int64_t> user;
  std::vector<std::int64_t> item;
  const auto from = rc::test::stream_start + static_cast<std::int64_t>(period) * rc::test::stream_period;
  for (std::size_t event = 0; event < log.size(); ++event) {
    const bool newborn =
        log.time[event] >= from && log.time[event] < from + rc::test::stream_period && event % step == 0;
    // A handful of new ones, with several events each.
    const auto name = static_cast<std::int64_t>(1'000'000 + event % (7 * step));
    user.push_back(newborn && users ? name : static_cast<std::int64_t>(log.user[event].value));
    item.push_back(newborn && !users ? name : static_cast<std::int64_t>(log.item[event].value));
  }
  rc::EventLogBuilder builder;
  builder.add(
      {.user = std::span<const std::int64_t>(user), .item = std::span<const std::int64_t>(item), .time = log.time});
  return builder.finish();
}

}  // namespace

TEST_CASE("the Jensen-Shannon divergence of known distributions") {
  CHECK(rc::jensen_shannon(Counts{3, 1}, Counts{6, 2}) == 0.0);
  CHECK(rc::jensen_shannon(Counts{5, 0}, Counts{0, 1}) == 1.0);
  // H(3/4, 1/4) - (H(1) + H(1/2, 1/2)) / 2 = 2 - 3/4 log2(3) - 1/2.
  CHECK(rc::jensen_shannon(Counts{4, 0}, Counts{1, 1}) == doctest::Approx(1.5 - 0.75 * std::log2(3.0)));
}

TEST_CASE("the population stability index of known bins") {
  CHECK(rc::population_stability(Counts{10, 20, 70}, Counts{1, 2, 7}, 1e-12) == doctest::Approx(0.0));
  // (1/4 - 1/2) ln(1/2) + (3/4 - 1/2) ln(3/2) = ln(3) / 4.
  CHECK(rc::population_stability(Counts{25, 75}, Counts{50, 50}, 1e-12) == doctest::Approx(std::log(3.0) / 4.0));
  // Raised by 1: shares of 1/4 and 3/4 against 3/4 and 1/4.
  CHECK(rc::population_stability(Counts{0, 2}, Counts{2, 0}, 1.0) == doctest::Approx(std::log(3.0)));
}

TEST_CASE("divergence and stability are symmetric, bounded and 0 for equal counts") {
  rc::Random random(1);
  for (int round = 0; round < 200; ++round) {
    const std::size_t size = 1 + random.below(20);
    const auto a = random_counts(random, size);
    const auto b = random_counts(random, size);
    const double divergence = rc::jensen_shannon(a, b);
    CHECK(divergence >= 0.0);
    CHECK(divergence <= 1.0);
    CHECK(divergence == doctest::Approx(rc::jensen_shannon(b, a)));
    CHECK(rc::jensen_shannon(a, a) == 0.0);
    CHECK(rc::population_stability(a, b) >= 0.0);
    CHECK(rc::population_stability(a, b) == doctest::Approx(rc::population_stability(b, a)));
    CHECK(rc::population_stability(a, a) == 0.0);
  }
}

TEST_CASE("the rank-biased overlap of rankings done by hand") {
  // Overlaps 0, 2: (1 - p) / p * (2/2 p^2) + p^2 = p.
  CHECK(rc::rank_biased_overlap(List{1, 2}, List{2, 1}, 0.9) == doctest::Approx(0.9));
  // Overlaps 1, 1: (1 - p) / p * (p + p^2 / 2) + p^2 / 2.
  CHECK(rc::rank_biased_overlap(List{1, 2}, List{1, 3}, 0.5) == doctest::Approx(0.75));
  // A list that begins as the longer one does agrees as far as is known.
  CHECK(rc::rank_biased_overlap(List{4}, List{4, 5, 6}, 0.8) == doctest::Approx(1.0));
  // s = 1, l = 2, X_1 = 0, X_2 = 1: (1 - p) / p * (1/2 p^2) + 1/2 p^2 = p / 2.
  CHECK(rc::rank_biased_overlap(List{4}, List{5, 4}, 0.8) == doctest::Approx(0.4));
  CHECK(rc::rank_biased_overlap(List{1, 2}, List{3, 4, 5}, 0.9) == 0.0);
  CHECK(rc::rank_biased_overlap(List{}, List{}, 0.9) == 1.0);
  CHECK(rc::rank_biased_overlap(List{}, List{1}, 0.9) == 0.0);
}

TEST_CASE("the rank-biased overlap is eq. 32, symmetric, within 0 and 1, and 1 for equal rankings") {
  rc::Random random(2);
  for (int round = 0; round < 300; ++round) {
    const auto items = static_cast<std::uint32_t>(1 + random.below(40));
    const auto a = random_list(random, items, 1 + random.below(items));
    const auto b = random_list(random, items, 1 + random.below(items));
    const double p = 0.05 + 0.94 * random.uniform();
    const double overlap = rc::rank_biased_overlap(a, b, p);
    CHECK(overlap == doctest::Approx(naive_overlap(a, b, p)));
    CHECK(overlap == rc::rank_biased_overlap(b, a, p));
    CHECK(overlap >= 0.0);
    CHECK(overlap <= 1.0);
    CHECK(rc::rank_biased_overlap(a, a, p) == doctest::Approx(1.0));
  }
}

TEST_CASE("what input_drift finds is what the counts say") {
  auto config = small_shop(3);
  config.item_births = 4;
  const auto timeline = timeline_of(rc::test::stationary_stream(config));
  const std::size_t origin = 5;
  const std::size_t period = 9;
  const auto found = rc::input_drift(timeline, origin, period, {.reference = 3, .permutations = 99});

  const auto& events = timeline.events();
  Counts reference(events.items.size());
  Counts now(events.items.size());
  std::vector<std::uint8_t> old_item(events.items.size());
  std::vector<std::uint8_t> old_user(events.users.size());
  for (std::size_t p = 0; p < origin; ++p) {
    for (auto e = timeline.offsets()[p]; e < timeline.offsets()[p + 1]; ++e) {
      reference[events.item[e].value] += p >= 2 ? 1U : 0U;
      old_item[events.item[e].value] = 1;
      old_user[events.user[e].value] = 1;
    }
  }
  double births = 0.0;
  double unknown = 0.0;
  for (auto e = timeline.offsets()[period]; e < timeline.offsets()[period + 1]; ++e) {
    ++now[events.item[e].value];
    births += old_item[events.item[e].value] == 0 ? 1.0 / 400.0 : 0.0;
    unknown += old_user[events.user[e].value] == 0 ? 1.0 / 400.0 : 0.0;
  }
  double dead = 0.0;
  for (std::size_t i = 0; i < now.size(); ++i) {
    dead += now[i] == 0 ? static_cast<double>(reference[i]) / 1200.0 : 0.0;
  }
  const auto ranking = [](const Counts& counts) {
    List list;
    for (std::uint32_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > 0) {
        list.push_back(i);
      }
    }
    std::stable_sort(list.begin(), list.end(), [&](std::uint32_t a, std::uint32_t b) { return counts[a] > counts[b]; });
    return list;
  };
  // 20 bins of a 20th of the 1200 events each, by where an item begins; the last for items the reference has not.
  Counts bins(21);
  Counts bins_now(21);
  std::uint64_t before = 0;
  for (const auto item : ranking(reference)) {
    bins[before / 60] += reference[item];
    bins_now[before / 60] += now[item];
    before += reference[item];
  }
  for (std::size_t i = 0; i < now.size(); ++i) {
    bins_now[20] += reference[i] == 0 ? now[i] : 0;
  }
  CHECK(births > 0.0);
  CHECK(unknown > 0.0);
  CHECK(dead > 0.0);
  CHECK(found.births == doctest::Approx(births));
  CHECK(found.unknown_users == doctest::Approx(unknown));
  CHECK(found.deaths == doctest::Approx(dead));
  CHECK(found.jensen_shannon == doctest::Approx(rc::jensen_shannon(reference, now)));
  CHECK(found.population_stability == doctest::Approx(rc::population_stability(bins, bins_now)));
  CHECK(found.rank_overlap == doctest::Approx(naive_overlap(ranking(reference), ranking(now), 0.98)).epsilon(1e-6));
}

TEST_CASE("input_drift depends on the seed, not on threads") {
  const auto timeline = timeline_of(rc::test::stationary_stream(small_shop(1)));
  const rc::InputDriftConfig config{.seed = 4};
  const auto one = rc::input_drift(timeline, 4, 8, config, {.threads = 1});
  CHECK(one == rc::input_drift(timeline, 4, 8, config, {.threads = 5}));
  const auto other = rc::input_drift(timeline, 4, 8, {.seed = 5}, {.threads = 1});
  CHECK(one.jensen_shannon == other.jensen_shannon);
  CHECK(p_values(one) != p_values(other));
}

TEST_CASE("a stationary stream raises alarms at the nominal rate, if that") {
  const auto alarms = alarms_of(usual_streams, usual_rate, [](std::uint64_t seed) {
    return timeline_of(rc::test::stationary_stream(small_shop(seed)));
  });
  check_rate(alarms, usual_rate);
  // Nor is it that nothing could raise one: 240 looks without any divergence happen once in 200,000 cases.
  CHECK(alarms.raised[0] > 0);
}

TEST_CASE("lasting tastes of users who come and go raise alarms at the nominal rate") {
  check_rate(alarms_of(usual_streams, usual_rate,
                       [](std::uint64_t seed) {
                         auto config = small_shop(1000 + seed);
                         config.taste = 1.0;
                         config.user_births = 40;
                         return timeline_of(rc::test::stationary_stream(config));
                       }),
             usual_rate);
}

TEST_CASE("shuffled times raise alarms at the nominal rate, whatever there was") {
  check_rate(alarms_of(usual_streams, usual_rate,
                       [](std::uint64_t seed) {
                         auto config = small_shop(2000 + seed);
                         config.change_at = 8;
                         config.change = 0.8;
                         return timeline_of(rc::test::stationary_stream(config)).shuffled(seed);
                       }),
             usual_rate);
}

TEST_CASE("another volume raises alarms at the nominal rate") {
  // Of either the reference or the periods after it every second basket is left out.
  for (const bool grows : {true, false}) {
    CAPTURE(grows);
    check_rate(alarms_of(usual_streams, usual_rate,
                         [grows](std::uint64_t seed) {
                           const auto log = rc::test::stationary_stream(small_shop(4000 + seed));
                           std::vector<std::uint8_t> keep(log.size());
                           for (std::size_t event = 0; event < log.size(); ++event) {
                             const auto period = (log.time[event] - rc::test::stream_start) / rc::test::stream_period;
                             const bool reference = period < 4 || (period >= 6 && period < 10);
                             const auto basket = static_cast<std::uint64_t>(log.time[event]);
                             keep[event] = reference != grows || rc::Random(basket).uniform() < 0.5 ? 1 : 0;
                           }
                           return timeline_of(rc::select_events(log, keep));
                         }),
               usual_rate);
  }
}

TEST_CASE("a steady rate of births is no drift of births, though items change") {
  const auto alarms = alarms_of(usual_streams, usual_rate, [](std::uint64_t seed) {
    auto config = small_shop(3000 + seed);
    config.item_births = 5;
    return timeline_of(rc::test::stationary_stream(config));
  });
  CHECK(alarms.raised[3] <= binomial_bound(alarms.looks, usual_rate));
  CHECK(alarms.raised[5] <= binomial_bound(alarms.looks, usual_rate));
  CHECK(alarms.raised[0] > alarms.looks / 2);
}

TEST_CASE("more births than usual are found, of items and of users") {
  const auto log = rc::test::stationary_stream(small_shop(5));
  const auto items = rc::input_drift(timeline_of(with_newborns(log, 12, 9, false)), 10, 12);
  CHECK(items.p_births <= 0.01);
  CHECK(items.p_unknown_users > 0.01);
  const auto users = rc::input_drift(timeline_of(with_newborns(log, 12, 4, true)), 10, 12);
  CHECK(users.p_births > 0.01);
  CHECK(users.p_unknown_users <= 0.01);
}

TEST_CASE("an abrupt change is found in its first period, and not before") {
  std::size_t raised_before = 0;
  std::size_t overlaps_found = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto timeline =
        timeline_of(rc::test::stationary_stream({.periods = 11, .change_at = 9, .change = 0.4, .seed = seed}));
    CAPTURE(seed);
    const auto at_change = rc::input_drift(timeline, 6, 9);
    CHECK(at_change.p_jensen_shannon <= 0.01);
    CHECK(at_change.p_population_stability <= 0.01);
    const auto before = rc::input_drift(timeline, 6, 8);
    raised_before += before.p_jensen_shannon <= 0.01 ? 1U : 0U;
    raised_before += before.p_population_stability <= 0.01 ? 1U : 0U;
    raised_before += before.p_rank_overlap <= 0.01 ? 1U : 0U;
    overlaps_found += at_change.p_rank_overlap <= 0.05 ? 1U : 0U;
    CHECK(before.jensen_shannon < at_change.jensen_shannon);
    CHECK(before.rank_overlap > at_change.rank_overlap);
    CHECK(before.population_stability < at_change.population_stability);
  }
  CHECK(raised_before <= binomial_bound(24, 0.01));
  CHECK(overlaps_found >= 6);
}

TEST_CASE("items that die in a period are found by their deaths") {
  std::size_t before = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto log = rc::test::stationary_stream({.periods = 11, .seed = seed});
    std::vector<std::uint8_t> keep(log.size());
    for (std::size_t event = 0; event < log.size(); ++event) {
      const auto period = (log.time[event] - rc::test::stream_start) / rc::test::stream_period;
      keep[event] = period < 9 || log.item[event].value % 5 != 0 ? 1 : 0;
    }
    const auto timeline = timeline_of(rc::select_events(log, keep));
    CAPTURE(seed);
    CHECK(rc::input_drift(timeline, 6, 9).p_deaths <= 0.01);
    before += rc::input_drift(timeline, 6, 8).p_deaths <= 0.01 ? 1U : 0U;
  }
  CHECK(before <= binomial_bound(8, 0.01));
}

TEST_CASE("another future changes nothing") {
  auto config = small_shop(9);
  config.item_births = 3;
  const auto log = rc::test::stationary_stream(config);
  // Those known move up by ids that are before, between and after theirs, and that come only after the period.
  for (const bool later : {false, true}) {
    std::vector<std::int64_t> user;
    std::vector<std::int64_t> item;
    std::vector<std::int64_t> time;
    const auto add = [&](std::int64_t who, std::int64_t what, std::int64_t when) {
      user.push_back(who);
      item.push_back(what);
      time.push_back(when);
    };
    const auto until = rc::test::stream_start + 9 * rc::test::stream_period;
    for (std::int64_t i = 0; later && i < 300; ++i) {
      add(3 * i - 200, 5 * i - 333, until + 1 + i * (rc::test::stream_period / 100));
    }
    for (std::size_t event = 0; event < log.size(); ++event) {
      if (log.time[event] < until) {
        add(2 * static_cast<std::int64_t>(log.user[event].value), 2 * static_cast<std::int64_t>(log.item[event].value),
            log.time[event]);
      }
    }
    rc::EventLogBuilder builder;
    builder.add(
        {.user = std::span<const std::int64_t>(user), .item = std::span<const std::int64_t>(item), .time = time});
    const auto timeline = timeline_of(builder.finish());
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
      const auto found = rc::input_drift(timeline, 5, 8, {.seed = seed});
      static std::array<rc::InputDrift, 4> without{};
      if (later) {
        CAPTURE(seed);
        CHECK(found == without[seed]);
        CHECK(found.p_births < 1.0);
      } else {
        without[seed] = found;
      }
    }
  }
}

TEST_CASE("a permutation that is what was is as extreme, whatever is rounded") {
  // One user: either sign gives the same divergence, of shares that are no binary fractions.
  for (std::int64_t many = 1; many < 60; ++many) {
    std::vector<rc::test::Row> rows;
    const std::array<std::string_view, 3> names{"a", "b", "c"};
    for (std::int64_t i = 0; i < 7 * many; ++i) {
      rows.push_back({"u", std::string(names[static_cast<std::size_t>(i % 3)]), 1.0F, i % 10});
    }
    for (std::int64_t i = 0; i < 11 * many; ++i) {
      rows.push_back({"u", std::string(names[static_cast<std::size_t>(i % 2)]), 1.0F, 10 + i % 10});
    }
    const rc::Timeline timeline(rc::test::log_of(rows, rc::test::with_times), 10);
    CAPTURE(many);
    CHECK(rc::input_drift(timeline, 1, 1, {.reference = 1}).p_jensen_shannon == 1.0);
  }
}

TEST_CASE("a gradual change is found within its ramp") {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto timeline = timeline_of(
        rc::test::stationary_stream({.periods = 12, .change_at = 6, .change = 0.5, .gradual = 5, .seed = seed}));
    std::optional<std::size_t> divergence;
    std::optional<std::size_t> overlap;
    for (std::size_t period = 6; period < 11; ++period) {
      const auto found = rc::input_drift(timeline, 6, period);
      divergence = !divergence && found.p_jensen_shannon <= 0.01 ? period : divergence;
      overlap = !overlap && found.p_rank_overlap <= 0.01 ? period : overlap;
    }
    CAPTURE(seed);
    REQUIRE(divergence.has_value());
    CHECK(*divergence <= 8);
    CHECK(overlap.has_value());
  }
}

TEST_CASE("a period or a reference without events is no evidence") {
  const std::vector<rc::test::Row> rows{{"u", "a", 1.0F, 0}, {"u", "b", 1.0F, 5}, {"v", "a", 1.0F, 31}};
  const rc::Timeline timeline(rc::test::log_of(rows, rc::test::with_times), 10);
  REQUIRE(timeline.periods() == 4);
  const rc::InputDriftConfig config{.reference = 1};
  CHECK(rc::input_drift(timeline, 1, 2, config) == rc::InputDrift{});
  const auto no_reference = rc::input_drift(timeline, 2, 3, config);
  CHECK(no_reference.unknown_users == 1.0);
  CHECK(p_values(no_reference) == p_values(rc::InputDrift{}));
  // One user each: whoever is swapped, nothing is more extreme than what is.
  const auto tiny = rc::input_drift(timeline, 1, 3, config);
  CHECK(tiny.deaths == 0.5);
  CHECK(tiny.jensen_shannon > 0.0);
}

TEST_CASE("comparisons that make no sense say so") {
  const auto message = [](const auto& action) {
    return rc::test::message_of<rc::InvalidParameter>([&] { static_cast<void>(action()); });
  };
  using rc::test::contains;
  CHECK(contains(message([] { return rc::jensen_shannon(Counts{1}, Counts{1, 2}); }), "1 count and 2 counts"));
  CHECK(contains(message([] { return rc::jensen_shannon(Counts{0, 0}, Counts{1, 2}); }), "at least one count"));
  CHECK(contains(message([] { return rc::population_stability(Counts{}, Counts{}); }), "0 counts"));
  CHECK(contains(message([] { return rc::population_stability(Counts{1}, Counts{1}, 0.0); }), "above 0"));
  CHECK(contains(message([] { return rc::rank_biased_overlap(List{1}, List{1}, 1.0); }), "persistence"));
  CHECK(contains(message([] { return rc::rank_biased_overlap(List{1, 2, 1}, List{1}, 0.5); }), "item 1 is twice"));

  const auto timeline = timeline_of(rc::test::stationary_stream(small_shop(1)));
  const auto drift = [&](const rc::InputDriftConfig& config, std::size_t origin = 5, std::size_t period = 6) {
    return message([&] { return rc::input_drift(timeline, origin, period, config); });
  };
  CHECK(contains(drift({.reference = 0}), "reference"));
  CHECK(contains(drift({.rate = std::numeric_limits<double>::quiet_NaN()}), "rate"));
  CHECK(contains(drift({.rate = 0.01, .permutations = 98}), "98 permutations can give no p-value of 0.01"));
  CHECK(contains(drift({.bins = 1}), "bins"));
  CHECK(contains(drift({.rbo_persistence = 1.0}), "rbo_persistence"));
  CHECK(contains(drift({}, 3), "reference <= origin <= period < periods"));
  CHECK(contains(drift({}, 7, 6), "period 6 of 16 cannot be seen from origin 7"));
  CHECK(contains(drift({}, 7, 16), "period 16 of 16"));
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::input_drift(timeline, 5, 6, {}, {.stop = stop.get_token()})), rc::Cancelled);
}
