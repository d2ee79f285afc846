#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/live/item_knn_updater.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/rank/recommend.hpp>
#include <recocore/rank/scratch.hpp>

namespace rc = recocore;

namespace {

struct Event {
  std::int64_t user = 0;
  std::int64_t item = 0;
  double weight = 1.0;
  std::int64_t time = 0;

  friend auto operator<=>(const Event&, const Event&) = default;
};

struct Columns {
  bool weights = false;
  bool times = false;
};

rc::EventLog log_of(const std::vector<Event>& events, Columns columns) {
  rc::EventLogBuilder builder;
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  std::vector<double> weights;
  std::vector<std::int64_t> times;
  for (const auto& event : events) {
    users.push_back(event.user);
    items.push_back(event.item);
    weights.push_back(event.weight);
    times.push_back(event.time);
  }
  rc::EventBatch batch{.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)};
  if (columns.weights) {
    batch.weight = std::span<const double>(weights);
  }
  if (columns.times) {
    batch.time = times;
  }
  if (!events.empty()) {
    builder.add(batch);
  }
  return builder.finish();
}

/// A shop whose items have clusters, so that lists are not flat.
class Shop {
 public:
  Shop(std::uint64_t seed, std::int64_t users, std::int64_t items, Columns columns)
      : random_(seed), users_(users), items_(items), columns_(columns) {}

  Event event() {
    const auto user = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(users_)));
    // Squared: few items are popular. Half of them in the user's own third.
    const double u = random_.uniform();
    auto item = static_cast<std::int64_t>(u * u * static_cast<double>(items_));
    if (random_.below(2) == 0) {
      item = item / 3 * 3 + user % 3;
    }
    constexpr std::uint64_t most_weight = 4;
    return {user * 7, std::min(item, items_ - 1) * 3,
            columns_.weights ? static_cast<double>(1 + random_.below(most_weight)) / 2.0 : 1.0,
            columns_.times ? static_cast<std::int64_t>(random_.below(5)) * 86'400'000'000 : 0};
  }
  std::uint64_t below(std::uint64_t n) { return random_.below(n); }

 private:
  rc::Random random_;
  std::int64_t users_;
  std::int64_t items_;
  Columns columns_;
};

rc::ItemKnn fitted(const std::vector<Event>& events, Columns columns, const rc::InteractionsConfig& made,
                   const rc::ItemKnnConfig& config) {
  return rc::ItemKnn::fit(rc::Interactions::from_events(log_of(events, columns), made), config, {.threads = 1});
}

/// A list by ids: a version keeps the positions of items that have gone.
std::vector<std::tuple<std::int64_t, float, rc::Tier>> by_ids(const std::vector<rc::Recommendation>& list,
                                                              const rc::IdMap& items) {
  std::vector<std::tuple<std::int64_t, float, rc::Tier>> result;
  for (const auto& entry : list) {
    result.emplace_back(std::get<std::int64_t>(items.at(entry.item.value)), entry.score, entry.tier);
  }
  return result;
}

std::vector<std::int64_t> ids_of(std::span<const rc::ItemIx> items, const rc::IdMap& ids) {
  std::vector<std::int64_t> result;
  for (const auto item : items) {
    result.push_back(std::get<std::int64_t>(ids.at(item.value)));
  }
  return result;
}

void check_equal(rc::ItemKnnUpdater& updater, const rc::ItemKnn& fresh) {
  const auto frozen = updater.frozen({.threads = 1});
  REQUIRE(frozen.interactions() == fresh.interactions());
  REQUIRE(frozen.interactions().events() == fresh.interactions().events());
  REQUIRE(frozen.interactions().report() == fresh.interactions().report());
  REQUIRE(frozen.nearest() == fresh.nearest());
  REQUIRE(frozen.similar() == fresh.similar());

  const auto version = updater.version();
  rc::Scratch scratch;
  std::vector<rc::Recommendation> live;
  std::vector<rc::Recommendation> expected;
  const auto& data = fresh.interactions();
  const auto& items = version.interactions().items();
  REQUIRE(items.size() - version.vanished().size() == data.items().size());
  for (std::size_t u = 0; u < data.users().size(); ++u) {
    const rc::UserIx user(u);
    const auto there = version.find_user(data.users().at(u));
    REQUIRE(there);
    const auto row = data.by_user().row(user);
    REQUIRE(ids_of(row, data.items()) == ids_of(version.row(*there), items));
    live.clear();
    expected.clear();
    const rc::History history{.items = version.row(*there), .weights = version.row_values(*there)};
    rc::recommend(version, {.history = history, .n = 1000, .exclude = version.vanished()}, scratch, live);
    rc::recommend(fresh, {.history = {.items = row, .weights = data.by_user().row_values(user)}, .n = 1000}, scratch,
                  expected);
    REQUIRE(by_ids(live, items) == by_ids(expected, data.items()));
  }
  for (std::size_t i = 0; i < data.items().size(); ++i) {
    scratch.mask.allow_all(items.size());
    version.rank_similar(rc::ItemIx(*items.find(data.items().at(i))), 1000, scratch);
    const auto similar = fresh.similar_items(rc::ItemIx(i));
    REQUIRE(scratch.ranked.size() == similar.size());
    for (std::size_t place = 0; place < similar.size(); ++place) {
      REQUIRE(items.at(scratch.ranked[place].index.value) == data.items().at(similar[place].index.value));
      REQUIRE(scratch.ranked[place].score == similar[place].score);
    }
  }
}

