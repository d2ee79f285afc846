// LiveModel against a naive twin: a table of rows and a fit from scratch.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/io/state.hpp>
#include <recocore/live/live_model.hpp>
#include <recocore/models/blend.hpp>
#include <recocore/models/content_knn.hpp>
#include <recocore/models/hybrid.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/models/rp3beta.hpp>
#include <recocore/models/session_knn.hpp>
#include <recocore/models/user_knn.hpp>

#include "../support/events.hpp"

namespace recocore::test {
namespace {

/// What a program is run on.
struct Scene {
  InteractionsConfig config{};
  bool times = true;
  bool weights = false;
  std::size_t users = 6;
  std::size_t items = 5;
};

using Fit = std::function<AnyModel(const Interactions&)>;

/// Seeds for which a program is run; RECOCORE_CAMPAIGN multiplies them.
std::uint64_t programs(std::uint64_t count) {
  const char* factor = std::getenv("RECOCORE_CAMPAIGN");
  return factor == nullptr ? count : count * static_cast<std::uint64_t>(std::max(1, std::atoi(factor)));
}

Row random_row(const Scene& scene, Random& random) {
  return {.user = "u" + std::to_string(random.below(scene.users)),
          .item = "i" + std::to_string(random.below(scene.items)),
          .weight = scene.weights ? static_cast<float>(1 + random.below(4)) / 2.0F : 1.0F,
          .time = scene.times ? static_cast<std::int64_t>(random.below(20)) * 3'600'000'000 : 0};
}

std::vector<Row> random_table(const Scene& scene, std::size_t rows, Random& random) {
  std::vector<Row> table;
  for (std::size_t row = 0; row < rows; ++row) {
    table.push_back(random_row(scene, random));
  }
  return table;
}

EventLog to_log(const Scene& scene, const std::vector<Row>& rows) {
  return rows.empty() ? EventLog() : log_of(rows, scene.times);
}

/// Takes the first row that is equal out.
bool take(std::vector<Row>& table, const Row& row) {
  const auto found = std::find(table.begin(), table.end(), row);
  if (found == table.end()) {
    return false;
  }
  table.erase(found);
  return true;
}

/// A list by ids: a version that was repaired keeps the places of items that have gone.
using ListByIds = std::vector<std::tuple<std::string, float, Tier>>;

ListByIds by_ids(const std::vector<Recommendation>& list, const ExtendedIds& items) {
  ListByIds result;
  for (const auto& entry : list) {
    result.emplace_back(to_display(items.at(entry.item.value)), entry.score, entry.tier);
  }
  return result;
}

ListByIds list_of(const LiveModel& live, const std::string& user) {
  Scratch scratch;
  std::vector<Recommendation> list;
  const auto view = live.view();
  view.recommend_user(std::string_view(user), {.n = 4}, scratch, list);
  return by_ids(list, view.items());
}

/// The twin's answer: all lists, of somebody unknown as well, and the state.
void expect_equal(const Scene& scene, const LiveModel& live, const std::vector<Row>& table, const Fit& fit) {
  const auto fresh = fit(Interactions::from_events(to_log(scene, table), scene.config));
  for (std::size_t user = 0; user <= scene.users; ++user) {
    const auto name = "u" + std::to_string(user);
    CHECK(list_of(live, name) == by_ids(recommend_user(fresh, std::string_view(name), {.n = 4}), fresh.items()));
  }
  CHECK(to_bytes(live.snapshot()) == to_bytes(fresh));
}

/// Some random changes; after each the model is that of a fit. Returns how many needed none.
std::uint64_t run_program(const Scene& scene, const Fit& fit, std::uint64_t seed) {
  CAPTURE(seed);
  CAPTURE(scene.times);
  CAPTURE(scene.weights);
  CAPTURE(static_cast<int>(scene.config.duplicates));
  Random random(seed);
  auto table = random_table(scene, 4 + random.below(20), random);
  LiveModel live(fit(Interactions::from_events(to_log(scene, table), scene.config)));
  std::uint64_t version = 1;
  std::uint64_t repaired = 0;
  for (std::uint64_t step = 0, steps = 1 + random.below(5); step < steps; ++step) {
    CAPTURE(step);
    const auto digest = events_digest(to_log(scene, table));
    const auto before = table.size();
    switch (random.below(6)) {
      case 0:
      case 1: {  // events come
        const auto more = random_table(scene, 1 + random.below(3), random);
        table.insert(table.end(), more.begin(), more.end());
        const auto report = live.update(to_log(scene, more));
        CHECK(report.events_added == more.size());
        repaired += report.refitted ? 0U : 1U;
        break;
      }
      case 2: {  // events go
        std::vector<Row> gone;
        for (std::uint64_t count = 1 + random.below(3); count > 0 && table.size() > 3; --count) {
          gone.push_back(table[random.below(table.size())]);
          CHECK(take(table, gone.back()));
        }
        CHECK(live.remove(to_log(scene, gone)).events_removed == gone.size());
        break;
      }
      case 3: {  // both
        const auto more = random_table(scene, 2, random);
        const auto gone = table[random.below(table.size())];
        CHECK(take(table, gone));
        table.insert(table.end(), more.begin(), more.end());
        CHECK(live.change(to_log(scene, {gone}), to_log(scene, more)).events_added == 2);
        break;
      }
      case 4: {  // a person goes
        const auto user = "u" + std::to_string(random.below(scene.users + 1));
        std::erase_if(table, [&user](const Row& row) { return row.user == user; });
        const auto receipt = live.forget(std::string_view(user));
        CHECK(receipt.known == (table.size() < before));
        CHECK(receipt.events == before - table.size());
        CHECK(receipt.digest_before == digest);
        CHECK(receipt.digest_after == events_digest(to_log(scene, table)));
        CHECK(receipt.version_before == version);
        CHECK(receipt.version_after == live.version());
        break;
      }
      default: {
        if (scene.times) {  // the past goes
          const auto time = static_cast<std::int64_t>(random.below(4)) * 3'600'000'000;
          std::erase_if(table, [time](const Row& row) { return row.time < time; });
          CHECK(live.drop_before(time).events_removed == before - table.size());
        } else {  // a change that fails
          auto gone = random_table(scene, 1, random);
          gone.front().item = "nothing";
          gone.push_back(table.front());
          CHECK_THROWS_AS(live.remove(to_log(scene, gone)), InvalidData);
          CHECK(live.version() == version);
        }
      }
    }
    CHECK(live.version() - version <= 1);
    version = live.version();
    expect_equal(scene, live, table, fit);
  }
  return repaired;
}

std::uint64_t run_programs(const Scene& scene, const Fit& fit, std::uint64_t count) {
  std::uint64_t repaired = 0;
  for (std::uint64_t seed = 0; seed < programs(count); ++seed) {
    repaired += run_program(scene, fit, seed);
  }
  return repaired;
}

template <class M, class Config>
Fit fit_of(Config config) {
  return [config](const Interactions& interactions) { return AnyModel(M::fit(interactions, config, {.threads = 1})); };
}

/// Ways in which events become interactions.
std::vector<Scene> scenes() {
  std::vector<Scene> all;
  for (const bool times : {false, true}) {
    for (const bool weights : {false, true}) {
      all.push_back({.times = times, .weights = weights});
      all.push_back({.config = {.duplicates = Duplicates::last}, .times = times, .weights = weights});
      all.push_back({.config = {.duplicates = Duplicates::binary}, .times = times, .weights = weights});
      all.push_back(
          {.config = {.max_events_per_user = 3, .duplicates = Duplicates::max}, .times = times, .weights = weights});
      all.push_back({.config = {.min_items_per_user = 2, .min_users_per_item = 2}, .times = times, .weights = weights});
    }
  }
  all.push_back({.config = {.half_life_seconds = 7200.0}});
  all.push_back({.config = {.half_life_seconds = 7200.0, .reference_time = 10 * 3'600'000'000}});
  return all;
}

}  // namespace

TEST_CASE("however events come and go, the model is that of a fit: Popularity") {
  for (const auto& scene : scenes()) {
    run_programs(scene, fit_of<Popularity>(PopularityConfig{}), 20);
  }
}

TEST_CASE("however events come and go, the model is that of a fit: ItemKnn, all formulas") {
  for (const auto similarity :
       {Similarity::cosine, Similarity::asymmetric_cosine, Similarity::dot, Similarity::jaccard, Similarity::dice,
        Similarity::tversky, Similarity::conditional_probability, Similarity::lift, Similarity::log_likelihood_ratio}) {
    CAPTURE(static_cast<int>(similarity));
    for (const std::size_t k : {2U, 100U}) {
      const auto fit = fit_of<ItemKnn>(ItemKnnConfig{.k = k, .similarity = {.similarity = similarity}});
      const auto repaired = run_programs({.config = {.duplicates = Duplicates::binary}}, fit, 40);
      const bool counts_users = similarity == Similarity::lift || similarity == Similarity::log_likelihood_ratio;
      CHECK((repaired == 0) == counts_users);
      run_programs({.times = false, .users = 20, .items = 9}, fit, 20);
    }
  }
  for (const auto& scene : scenes()) {
    run_programs(scene, fit_of<ItemKnn>(ItemKnnConfig{.k = 3, .similarity = {.shrinkage = 2.0}}), 15);
  }
  run_programs({.weights = true}, fit_of<ItemKnn>(ItemKnnConfig{.weighting = {.weighting = Weighting::tf_idf}}), 40);
}

TEST_CASE("however events come and go, the model is that of a fit: UserKnn, Rp3beta, SessionKnn") {
  for (const auto& scene : scenes()) {
    run_programs(scene, fit_of<UserKnn>(UserKnnConfig{.similar = {.k = 3}}), 10);
    run_programs(scene, fit_of<Rp3beta>(Rp3betaConfig{.k = 3}), 10);
    if (scene.times) {
      run_programs(scene, fit_of<SessionKnn>(SessionKnnConfig{}), 10);
    }
  }
}

TEST_CASE("however events come and go, the model is that of a fit: Blend") {
  const Fit fit = [](const Interactions& interactions) {
    const auto knn = ItemKnn::fit(interactions, {.k = 3}, {.threads = 1});
    const auto popular = Popularity::fit(interactions, {}, {.threads = 1});
    return AnyModel(Blend({knn, Blend({knn, popular}, {2.0, 1.0})}, {1.0, 0.5}, {.depth = 4}));
  };
  run_programs({.config = {.duplicates = Duplicates::binary}}, fit, 60);
  run_programs({.weights = true}, fit, 60);
}

namespace {

/// Of some of the items, of one that never occurs, and of one nothing is known of.
Catalogue shelf() {
  const std::array<std::string_view, 5> ids{"i0", "i1", "i3", "i4", "i9"};
  CategoryColumn colour{.values = IdMap::from_sorted({0, 4, 7}, "bluered"), .codes = {0, 1, 0, 0, 1}};
  NumberColumn price{{1.0, 2.0, 4.0, 2.5, 3.0}};
  return Catalogue(
      AttributeTable::from_rows(std::span<const std::string_view>(ids),
                                {NamedColumn{"colour", std::move(colour)}, NamedColumn{"price", std::move(price)}}));
}

Described describe(const Catalogue& rows, std::vector<double> weights) {
  auto features = ContentFeatures::fit(rows.base());
  const auto encoded = features.encode_all(rows.base());
  return {.rows = rows, .content = ContentIndex::make(std::move(features), std::move(weights), encoded)};
}

AnyModel fit_hybrid(const Interactions& interactions, const Catalogue& items, const Catalogue& people) {
  const auto extended = interactions.extended(merged(interactions.users(), people.base().ids()),
                                              merged(interactions.items(), items.base().ids()));
  const auto knn = ItemKnn::fit(extended, {.k = 5}, {.threads = 1});
  const auto described = describe(items.rebased(extended.items()), {0.25, 0.75});
  const HybridConfig config{.half_support = 1.0, .k = 3, .links = 4};
  auto relatives = find_relatives(described.content, described.rows.base(), extended, config.k);
  const auto profiles =
      describe(people.rebased(extended.users()), std::vector<double>(people.base().columns().size(), 1.0));
  return Hybrid::fit(knn, described, std::move(relatives), profiles, config, {.threads = 1});
}

}  // namespace

namespace {

/// Of users named from `first` on.
Catalogue people_from(std::size_t first, std::size_t count) {
  std::vector<std::string> names;
  std::vector<std::string_view> ids;
  std::vector<double> budgets;
  names.reserve(count);
  for (std::size_t user = first; user < first + count; ++user) {
    names.push_back("u" + std::to_string(user));
    budgets.push_back(static_cast<double>(user) + 0.5);
  }
  ids.assign(names.begin(), names.end());
  return Catalogue(AttributeTable::from_rows(std::span<const std::string_view>(ids),
                                             {NamedColumn{"price", NumberColumn{std::move(budgets)}}}));
}

}  // namespace

TEST_CASE("Hybrids of different users merge with their profiles, and a profile is forgotten") {
  const auto items = shelf();
  for (std::uint64_t seed = 0; seed < programs(40); ++seed) {
    CAPTURE(seed);
    Random random(seed);
    auto table = random_table({}, 30, random);
    std::vector<Row> ours;
    std::vector<Row> theirs;
    for (const auto& row : table) {
      (row.user < "u3" ? ours : theirs).push_back(row);
    }
    if (ours.empty() || theirs.empty()) {
      continue;
    }
    LiveModel live(fit_hybrid(Interactions::from_events(log_of(ours, with_times)), items, people_from(0, 3)));
    live.merge(fit_hybrid(Interactions::from_events(log_of(theirs, with_times)), items, people_from(3, 5)));
    CHECK(to_bytes(live.snapshot()) ==
          to_bytes(fit_hybrid(Interactions::from_events(log_of(table, with_times)), items, people_from(0, 8))));
    CHECK(live.forget(std::string_view("u7")).known);
    CHECK(live.forget(std::string_view("u0")).known);
    std::erase_if(table, [](const Row& row) { return row.user == "u0"; });
    CHECK(to_bytes(live.snapshot()) ==
          to_bytes(fit_hybrid(Interactions::from_events(log_of(table, with_times)), items, people_from(1, 6))));
  }
}

TEST_CASE("however events come and go, the model is that of a fit: ContentKnn and Hybrid") {
  const auto items = shelf();
  const Fit content = [&items](const Interactions& interactions) {
    return AnyModel(ContentKnn::fit(interactions, items, {.k = 3}, {.threads = 1}));
  };
  const Fit hybrid = [&items](const Interactions& interactions) {
    return fit_hybrid(interactions, items, Catalogue());
  };
  for (const Scene& scene : {Scene{.config = {.duplicates = Duplicates::binary}}, Scene{.weights = true},
                             Scene{.config = {.min_items_per_user = 2}, .times = false}}) {
    run_programs(scene, content, 60);
    run_programs(scene, hybrid, 60);
  }
}

}  // namespace recocore::test
