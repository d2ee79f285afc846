#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/segments/campaign.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

template <class Ix>
std::vector<Ix> range(std::size_t begin, std::size_t end) {
  std::vector<Ix> all;
  for (std::size_t position = begin; position < end; ++position) {
    all.push_back(Ix(position));
  }
  return all;
}

rc::AnyModel model_of(std::uint64_t seed) {
  return rc::ItemKnn::fit(
      rc::test::random_interactions({.users = 300, .items = 40, .density = 0.1, .largest_weight = 2.0}, seed),
      {.k = 10});
}

}  // namespace

TEST_CASE("campaign: caps are kept, nobody is told twice or of what he has, and all is what audiences say") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const auto model = model_of(seed);
    const auto bars = rc::AudienceBars::of(model);
    const auto users = range<rc::UserIx>(20, 300);
    const auto items = range<rc::ItemIx>(5, 25);
    for (const auto& [per_user, per_item] : {std::pair{1U, 5U}, {3U, 20U}, {2U, 1000U}, {40U, 1U}}) {
      CAPTURE(per_user);
      CAPTURE(per_item);
      const auto sent = rc::campaign(model, users, items, bars, {.per_user = per_user, .per_item = per_item});
      std::map<rc::UserIx, std::uint32_t> of_user;
      std::map<rc::ItemIx, std::uint32_t> of_item;
      std::set<std::pair<rc::UserIx, rc::ItemIx>> pairs;
      double total = 0.0;
      for (const auto& message : sent.messages) {
        CHECK(++of_user[message.to.user] <= per_user);
        CHECK(++of_item[message.item] <= per_item);
        CHECK(pairs.insert({message.to.user, message.item}).second);
        CHECK(message.to.user.value >= 20);
        const auto row = model.interactions().by_user().row(message.to.user);
        CHECK_FALSE(std::binary_search(row.begin(), row.end(), message.item));
        total += static_cast<double>(message.to.meaning);
      }
      CHECK(sent.messages.size() > 10);
      CHECK(sent.total == doctest::Approx(total));
      CHECK(sent.gap() >= 0.0);
      CHECK(sent.gap() <= 0.005);
      for (const auto item : items) {
        const auto whole = rc::audience(model, item, bars, {.n = 1000});
        for (const auto& message : sent.messages) {
          if (message.item == item) {
            CHECK(std::find(whole.begin(), whole.end(), message.to) != whole.end());
          }
        }
      }
    }
  }
}

TEST_CASE("campaign: without rivalry everybody is told what means most to him") {
  const auto model = model_of(4);
  const auto bars = rc::AudienceBars::of(model);
  const auto users = range<rc::UserIx>(0, 300);
  const auto items = range<rc::ItemIx>(0, 10);
  const auto sent = rc::campaign(model, users, items, bars, {.per_user = 1, .per_item = 300});
  std::map<rc::UserIx, float> best;
  for (const auto item : items) {
    for (const auto& one : rc::audience(model, item, bars, {.n = 1000, .ranks = false})) {
      best[one.user] = std::max(best[one.user], one.meaning);
    }
  }
  REQUIRE(sent.messages.size() == best.size());
  for (const auto& message : sent.messages) {
    CHECK(message.to.meaning == best[message.to.user]);
  }
}

TEST_CASE("campaign: the same for any number of threads and order of the users") {
  const auto model = model_of(5);
  const auto bars = rc::AudienceBars::of(model);
  const auto items = range<rc::ItemIx>(0, 20);
  auto users = range<rc::UserIx>(0, 300);
  const rc::CampaignOptions options{.per_user = 2, .per_item = 15};
  const auto one = rc::campaign(model, users, items, bars, options, {.threads = 1});
  CHECK(rc::campaign(model, users, items, bars, options, {.threads = 4}).messages == one.messages);
}

TEST_CASE("campaign: earlier messages count, and what means too little is not sent") {
  const auto model = model_of(6);
  const auto bars = rc::AudienceBars::of(model);
  const auto users = range<rc::UserIx>(0, 300);
  const auto items = range<rc::ItemIx>(0, 20);
  std::vector<std::uint32_t> told(300, 0);
  told[3] = 1;
  told[4] = 2;
  told[5] = 7;
  const auto sent = rc::campaign(model, users, items, bars,
                                 {.per_user = 3, .filter = {.told = told, .most_messages = 2}, .min_meaning = 0.4});
  std::vector<std::uint32_t> now(300, 0);
  for (const auto& message : sent.messages) {
    ++now[message.to.user.value];
    CHECK(message.to.meaning >= 0.4F);
  }
  CHECK(now[3] <= 1);
  CHECK(now[4] == 0);
  CHECK(now[5] == 0);
  CHECK(*std::max_element(now.begin(), now.end()) == 2);
}

TEST_CASE("campaign: what makes no sense") {
  const auto model = model_of(7);
  const auto bars = rc::AudienceBars::of(model);
  const std::vector<rc::UserIx> users{rc::UserIx(0U)};
  const std::vector<rc::ItemIx> twice{rc::ItemIx(1U), rc::ItemIx(1U)};
  const std::vector<rc::UserIx> beyond{rc::UserIx(300U)};
  const auto items = range<rc::ItemIx>(0, 2);
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::campaign(model, users, twice, bars)), doctest::Contains("given twice"),
                       rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::campaign(model, beyond, items, bars)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::campaign(model, users, items, bars, {.per_user = 0})), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::campaign(model, users, items, bars, {}, {.memory_limit = 10})),
                  rc::MemoryLimitExceeded);
  CHECK(rc::campaign(model, {}, items, bars).messages.empty());
  CHECK(rc::campaign(model, users, {}, bars).messages.empty());
}
