#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/models/content_knn.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/random_interactions.hpp"
#include "../support/random_table.hpp"

namespace rc = recocore;

namespace {

constexpr std::size_t base_items = 120;

rc::Interactions interactions() {
  return rc::Interactions::from_rows(
      rc::test::random_rows({.users = 80, .items = base_items, .density = 0.08, .largest_weight = 3.0}, 21));
}

/// Of the base and of 40 more, whose ids lie behind when `step` is 1 and in between otherwise.
rc::AttributeTable base_table() { return rc::test::random_table(base_items, 0, 31); }
rc::AttributeTable more_items() { return rc::test::random_table(40, 1000, 32, 3); }

rc::AttributeTable rows_of(const rc::AttributeTable& table, std::vector<std::int64_t> ids) {
  return table.aligned(rc::IdMap::from_sorted(std::move(ids)));
}

const rc::ContentKnnConfig config{.k = 9};

const rc::ContentKnn& fitted() {
  static const auto model = rc::ContentKnn::fit(interactions(), base_table(), config, {.threads = 2});
  return model;
}

/// The lists of a model, from the formulas alone: all pairs, by its encoders and weights.
struct Twin {
  std::vector<std::vector<rc::ScoredItem>> nearest;
  std::vector<std::set<std::pair<std::uint32_t, float>>> links;
};

Twin twin_of(const rc::ContentKnn& model) {
  const std::size_t count = model.items().size();
  std::vector<rc::FeatureRow> rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back(model.features_of(rc::ItemIx(i)));
  }
  Twin twin{.nearest = {}, .links = std::vector<std::set<std::pair<std::uint32_t, float>>>(count)};
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<rc::ScoredItem> scored;
    for (std::size_t j = 0; j < count; ++j) {
      if (const float score = model.index().score(rows[i], rows[j]); i != j && score > 0.0F) {
        scored.push_back({rc::ItemIx(j), score});
      }
    }
    rc::keep_best(scored, model.config().k);
    twin.nearest.push_back(std::move(scored));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    for (const auto& entry : twin.nearest[i]) {
      twin.links[i].emplace(entry.index.value, entry.score);
      twin.links[entry.index.value].emplace(i, entry.score);
    }
  }
  return twin;
}

std::set<std::pair<std::uint32_t, float>> links_of(const rc::ContentKnn& model, std::size_t item) {
  std::set<std::pair<std::uint32_t, float>> links;
  for (const auto& entry : model.linked_items(rc::ItemIx(item))) {
    CHECK(links.emplace(entry.index.value, entry.score).second);
  }
  return links;
}

void check_lists(const rc::ContentKnn& model) {
  const auto twin = twin_of(model);
  for (std::size_t i = 0; i < model.items().size(); ++i) {
    const auto similar = model.similar_items(rc::ItemIx(i));
    REQUIRE(std::equal(similar.begin(), similar.end(), twin.nearest[i].begin(), twin.nearest[i].end()));
    REQUIRE(links_of(model, i) == twin.links[i]);
  }
}

std::vector<std::int64_t> ids_of(const rc::AttributeTable& table) {
  std::vector<std::int64_t> ids;
  for (std::size_t row = 0; row < table.size(); ++row) {
    ids.push_back(std::get<std::int64_t>(table.ids().at(row)));
  }
  return ids;
}

}  // namespace

TEST_CASE("lists by content: the k most similar of each, and those it is among") {
  check_lists(fitted());
  CHECK(fitted().nearest() == rc::ContentKnn::fit(interactions(), base_table(), config, {.threads = 1}).nearest());
}

