#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/drift/hit_detectors.hpp>

#include "../support/events.hpp"

namespace rc = recocore;

namespace {

using Alarms = std::vector<std::size_t>;
using Mode = rc::PageHinkley::Mode;

enum class Change : std::uint8_t { none, abrupt, gradual, rise };

double level_at(Change change, std::size_t i) {
  switch (change) {
    case Change::abrupt:
      return i < 2000 ? 0.5 : 0.3;
    case Change::gradual:
      return 0.5 - 0.3 * std::clamp((static_cast<double>(i) - 1000.0) / 2000.0, 0.0, 1.0);
    case Change::rise:
      return i < 2000 ? 0.3 : 0.5;
    case Change::none:
      break;
  }
  return 0.5;
}

/// tests/python/test_drift_detectors.py makes the same ones and gives them to river.
std::vector<double> sequence(Change change, bool binary, std::size_t length = 4000, std::uint64_t seed = 7) {
  rc::Random random(seed);
  std::vector<double> values;
  values.reserve(length);
  for (std::size_t i = 0; i < length; ++i) {
    const double level = level_at(change, i);
    const double u = random.uniform();
    values.push_back(binary ? static_cast<double>(u < level) : level + u - 0.5);
  }
  return values;
}

template <class Detector>
Alarms alarms_of(Detector& detector, const std::vector<double>& values) {
  Alarms alarms;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (detector.update(values[i])) {
      alarms.push_back(i);
    }
  }
  return alarms;
}

Alarms page_hinkley_alarms(const rc::PageHinkley::Config& config, const std::vector<double>& values) {
  rc::PageHinkley detector(config);
  return alarms_of(detector, values);
}

/// The window of ADWIN2 kept as all its values, cut into buckets of the lengths that `sizes` has, oldest first.
class NaiveAdwin {
 public:
  explicit NaiveAdwin(const rc::Adwin::Config& config) : config_(config) {}

  bool update(double value) {
    if (begin_anew_) {
      *this = NaiveAdwin(config_);
    }
    values_.push_back(value);
    sizes_.push_back(1);
    for (std::size_t size = 1;; size *= 2) {
      const auto first = std::find(sizes_.begin(), sizes_.end(), size);
      if (std::count(first, sizes_.end(), size) <= static_cast<std::ptrdiff_t>(config_.max_buckets)) {
        break;
      }
      *first = 2 * size;
      sizes_.erase(first + 1);
    }
    ++seen_;
    if (seen_ % config_.clock != 0 || values_.size() <= config_.grace_period) {
      return false;
    }
    while (differs()) {
      values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(sizes_.front()));
      sizes_.erase(sizes_.begin());
      begin_anew_ = true;
    }
    return begin_anew_;
  }

  [[nodiscard]] std::size_t width() const { return values_.size(); }
  [[nodiscard]] double mean() const { return mean_of(0, values_.size()); }

 private:
  [[nodiscard]] double mean_of(std::size_t begin, std::size_t end) const {
    double sum = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += values_[i];
    }
    return begin == end ? 0.0 : sum / static_cast<double>(end - begin);
  }

  [[nodiscard]] bool differs() const {
    const auto n = static_cast<double>(values_.size());
    double variance = 0.0;
    for (const double value : values_) {
      variance += (value - mean()) * (value - mean()) / n;
    }
    const double bound = std::log(2.0 * std::log(n) / config_.delta);
    const auto least_length = static_cast<double>(config_.min_window_length);
    std::size_t at = 0;
    for (const std::size_t size : sizes_) {
      at += size;
      if (at < config_.min_window_length || values_.size() - at < config_.min_window_length) {
        continue;
      }
      const double inverse = 1.0 / (static_cast<double>(at) - least_length + 1.0) +
                             1.0 / (n - static_cast<double>(at) - least_length + 1.0);
      const double distance = std::abs(mean_of(0, at) - mean_of(at, values_.size()));
      if (distance > std::sqrt(2.0 * inverse * variance * bound) + 2.0 / 3.0 * bound * inverse) {
        return true;
      }
    }
    return false;
  }

  rc::Adwin::Config config_;
  std::vector<double> values_{};
  std::vector<std::size_t> sizes_{};
  std::size_t seen_ = 0;
  bool begin_anew_ = false;
};

