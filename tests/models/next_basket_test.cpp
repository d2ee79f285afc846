#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/core/time.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/next_basket.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/events.hpp"

namespace rc = recocore;
using rc::test::Row;

namespace {

rc::Interactions from_rows(const std::vector<Row>& rows, const rc::InteractionsConfig& config = {}) {
  return rc::Interactions::from_events(rc::test::log_of(rows, rc::test::with_times), config);
}

/// Purchases with repetitions and several items at the same time.
std::vector<Row> random_purchases(std::uint64_t seed, std::size_t events = 400) {
  rc::Random random(seed);
  std::vector<Row> rows;
  for (std::size_t event = 0; event < events; ++event) {
    const auto user = "u" + std::to_string(10 + random.below(15));
    const auto item = "i" + std::to_string(10 + random.below(12) * random.below(12) / 8);
    const auto time = static_cast<std::int64_t>(random.below(60)) * rc::microseconds_per_day / 4;
    rows.push_back({user, item, static_cast<float>(1 + random.below(3)), time});
  }
  return rows;
}

using Vector = std::map<std::string, double>;

/// The vector of a user, group by group as the paper has it, from the events.
Vector twin_vector(const std::vector<Row>& rows, const std::string& user, const rc::NextBasketConfig& config) {
  std::map<std::int64_t, std::set<std::string>> by_time;
  for (const auto& row : rows) {
    if (row.user == user && row.weight > 0.0F) {
      const auto unit = config.basket == rc::BasketUnit::day ? rc::microseconds_per_day : 1;
      by_time[row.time / unit].insert(row.item);
    }
  }
  std::vector<std::set<std::string>> baskets;
  for (const auto& [time, basket] : by_time) {
    baskets.push_back(basket);
  }
  // The oldest group takes what is left over.
  std::vector<std::vector<std::set<std::string>>> groups;
  for (std::size_t b = 0; b < baskets.size(); ++b) {
    const std::size_t group = (baskets.size() - 1 - b) / config.group_size;
    if (groups.empty() || (baskets.size() - b) % config.group_size == 0) {
      groups.emplace_back();
    }
    REQUIRE(group < baskets.size());
    groups.back().push_back(baskets[b]);
  }
  Vector vector;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    Vector of_group;
    for (std::size_t b = 0; b < groups[g].size(); ++b) {
      for (const auto& item : groups[g][b]) {
        of_group[item] += std::pow(config.within_decay, static_cast<double>(groups[g].size() - 1 - b)) /
                          static_cast<double>(groups[g].size());
      }
    }
    for (const auto& [item, value] : of_group) {
      vector[item] += std::pow(config.group_decay, static_cast<double>(groups.size() - 1 - g)) * value /
                      static_cast<double>(groups.size());
    }
  }
  return vector;
}

double product(const Vector& a, const Vector& b) {
  double sum = 0.0;
  for (const auto& [item, value] : a) {
    const auto found = b.find(item);
    sum += found == b.end() ? 0.0 : value * found->second;
  }
  return sum;
}

/// All scores of a vector; `self` is no neighbour.
Vector twin_scores(const std::map<std::string, Vector>& vectors, const Vector& own, const std::string& self,
                   const rc::NextBasketConfig& config) {
  std::vector<std::pair<double, std::string>> near;
  for (const auto& [user, vector] : vectors) {
    const double common = product(own, vector);
    if (user != self && common > 0.0) {
      near.emplace_back(-common / std::sqrt(product(vector, vector)), user);
    }
  }
  std::sort(near.begin(), near.end());
  near.resize(std::min<std::size_t>(near.size(), config.k));
  Vector scores;
  for (const auto& [item, value] : own) {
    scores[item] += config.alpha * value;
  }
  for (const auto& [similarity, user] : near) {
    for (const auto& [item, value] : vectors.at(user)) {
      scores[item] += (1.0 - config.alpha) * value / static_cast<double>(near.size());
    }
  }
  return scores;
}

std::string item_name(const rc::Interactions& shop, rc::ItemIx item) {
  return std::string(std::get<std::string_view>(shop.items().at(item.value)));
}

void check_scores(const rc::NextBasket& model, const rc::History& history, const Vector& expected) {
  rc::Scratch scratch;
  scratch.mask.allow_all(model.interactions().items().size());
  model.rank(history, 1000, scratch);
  const auto above_0 = std::count_if(expected.begin(), expected.end(), [](const auto& e) { return e.second > 0.0; });
  CHECK(scratch.ranked.size() == static_cast<std::size_t>(above_0));
  CHECK(std::is_sorted(scratch.ranked.begin(), scratch.ranked.end(), rc::ranks_before<rc::ItemIx>));
  for (const auto& [item, score] : scratch.ranked) {
    CHECK(static_cast<double>(score) ==
          doctest::Approx(expected.at(item_name(model.interactions(), item))).epsilon(1e-5));
  }
}

}  // namespace