TEST_CASE("scores: the sum over the history of the links") {
  const auto& model = fitted();
  const auto twin = twin_of(model);
  rc::Scratch scratch;
  for (std::size_t user = 0; user < 80; ++user) {
    const rc::UserIx u(user);
    const auto& by_user = model.interactions().by_user();
    const rc::History history{.items = by_user.row(u), .weights = by_user.row_values(u)};
    std::map<std::uint32_t, double> sums;
    for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
      for (const auto& [item, score] : twin.links[history.items[entry].value]) {
        sums[item] += static_cast<double>(history.weight(entry)) * static_cast<double>(score);
      }
    }
    std::vector<rc::ScoredItem> expected;
    for (const auto& [item, sum] : sums) {
      expected.push_back({rc::ItemIx(std::size_t{item}), static_cast<float>(sum)});
    }
    rc::keep_best(expected, 15);
    scratch.mask.allow_all(model.items().size());
    model.rank(history, 15, scratch);
    REQUIRE(scratch.ranked == expected);
  }
}

TEST_CASE("items of the table nobody has chosen, and items chosen that are not in it") {
  const auto table = rc::test::random_table(60, 90, 33);  // 90 .. 149: half of the items chosen are not in it
  const auto model = rc::ContentKnn::fit(interactions(), table, config);
  CHECK(model.items().size() == 150);
  CHECK(model.interactions().items().size() == 150);
  CHECK(model.similar_items(rc::ItemIx(std::size_t{5})).empty());
  CHECK(model.similar_items(rc::ItemIx(std::size_t{140})).size() == config.k);
  check_lists(model);
}

TEST_CASE("added items get, and are in, the same lists as if they had been there") {
  const auto more = more_items();
  const auto together = fitted().with_items(more);
  CHECK(together.items().size() == base_items + 40);
  check_lists(together);
  CHECK(fitted().items().size() == base_items);
  check_lists(fitted());

  SUBCASE("one by one, in any order of ids") {
    auto ids = ids_of(more);
    std::reverse(ids.begin(), ids.begin() + 20);
    std::rotate(ids.begin(), ids.begin() + 7, ids.end());
    auto model = fitted();
    for (const auto id : ids) {
      model = model.with_items(rows_of(more, {id}));
    }
    CHECK(model.items() == together.items());
    for (std::size_t i = 0; i < model.items().size(); ++i) {
      const auto a = model.similar_items(rc::ItemIx(i));
      const auto b = together.similar_items(rc::ItemIx(i));
      REQUIRE(std::equal(a.begin(), a.end(), b.begin(), b.end()));
      REQUIRE(links_of(model, i) == links_of(together, i));
    }
  }
}

TEST_CASE("an item added is recommended at once, and counts in histories") {
  // Exactly like item 3.
  const auto place = fitted().catalogue().locate(3);
  std::vector<rc::NamedColumn> columns;
  const auto copy = rows_of(*place.table, {3});
  for (const auto& named : copy.columns()) {
    columns.push_back(named);
  }
  const std::vector<std::int64_t> ids{5000};
  const rc::AnyModel model =
      fitted().with_items(rc::AttributeTable::from_rows(std::span<const std::int64_t>(ids), std::move(columns)));
  const std::vector<std::int64_t> liked{3};
  const auto list = rc::recommend_history(model, std::span<const std::int64_t>(liked), {}, {.n = 1});
  REQUIRE(list.size() == 1);
  CHECK(std::get<std::int64_t>(model.items().at(list[0].item.value)) == 5000);
  CHECK(list[0].tier == rc::Tier::content);
  const auto back = rc::recommend_history(model, std::span<const std::int64_t>(ids), {}, {.n = 5});
  REQUIRE(back.size() == 5);
  CHECK(back[0].item == rc::ItemIx(std::size_t{3}));
}