/// Ages of as many outcomes; from age `fall_at` on three tenths fewer are hits.
std::vector<std::vector<std::uint8_t>> aged_outcomes(double level, std::size_t per_age, std::size_t fall_at,
                                                     std::uint64_t seed) {
  rc::Random random(seed);
  std::vector<std::vector<std::uint8_t>> ages(40);
  for (std::size_t age = 0; age < ages.size(); ++age) {
    ages[age].reserve(per_age);
    for (std::size_t i = 0; i < per_age; ++i) {
      ages[age].push_back(random.uniform() < (age < fall_at ? level : 0.7 * level) ? 1 : 0);
    }
  }
  return ages;
}

std::vector<std::vector<std::uint8_t>> by_age(const std::vector<double>& values, std::size_t length) {
  std::vector<std::vector<std::uint8_t>> ages((values.size() + length - 1) / length);
  for (std::size_t i = 0; i < values.size(); ++i) {
    ages[i / length].push_back(static_cast<std::uint8_t>(values[i]));
  }
  return ages;
}

}  // namespace

TEST_CASE("ADWIN raises its alarms where river does") {
  // Made with river 0.26.1: drift.ADWIN() and drift.ADWIN(delta=.1, clock=1, max_buckets=3, min_window_length=10,
  // grace_period=50) on the same sequences; the positions of `drift_detected`, then `width` and `estimation` at the
  // end.
  struct Expected {
    Change change;
    bool binary;
    Alarms alarms;
    double width;
    double mean;
    Alarms loose_alarms;
    double loose_width;
    double loose_mean;
  };
  const std::array<Expected, 8> all{{
      {Change::none, true, {}, 4000, 0.50775, {2965}, 1034, 0.5067698259187621},
      {Change::none, false, {}, 4000, 0.4964600969825983, {}, 4000, 0.4964600969825983},
      {Change::abrupt, true, {2239}, 1760, 0.2897727272727273, {2105}, 1894, 0.2914466737064414},
      {Change::abrupt, false, {2079}, 1920, 0.30613406058813075, {2042}, 1957, 0.30425701643412034},
      {Change::gradual, true, {1855, 2975}, 1024, 0.1884765625, {1760, 2878}, 1121, 0.18198037466547726},
      {Change::gradual, false, {1855, 3455}, 544, 0.19061591251693333, {1542, 2079, 3222}, 777, 0.19276125291854077},
      {Change::rise, true, {2079}, 1920, 0.4890625, {2051}, 1948, 0.4917864476386037},
      {Change::rise, false, {2143}, 1856, 0.506396002574254, {2064}, 1935, 0.5044441975640964},
  }};
  for (const auto& expected : all) {
    CAPTURE(static_cast<int>(expected.change));
    CAPTURE(expected.binary);
    const auto values = sequence(expected.change, expected.binary);
    rc::Adwin usual;
    CHECK(alarms_of(usual, values) == expected.alarms);
    CHECK(usual.width() == expected.width);
    CHECK(usual.mean() == doctest::Approx(expected.mean).epsilon(1e-12));
    rc::Adwin loose({.delta = 0.1, .clock = 1, .max_buckets = 3, .min_window_length = 10, .grace_period = 50});
    CHECK(alarms_of(loose, values) == expected.loose_alarms);
    CHECK(loose.width() == expected.loose_width);
    CHECK(loose.mean() == doctest::Approx(expected.loose_mean).epsilon(1e-12));
  }
}

TEST_CASE("ADWIN is the window it stands for, kept whole") {
  rc::Random random(3);
  for (std::uint64_t round = 0; round < 24; ++round) {
    const rc::Adwin::Config config{.delta = 0.02 + 0.3 * random.uniform(),
                                   .clock = static_cast<std::uint32_t>(1 + random.below(9)),
                                   .max_buckets = static_cast<std::uint32_t>(1 + random.below(6)),
                                   .min_window_length = static_cast<std::uint32_t>(1 + random.below(12)),
                                   .grace_period = static_cast<std::uint32_t>(random.below(40))};
    rc::Adwin adwin(config);
    NaiveAdwin naive(config);
    bool equal = true;
    for (std::size_t i = 0; i < 400; ++i) {
      const double level = round % 3 == 0 ? 0.5 : i < 200 ? 0.2 : 0.9;
      const double value = round % 2 == 0 ? static_cast<double>(random.uniform() < level) : level + random.uniform();
      equal = equal && adwin.update(value) == naive.update(value);
      equal = equal && adwin.width() == static_cast<double>(naive.width());
      equal = equal && std::abs(adwin.mean() - naive.mean()) < 1e-9;
    }
    CAPTURE(round);
    CHECK(equal);
  }
}