TEST_CASE("next basket: vectors and scores are those of a naive twin") {
  using enum rc::BasketUnit;
  for (const rc::NextBasketConfig& config :
       {rc::NextBasketConfig{}, rc::NextBasketConfig{.k = 3, .group_size = 2, .alpha = 0.3},
        rc::NextBasketConfig{.k = 1, .group_size = 3, .within_decay = 0.5, .group_decay = 0.4, .alpha = 0.0},
        rc::NextBasketConfig{.k = 4, .group_size = 4, .basket = day},
        rc::NextBasketConfig{.group_size = 1, .group_decay = 1.0, .alpha = 1.0, .basket = day}}) {
    for (const auto duplicates : {rc::Duplicates::sum, rc::Duplicates::binary}) {
      const auto rows = random_purchases(4);
      const auto shop = from_rows(rows, {.duplicates = duplicates});
      const auto model = rc::NextBasket::fit(shop, config);
      std::map<std::string, Vector> vectors;
      for (std::size_t u = 0; u < shop.users().size(); ++u) {
        const std::string user(std::get<std::string_view>(shop.users().at(u)));
        vectors[user] = twin_vector(rows, user, config);
        const auto vector = model.vector_of(rc::UserIx(u));
        REQUIRE(vector.size() == vectors[user].size());
        for (const auto& [item, value] : vector) {
          CHECK(static_cast<double>(value) == doctest::Approx(vectors[user].at(item_name(shop, item))).epsilon(1e-6));
        }
      }
      for (std::size_t u = 0; u < shop.users().size(); ++u) {
        const rc::UserIx user(u);
        const std::string id(std::get<std::string_view>(shop.users().at(u)));
        check_scores(model, {.items = shop.by_user().row(user), .user = user},
                     twin_scores(vectors, vectors.at(id), id, config));
        // Of nobody known: one basket.
        Vector basket;
        for (const auto item : shop.by_user().row(user)) {
          basket[item_name(shop, item)] = 1.0;
        }
        check_scores(model, {.items = shop.by_user().row(user)}, twin_scores(vectors, basket, "", config));
      }
    }
  }
}

TEST_CASE("next basket: alone and without decay the score is the share of baskets") {
  const auto model = rc::NextBasket::fit(from_rows({{"ann", "tea", 1.0F, 1},
                                                    {"ann", "tea", 1.0F, 2},
                                                    {"ann", "pot", 5.0F, 2},
                                                    {"ann", "tea", 1.0F, 3},
                                                    {"ann", "jam", 1.0F, 4},
                                                    {"bob", "cup", 1.0F, 1}}),
                                         {.group_size = 1000, .within_decay = 1.0, .group_decay = 1.0, .alpha = 1.0});
  const auto list = rc::recommend_user(rc::AnyModel(model), "ann", {.n = 4, .exclude_seen = false});
  REQUIRE(list.size() == 4);
  const auto name = [&](std::size_t place) { return item_name(model.interactions(), list[place].item); };
  CHECK(name(0) == "tea");
  CHECK(list[0].score == 0.75F);
  CHECK(name(1) == "jam");  // as often as the pot, and before it by its id
  CHECK(list[1].score == 0.25F);
  CHECK(name(2) == "pot");
  CHECK(name(3) == "cup");
  CHECK(list[3].tier == rc::Tier::popular);
}

TEST_CASE("next basket: what was dropped stays dropped; weights of 0 and less are no purchases") {
  const auto shop = from_rows({{"ann", "tea", 1.0F, 1},
                               {"ann", "pot", 1.0F, 2},
                               {"ann", "jam", -1.0F, 3},
                               {"bob", "tea", 1.0F, 1},
                               {"bob", "pot", 1.0F, 1},
                               {"eve", "cup", 1.0F, 1}},
                              {.min_items_per_user = 2, .min_users_per_item = 2});
  const auto model = rc::NextBasket::fit(shop);
  REQUIRE(shop.users().size() == 2);
  CHECK(model.vector_of(rc::UserIx(0U)).size() == 2);
  CHECK(model.vector_of(rc::UserIx(1U)).size() == 2);
  const auto returned = rc::NextBasket::fit(from_rows({{"ann", "jam", -1.0F, 3}, {"ann", "tea", 1.0F, 3}}));
  CHECK(returned.vector_of(rc::UserIx(0U)).size() == 1);
}

TEST_CASE("next basket: the same for any order of the events and any number of threads") {
  auto rows = random_purchases(9, 2000);
  const auto model = rc::AnyModel(rc::NextBasket::fit(from_rows(rows), {.k = 4}, {.threads = 1}));
  std::vector<std::string> names;
  for (std::size_t u = 0; u < model.interactions().users().size(); ++u) {
    names.emplace_back(std::get<std::string_view>(model.interactions().users().at(u)));
  }
  const std::vector<std::string_view> users(names.begin(), names.end());
  const rc::IdColumn column{std::span<const std::string_view>(users)};
  const auto expected = rc::recommend_users(model, column, {.exclude_seen = false}, {.threads = 1});
  rc::Random random(5);
  for (const unsigned threads : {2U, 7U}) {
    for (std::size_t place = rows.size(); place > 1; --place) {
      std::swap(rows[place - 1], rows[static_cast<std::size_t>(random.below(place))]);
    }
    const auto again = rc::AnyModel(rc::NextBasket::fit(from_rows(rows), {.k = 4}, {.threads = threads}));
    CHECK(rc::recommend_users(again, column, {.exclude_seen = false}, {.threads = threads}).entries ==
          expected.entries);
    CHECK(rc::to_bytes(again) == rc::to_bytes(model));
  }
}