struct Size {
  std::int64_t users = 12;
  std::int64_t items = 9;
  std::size_t events = 30;
  std::size_t steps = 12;
};

/// Tiny shops of all proportions.
Size tiny(std::uint64_t seed) {
  return {12 + static_cast<std::int64_t>(seed % 20), 9 + static_cast<std::int64_t>(seed % 23), 30 + seed % 200};
}

/// One random life of a model, compared with a fit after each change. Returns how many changes were repaired.
std::size_t live(std::uint64_t seed, const rc::ItemKnnConfig& config, Columns columns,
                 const rc::InteractionsConfig& made, const Size& size) {
  Shop shop(seed, size.users, size.items, columns);
  std::vector<Event> events;
  for (std::size_t e = 0; e < size.events; ++e) {
    events.push_back(shop.event());
  }
  auto model = fitted(events, columns, made, config);
  if (!rc::ItemKnnUpdater::supports(model)) {
    return 0;  // an item is left with nothing but events above the cap
  }
  rc::ItemKnnUpdater updater(model, {.threads = 1});
  check_equal(updater, model);
  std::size_t repaired = 0;
  for (std::size_t step = 0; step < size.steps; ++step) {
    std::vector<Event> added;
    std::vector<Event> removed;
    auto after = events;
    const auto take = [&](std::size_t place) {
      removed.push_back(after[place]);
      after.erase(after.begin() + static_cast<std::ptrdiff_t>(place));
    };
    switch (shop.below(5)) {
      case 0: {  // somebody is forgotten
        const auto user = events[shop.below(events.size())].user;
        for (std::size_t place = after.size(); place-- > 0;) {
          if (after[place].user == user) {
            take(place);
          }
        }
        break;
      }
      case 1:
      case 2:
        for (auto n = 1 + shop.below(5); n > 0; --n) {
          added.push_back(shop.event());
        }
        break;
      case 3:
        for (auto n = 1 + shop.below(8); n > 0 && after.size() > 1; --n) {
          take(shop.below(after.size()));
        }
        break;
      default:
        added.push_back(shop.event());
        take(shop.below(after.size()));
    }
    after.insert(after.end(), added.begin(), added.end());
    if (after.empty()) {
      continue;
    }
    CAPTURE(seed);
    CAPTURE(step);
    const auto fresh = fitted(after, columns, made, config);
    if (!updater.change(log_of(removed, columns), log_of(added, columns))) {
      // Items the model has not, or values that matter where none did.
      const auto& known = model.interactions().items();
      const auto occur = fresh.interactions().events().items;
      bool new_items = false;
      for (std::size_t item = 0; item < occur.size(); ++item) {
        new_items = new_items || !known.find(occur.at(item));
      }
      const bool first_values =
          model.interactions().by_user().is_binary() && !fresh.interactions().by_user().is_binary();
      REQUIRE((new_items || first_values));
      if (!rc::ItemKnnUpdater::supports(fresh)) {
        return repaired;
      }
      updater = rc::ItemKnnUpdater(fresh, {.threads = 1});
      model = fresh;
    } else {
      ++repaired;
    }
    events = std::move(after);
    check_equal(updater, fresh);
  }
  return repaired;
}

const rc::InteractionsConfig fading{
    .half_life_seconds = 86'400.0, .reference_time = 4 * 86'400'000'000, .duplicates = rc::Duplicates::sum};

}  // namespace