TEST_CASE("Page-Hinkley raises its alarms where river does") {
  // Made with river 0.26.1: drift.PageHinkley(threshold=25, delta=.01, mode=...) for "up", "down" and "both", and
  // drift.PageHinkley(threshold=10, min_instances=100, alpha=.999).
  struct Expected {
    Change change;
    bool binary;
    Alarms up;
    Alarms down;
    Alarms both;
    Alarms forgetting;
  };
  const std::array<Expected, 8> all{{
      {Change::none,
       true,
       {1586, 2148, 3691},
       {1882, 2583, 2944},
       {1586, 2148, 3691},
       {128, 890, 1052, 1263, 1590, 1788, 1988, 2206, 2575, 2738, 3154, 3665, 3843}},
      {Change::none, false, {}, {}, {}, {948, 1773, 2072, 2941, 3703}},
      {Change::abrupt,
       true,
       {1586},
       {1882, 2216},
       {1586, 2216},
       {128, 890, 1052, 1263, 1590, 1788, 1988, 2269, 2511, 2938, 3213, 3382}},
      {Change::abrupt, false, {}, {2091}, {2091}, {948, 1773, 2006, 2914, 3549}},
      {Change::gradual,
       true,
       {},
       {1707, 2733},
       {1707, 2733},
       {128, 890, 1049, 1244, 1590, 1838, 2269, 2697, 3261, 3364, 3947}},
      {Change::gradual, false, {}, {1542, 2360, 3643}, {1542, 2360, 3643}, {948, 1456, 1793, 2151, 2448, 3223}},
      {Change::rise,
       true,
       {2068, 3743},
       {},
       {2068, 2920, 3747},
       {257, 482, 938, 1412, 1710, 2004, 2206, 2575, 2738, 3154, 3665, 3843}},
      {Change::rise, false, {2115}, {}, {2115}, {948, 1773, 2062, 2320, 2808, 3514}},
  }};
  for (const auto& expected : all) {
    CAPTURE(static_cast<int>(expected.change));
    CAPTURE(expected.binary);
    const auto values = sequence(expected.change, expected.binary);
    CHECK(page_hinkley_alarms({.delta = 0.01, .threshold = 25.0, .mode = Mode::up}, values) == expected.up);
    CHECK(page_hinkley_alarms({.delta = 0.01, .threshold = 25.0, .mode = Mode::down}, values) == expected.down);
    CHECK(page_hinkley_alarms({.delta = 0.01, .threshold = 25.0, .mode = Mode::both}, values) == expected.both);
    CHECK(page_hinkley_alarms({.min_instances = 100, .threshold = 10.0, .alpha = 0.999}, values) ==
          expected.forgetting);
  }
}

TEST_CASE("Page-Hinkley counts from its last alarm") {
  const auto values = sequence(Change::abrupt, false);
  rc::PageHinkley detector({.delta = 0.01, .threshold = 25.0});
  CHECK(alarms_of(detector, values) == Alarms{2091});
  CHECK(detector.width() == 4000.0 - 2092.0);
  CHECK(detector.mean() == doctest::Approx(0.3).epsilon(0.05));
}