TEST_CASE("changed items have the lists of what they are now") {
  const auto others = rc::test::random_table(base_items, 0, 77);
  const auto check_changed = [](const rc::ContentKnn& model, const std::vector<std::size_t>& items) {
    const auto twin = twin_of(model);
    for (const auto item : items) {
      const auto similar = model.similar_items(rc::ItemIx(item));
      REQUIRE(std::equal(similar.begin(), similar.end(), twin.nearest[item].begin(), twin.nearest[item].end()));
    }
  };
  const auto first = fitted().with_items(rows_of(others, {4, 50, 119}));
  check_changed(first, {4, 50, 119});
  const auto model = first.with_items(rows_of(rc::test::random_table(base_items, 0, 78), {50}));
  check_changed(model, {50});
  CHECK(model.items().size() == base_items);
  // Elsewhere: nothing stale, links both ways, and all that is nearest is linked.
  for (std::size_t i = 0; i < base_items; ++i) {
    const auto links = links_of(model, i);
    for (const auto& [other, score] : links) {
      CHECK(score ==
            model.index().score(model.features_of(rc::ItemIx(i)), model.features_of(rc::ItemIx(std::size_t{other}))));
      CHECK(links_of(model, other).contains({static_cast<std::uint32_t>(i), score}));
    }
    for (const auto& entry : model.similar_items(rc::ItemIx(i))) {
      CHECK(links.contains({entry.index.value, entry.score}));
    }
    CHECK(std::is_sorted(model.similar_items(rc::ItemIx(i)).begin(), model.similar_items(rc::ItemIx(i)).end(),
                         rc::ranks_before<rc::ItemIx>));
  }
}

TEST_CASE("retired items count in histories and are not recommended") {
  const std::vector<std::int64_t> gone{7, 8};
  const rc::AnyModel model = fitted().with_retired(std::span<const std::int64_t>(gone));
  const auto list =
      rc::recommend_history(model, std::span<const std::int64_t>(gone), {}, {.n = 500, .exclude_seen = false});
  CHECK(list.size() == base_items - 2);
  CHECK(std::none_of(list.begin(), list.end(), [](const auto& entry) {
    return entry.item == rc::ItemIx(std::size_t{7}) || entry.item == rc::ItemIx(std::size_t{8});
  }));
  CHECK(list[0].tier == rc::Tier::content);
}

TEST_CASE("a questionnaire: a row of some columns finds its neighbours") {
  const std::vector<std::int64_t> ids{0};
  const auto wish =
      rc::AttributeTable::from_rows(std::span<const std::int64_t>(ids), {{"price", rc::NumberColumn{{29.0}}}});
  rc::ContentIndex::Scratch scratch;
  std::vector<rc::ScoredItem> found;
  fitted().neighbours_of(fitted().features().encode(wish, 0), 5, scratch, found);
  REQUIRE(found.size() == 5);
  const auto& prices = std::get<rc::NumberColumn>(*fitted().catalogue().find("price")).values;
  CHECK(prices[found[0].index.value] == 29.0);
}

TEST_CASE("parts: what was fitted, and only that") {
  const auto& model = fitted();
  const auto again = rc::ContentKnn::from_parts(model.interactions(), model.catalogue().base(), config,
                                                model.column_weights(), model.nearest());
  check_lists(again);
  auto cut = model.nearest();
  cut.entries.pop_back();
  CHECK_THROWS_AS(static_cast<void>(rc::ContentKnn::from_parts(model.interactions(), model.catalogue().base(), config,
                                                               model.column_weights(), cut)),
                  rc::InvalidData);
  CHECK_THROWS_AS(static_cast<void>(rc::ContentKnn::from_parts(model.interactions(), base_table().aligned({}), config,
                                                               model.column_weights(), model.nearest())),
                  rc::InvalidData);
}

TEST_CASE("parameters that make no sense, memory that is not there") {
  CHECK_THROWS_AS(static_cast<void>(rc::ContentKnn::fit(interactions(), base_table(), {.k = 0})), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::ContentKnn::fit(interactions(), base_table(), config, {.memory_limit = 1000})),
                  rc::MemoryLimitExceeded);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(
      static_cast<void>(rc::ContentKnn::fit(interactions(), base_table(), config, {.stop = stop.get_token()})),
      rc::Cancelled);
}