TEST_CASE("after any changes the model equals a fit on what is left") {
  using enum rc::Similarity;
  const std::vector<rc::SimilarityConfig> similarities{
      {.similarity = cosine},
      {.similarity = cosine, .shrinkage = 2.0, .min_common = 2},
      {.similarity = asymmetric_cosine, .alpha = 0.7},
      {.similarity = dot},
      {.similarity = jaccard},
      {.similarity = dice, .min_common = 2},
      {.similarity = tversky, .alpha = 0.9, .beta = 0.2},
      {.similarity = conditional_probability, .shrinkage = 1.0},
  };
  std::uint64_t seed = 0;
  std::size_t repaired = 0;
  for (const auto& similarity : similarities) {
    for (const std::size_t k : {1U, 3U, 8U, 100U}) {
      const rc::ItemKnnConfig config{.k = k, .similarity = similarity};
      CAPTURE(k);
      CAPTURE(rc::to_string(similarity.similarity));
      for (int life = 0; life < 6; ++life) {
        const auto run = [&](Columns columns, const rc::InteractionsConfig& made) {
          ++seed;
          repaired += live(seed, config, columns, made, tiny(seed));
        };
        run({}, {.duplicates = rc::Duplicates::binary});
        run({.times = true}, {.max_events_per_user = 9, .duplicates = rc::Duplicates::max});
        run({.weights = true, .times = true}, {});
        run({.weights = true, .times = true}, fading);
      }
    }
  }
  CHECK(repaired > 2'000);
}

TEST_CASE("where lists keep few of many candidates") {
  using enum rc::Similarity;
  const std::vector<rc::SimilarityConfig> similarities{
      {.similarity = cosine},
      {.similarity = asymmetric_cosine, .alpha = 0.2, .shrinkage = 1.0},
      {.similarity = jaccard},
      {.similarity = tversky, .alpha = 1.0, .beta = 1.0, .min_common = 2},
      {.similarity = conditional_probability},
  };
  constexpr Size size{.users = 90, .items = 170, .events = 2500, .steps = 40};
  std::uint64_t seed = 1000;
  std::size_t repaired = 0;
  for (const auto& similarity : similarities) {
    CAPTURE(rc::to_string(similarity.similarity));
    for (const std::size_t k : {1U, 4U}) {
      const rc::ItemKnnConfig config{.k = k, .similarity = similarity};
      repaired += live(++seed, config, {}, {.duplicates = rc::Duplicates::binary}, size);
      repaired += live(++seed, config, {.weights = true, .times = true}, fading, size);
    }
  }
  CHECK(repaired > 400);
}

TEST_CASE("what cannot be repaired is said, and nothing is done") {
  const std::vector<Event> events{{1, 1}, {1, 2}, {2, 1}, {2, 2}, {3, 1}};
  const rc::InteractionsConfig binary{.duplicates = rc::Duplicates::binary};
  const auto model = fitted(events, {}, binary, {});
  rc::ItemKnnUpdater updater(model, {.threads = 1});
  const auto add = [&](const Event& event) { return updater.change(log_of({}, {}), log_of({event}, {})).has_value(); };
  CHECK_FALSE(add({1, 9}));                                         // a new item
  CHECK_FALSE(updater.change(log_of(events, {}), log_of({}, {})));  // nothing is left
  check_equal(updater, model);
  CHECK(updater.change(log_of({{1, 2}, {2, 2}}, {}), log_of({}, {})));  // an item that nobody has any more
  check_equal(updater, fitted({{1, 1}, {2, 1}, {3, 1}}, {}, binary, {}));
  CHECK(updater.change(log_of({}, {}), log_of({{1, 2}, {2, 2}}, {})));  // and back again
  check_equal(updater, model);
  CHECK(add({3, 2}));
  CHECK_THROWS_AS(static_cast<void>(updater.change(log_of({{4, 1}}, {}), log_of({}, {}))), rc::InvalidData);
  CHECK_THROWS_AS(static_cast<void>(updater.change(log_of({{3, 2}, {3, 2}}, {}), log_of({}, {}))), rc::InvalidData);
  CHECK_THROWS_AS(static_cast<void>(updater.change(log_of({}, {}), log_of({{4, 1}}, {.times = true}))),
                  rc::InvalidData);
  const std::vector<Event> after{{1, 1}, {1, 2}, {2, 1}, {2, 2}, {3, 1}, {3, 2}};
  check_equal(updater, fitted(after, {}, binary, {}));

  CHECK_FALSE(rc::ItemKnnUpdater::supports(
      fitted(events, {}, binary, {.similarity = {.similarity = rc::Similarity::log_likelihood_ratio}})));
  CHECK_FALSE(
      rc::ItemKnnUpdater::supports(fitted(events, {}, binary, {.weighting = {.weighting = rc::Weighting::tf_idf}})));
  CHECK_FALSE(rc::ItemKnnUpdater::supports(
      fitted(events, {}, {.duplicates = rc::Duplicates::binary, .min_items_per_user = 2}, {})));
}

TEST_CASE("a version stays as it is") {
  Shop shop(5, 30, 20, {});
  std::vector<Event> events;
  for (int e = 0; e < 200; ++e) {
    events.push_back(shop.event());
  }
  const rc::InteractionsConfig binary{.duplicates = rc::Duplicates::binary};
  rc::ItemKnnUpdater updater(fitted(events, {}, binary, {.k = 5}), {.threads = 1});
  const auto lists_of = [](const rc::LiveItemKnn& version) {
    rc::Scratch scratch;
    std::vector<rc::Recommendation> lists;
    for (std::int64_t user = 0; user < 30; ++user) {
      if (const auto at = version.find_user(user * 7)) {
        rc::recommend(version, {.history = {.items = version.row(*at)}, .n = 10}, scratch, lists);
      }
    }
    return lists;
  };
  std::vector<rc::LiveItemKnn> versions;
  std::vector<std::vector<rc::Recommendation>> lists;
  for (int change = 0; change < 20; ++change) {
    versions.push_back(updater.version());
    lists.push_back(lists_of(versions.back()));
    static_cast<void>(updater.change(log_of({}, {}), log_of({shop.event(), shop.event()}, {})));
  }
  for (std::size_t version = 0; version < versions.size(); ++version) {
    CHECK(lists_of(versions[version]) == lists[version]);
  }
  CHECK(lists.front() != lists.back());
}