TEST_CASE("the first alarm is known at the end of its age, and a rise is none") {
  const auto falls = by_age(sequence(Change::abrupt, true), 300);
  // ADWIN's alarm is the value 2239 of 4000, Page-Hinkley's the value 1882 or, with another threshold, one later.
  CHECK(rc::first_alarm(falls, rc::Adwin::Config{}) == 7);
  CHECK(rc::first_alarm(falls, rc::PageHinkley::Config{.delta = 0.01, .threshold = 25.0}) == 6);
  CHECK(rc::first_alarm(falls, rc::PageHinkley::Config{.delta = 0.01, .threshold = 40.0}) == 7);

  const auto rises = by_age(sequence(Change::rise, true), 300);
  CHECK(rc::first_alarm(rises, rc::Adwin::Config{}) == std::nullopt);
  CHECK(rc::first_alarm(rises, rc::PageHinkley::Config{.delta = 0.01, .threshold = 25.0}) == std::nullopt);

  const auto same = by_age(sequence(Change::none, true), 300);
  CHECK(rc::first_alarm(same, rc::Adwin::Config{}) == std::nullopt);

  CHECK(rc::first_alarm(rc::OutcomesByAge{}, rc::Adwin::Config{}) == std::nullopt);
  CHECK(rc::first_alarm(std::vector<std::vector<std::uint8_t>>(5), rc::PageHinkley::Config{}) == std::nullopt);
}

TEST_CASE("a fall after a rise is found") {
  auto values = sequence(Change::rise, true);
  const auto fall = sequence(Change::abrupt, true, 4000, 11);
  values.insert(values.end(), fall.begin() + 2000, fall.end());
  const auto alarm = rc::first_alarm(by_age(values, 500), rc::Adwin::Config{});
  REQUIRE(alarm.has_value());
  CHECK(*alarm == 8);
}

TEST_CASE("ADWIN raises false alarms more seldom than it promises") {
  // At most `delta` in a stream: here at most 3 of 200, where 0.4 are promised.
  std::size_t alarms = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    rc::Adwin detector;
    alarms += alarms_of(detector, sequence(Change::none, true, 3000, seed)).empty() ? 0U : 1U;
  }
  CHECK(alarms <= 3);
}

TEST_CASE("Page-Hinkley by its rate raises false alarms at no more than that, and not never") {
  for (const double rate : {0.01, 0.05}) {
    std::size_t all_alarms = 0;
    std::size_t all_ages = 0;
    for (const double level : {0.05, 0.1, 0.3, 0.5, 0.9}) {
      for (const std::size_t per_age : {20U, 100U, 500U, 5000U}) {
        std::size_t alarms = 0;
        std::size_t ages = 0;
        const std::size_t streams = per_age == 5000 ? 30 : 150;
        for (std::uint64_t seed = 0; seed < streams; ++seed) {
          const auto outcomes = aged_outcomes(level, per_age, 40, 1000 * per_age + seed);
          const auto alarm = rc::first_alarm_page_hinkley(outcomes, rate);
          alarms += alarm.has_value() ? 1U : 0U;
          ages += alarm ? *alarm + 1 : outcomes.size();
        }
        CAPTURE(rate);
        CAPTURE(level);
        CAPTURE(per_age);
        const double expected = rate * static_cast<double>(ages);
        CHECK(static_cast<double>(alarms) <= expected + 3.1 * std::sqrt(expected));
        all_alarms += alarms;
        all_ages += ages;
      }
    }
    CHECK(static_cast<double>(all_alarms) >= 0.5 * rate * static_cast<double>(all_ages));
  }
}

TEST_CASE("Page-Hinkley by its rate finds that three tenths fewer are hits") {
  struct Expected {
    double level;
    std::size_t per_age;
    std::size_t within;  ///< ages after the fall
    std::size_t of_20;
  };
  for (const auto& [level, per_age, within, of_20] :
       {Expected{0.05, 5000, 2, 16}, Expected{0.1, 500, 5, 16}, Expected{0.3, 100, 6, 15}, Expected{0.5, 500, 1, 16}}) {
    std::size_t found = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto alarm = rc::first_alarm_page_hinkley(aged_outcomes(level, per_age, 10, 77 + seed));
      found += alarm && *alarm >= 10 && *alarm < 10 + within ? 1U : 0U;
    }
    CAPTURE(level);
    CHECK(found >= of_20);
  }
}