TEST_CASE("next basket: nobody, one purchase, histories of nobody") {
  rc::EventLogBuilder none;
  const auto empty = rc::NextBasket::fit(rc::Interactions::from_events(none.finish()));
  CHECK(empty.popular_items().ranked().empty());
  const auto one = rc::AnyModel(rc::NextBasket::fit(from_rows({{"ann", "tea", 1.0F, 1}})));
  const auto list = rc::recommend_user(one, "ann", {.exclude_seen = false});
  REQUIRE(list.size() == 1);
  CHECK(list[0].tier == rc::Tier::collaborative);
  CHECK(rc::recommend_user(one, "ann").empty());
  rc::Scratch scratch;
  scratch.mask.allow_all(1);
  one.get_if<rc::NextBasket>()->rank({}, 3, scratch);
  CHECK(scratch.ranked.empty());
  const std::vector<rc::ItemIx> tea{rc::ItemIx(0U)};
  const std::vector<float> less{-1.0F};
  one.get_if<rc::NextBasket>()->rank({.items = tea, .weights = less}, 3, scratch);
  CHECK(scratch.ranked.empty());
}

TEST_CASE("next basket: parameters and data that make no sense") {
  const auto shop = from_rows(random_purchases(1));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [config, message] : std::vector<std::pair<rc::NextBasketConfig, std::string>>{
           {{.k = 0}, "k, the number of neighbours, must be at least 1"},
           {{.group_size = 0}, "group_size, in baskets, must be at least 1"},
           {{.within_decay = 0.0}, "within_decay must be above 0 and at most 1"},
           {{.within_decay = nan}, "within_decay must be"},
           {{.group_decay = 1.5}, "group_decay must be above 0 and at most 1"},
           {{.alpha = -0.1}, "alpha must be from 0 to 1"},
           {{.alpha = nan}, "alpha must be from 0 to 1"}}) {
    CHECK_THROWS_WITH_AS(static_cast<void>(rc::NextBasket::fit(shop, config)), doctest::Contains(message.c_str()),
                         rc::InvalidParameter);
  }
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::parse_basket_unit("week")), doctest::Contains("known are 'time', 'day'"),
                       rc::InvalidParameter);
  const auto timeless = rc::Interactions::from_events(rc::test::log_of({{"ann", "tea", 1.0F, 0}}));
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::NextBasket::fit(timeless)), doctest::Contains("needs the times of events"),
                       rc::InvalidData);
  std::stop_source source;
  source.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::NextBasket::fit(shop, {}, {.stop = source.get_token()})), rc::Cancelled);
  CHECK_THROWS_AS(static_cast<void>(rc::NextBasket::fit(shop, {}, {.memory_limit = 100})), rc::MemoryLimitExceeded);
}

TEST_CASE("next basket: days before 1970 are days as well") {
  const auto day = rc::microseconds_per_day;
  const auto model =
      rc::NextBasket::fit(from_rows({{"ann", "tea", 1.0F, -1}, {"ann", "pot", 1.0F, 0}, {"ann", "jam", 1.0F, -day}}),
                          {.group_size = 5, .within_decay = 0.5, .basket = rc::BasketUnit::day});
  const auto vector = model.vector_of(rc::UserIx(0U));
  REQUIRE(vector.size() == 3);
  CHECK(vector[0].score == 0.25F);  // jam
  CHECK(vector[1].score == 0.5F);   // pot
  CHECK(vector[2].score == 0.25F);  // tea
}

TEST_CASE("next basket: stored and read again") {
  const auto model =
      rc::AnyModel(rc::NextBasket::fit(from_rows(random_purchases(2), {.duplicates = rc::Duplicates::binary}),
                                       {.k = 5, .group_size = 3, .alpha = 0.4, .basket = rc::BasketUnit::day}));
  const auto bytes = rc::to_bytes(model);
  const auto restored = rc::model_from_bytes(bytes);
  REQUIRE(restored.get_if<rc::NextBasket>() != nullptr);
  CHECK(restored.get_if<rc::NextBasket>()->config() == model.get_if<rc::NextBasket>()->config());
  CHECK(rc::to_bytes(restored) == bytes);
  const auto list = [](const rc::AnyModel& any) { return rc::recommend_user(any, "u10", {.exclude_seen = false}); };
  CHECK(list(restored) == list(model));
}