TEST_CASE("Page-Hinkley by its rate is the detector with the configuration of the ages before") {
  // Ages that are all alike have one configuration: h solves (e^x - x - 1) / (2 c^2) = 100 with x = 2 c h, c = 1/2.
  std::vector<std::vector<std::uint8_t>> ages(12);
  for (std::size_t age = 0; age < ages.size(); ++age) {
    for (std::size_t i = 0; i < 98; ++i) {
      ages[age].push_back(i % 2 == 0 && (age < 8 || i < 50) ? 1 : 0);
    }
  }
  const double h = 4.040;
  CHECK(2.0 * (std::exp(h) - h - 1.0) == doctest::Approx(100.0).epsilon(0.06));
  const rc::PageHinkley::Config config{
      .min_instances = 1, .delta = 0.25 / std::sqrt(98.0), .threshold = h * 0.5 * std::sqrt(98.0), .alpha = 1.0};
  const auto expected = rc::first_alarm(ages, config);
  REQUIRE(expected.has_value());
  CHECK(rc::first_alarm_page_hinkley(ages) == expected);
  CHECK(*expected >= 8);

  // What comes later changes nothing; an age without outcomes is no evidence.
  const auto alarm = rc::first_alarm_page_hinkley(aged_outcomes(0.3, 300, 10, 5));
  REQUIRE(alarm.has_value());
  auto cut = aged_outcomes(0.3, 300, 10, 5);
  cut.resize(*alarm + 1);
  CHECK(rc::first_alarm_page_hinkley(cut) == alarm);
  cut.insert(cut.begin() + 3, 2, {});
  CHECK(rc::first_alarm_page_hinkley(cut) == *alarm + 2);
  CHECK(rc::first_alarm_page_hinkley(rc::OutcomesByAge{}) == std::nullopt);
  cut.resize(5);
  CHECK(rc::first_alarm_page_hinkley(cut) == std::nullopt);
}

TEST_CASE("the first alarm can be cancelled") {
  std::stop_source stop;
  stop.request_stop();
  const auto ages = aged_outcomes(0.3, 10, 10, 1);
  const rc::RunOptions options{.stop = stop.get_token()};
  CHECK_THROWS_AS(static_cast<void>(rc::first_alarm_page_hinkley(ages, 0.01, options)), rc::Cancelled);
  CHECK_THROWS_AS(static_cast<void>(rc::first_alarm(ages, rc::Adwin::Config{}, options)), rc::Cancelled);
}

TEST_CASE("a detector that makes no sense says so") {
  const auto message = [](const auto& make) { return rc::test::message_of<rc::InvalidParameter>(make); };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double delta : {0.0, 1.0, -0.5, nan}) {
    CHECK(rc::test::contains(message([&] { rc::Adwin({.delta = delta}); }), "delta of ADWIN must be between 0 and 1"));
  }
  CHECK(rc::test::contains(message([] { rc::Adwin({.clock = 0}); }), "at least 1"));
  CHECK(rc::test::contains(message([] { rc::Adwin({.max_buckets = 0}); }), "at least 1"));
  CHECK(rc::test::contains(message([] { rc::Adwin({.min_window_length = 0}); }), "at least 1"));
  for (const double alpha : {0.0, 1.5, nan}) {
    CHECK(rc::test::contains(message([&] { rc::PageHinkley({.alpha = alpha}); }), "alpha of Page-Hinkley"));
  }
  CHECK(rc::test::contains(message([&] { rc::PageHinkley({.delta = nan}); }), "delta and threshold"));
  CHECK(rc::test::contains(message([] { rc::PageHinkley({.threshold = -1.0}); }), "delta and threshold"));
  for (const double rate : {0.0, 1.0, nan}) {
    CHECK(rc::test::contains(message([&] { static_cast<void>(rc::first_alarm_page_hinkley({}, rate)); }),
                             "rate, of false alarms an age"));
  }
  rc::Adwin adwin;
  CHECK_THROWS_AS(adwin.update(nan), rc::InvalidData);
  rc::PageHinkley page_hinkley;
  CHECK_THROWS_AS(page_hinkley.update(std::numeric_limits<double>::infinity()), rc::InvalidData);
  const std::vector<std::vector<std::uint8_t>> outcomes{{1, 0}, {2}};
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::first_alarm(outcomes, rc::Adwin::Config{})),
                       "an outcome of age 1 is 2; 1 for a hit and 0 for none are needed", rc::InvalidData);
}
