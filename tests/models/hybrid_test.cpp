#include <algorithm>
#include <map>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/content/content_features.hpp>
#include <recocore/core/error.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/ease.hpp>
#include <recocore/models/hybrid.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/random_interactions.hpp"
#include "../support/random_table.hpp"

namespace rc = recocore;

namespace {

constexpr std::size_t users = 60;
/// Those of the interactions, and as many again that nobody has.
constexpr std::size_t used_items = 40;
constexpr std::size_t base_items = 80;

rc::Interactions interactions() {
  const auto seen = rc::Interactions::from_rows(
      rc::test::random_rows({.users = users, .items = used_items, .density = 0.15, .largest_weight = 2.0}, 5));
  return seen.extended(seen.users(), rc::IdMap::range(base_items));
}

rc::Described describe(const rc::AttributeTable& table) {
  auto features = rc::ContentFeatures::fit(table);
  const auto rows = features.encode_all(table);
  std::vector<double> weights;
  for (std::size_t column = 0; column < features.columns().size(); ++column) {
    weights.push_back(column % 3 == 0 ? 0.2 : 0.08);
  }
  return {.rows = rc::Catalogue(table),
          .content = rc::ContentIndex::make(std::move(features), std::move(weights), rows)};
}

rc::Described nobody() { return describe(rc::AttributeTable().aligned(rc::IdMap::range(users))); }

const rc::HybridConfig config{.half_support = 4.0, .inheritance = 0.8, .likeness = 0.4, .k = 6};

rc::Hybrid fit(const rc::HybridConfig& with = config, const rc::RunOptions& options = {.threads = 2}) {
  const auto all = interactions();
  const auto table = rc::test::random_table(base_items, 0, 9);
  auto items = describe(table);
  auto relatives = rc::find_relatives(items.content, table, all, with.k, options);
  return rc::Hybrid::fit(rc::ItemKnn::fit(all, {.k = 10}), std::move(items), std::move(relatives), nobody(), with,
                         options);
}

/// L, dense, from the formula alone.
class Twin {
 public:
  explicit Twin(const rc::Hybrid& model) : model_(model), count_(model.items().size()) {
    const auto& knn = *model.collaborative().get_if<rc::ItemKnn>();
    s_.assign(count_, std::vector<double>(count_, 0.0));
    for (std::size_t i = 0; i < base_items; ++i) {
      for (const auto& entry : knn.votes().of(rc::ItemIx(i))) {
        s_[i][entry.index.value] = static_cast<double>(entry.score);
      }
    }
    std::vector<double> strongest;
    for (std::size_t j = 0; j < base_items; ++j) {
      double largest = 0.0;
      for (std::size_t i = 0; i < base_items; ++i) {
        largest = std::max(largest, s_[i][j]);
      }
      if (largest > 0.0) {
        strongest.push_back(largest);
      }
    }
    std::sort(strongest.begin(), strongest.end());
    unit_ = strongest[strongest.size() / 2];
    links_.assign(count_, std::vector<double>(count_, 0.0));
    for (std::size_t j = 0; j < count_; ++j) {
      relatives_.push_back(relatives_of(j));
    }
    const auto& c = model.config();
    for (std::size_t j = 0; j < count_; ++j) {
      const double n = static_cast<double>(model.support(rc::ItemIx(j)));
      double own = n == 0.0 ? 0.0 : n / (n + c.half_support);
      own = own > 0.98 || (n > 0.0 && relatives_[j].shares.empty()) ? 1.0 : own;
      for (std::size_t i = 0; i < used_items; ++i) {
        double link = own * s_[i][j];
        for (const auto& [m, p] : relatives_[j].shares) {
          link += (1.0 - own) * c.inheritance * p * s_[i][m];
        }
        if (const auto alike = relatives_[j].likeness.find(i); alike != relatives_[j].likeness.end()) {
          link += (1.0 - own) * c.likeness * unit_ * alike->second;
        }
        links_[i][j] = i == j ? 0.0 : link;
      }
    }
    for (std::size_t i = 0; i < count_; ++i) {
      if (model.support(rc::ItemIx(i)) > 0) {
        continue;
      }
      for (std::size_t j = 0; j < count_; ++j) {
        for (const auto& [m, p] : relatives_[i].shares) {
          links_[i][j] += c.inheritance * p * links_[m][j];
        }
        if (const auto alike = relatives_[i].likeness.find(j); alike != relatives_[i].likeness.end()) {
          links_[i][j] += c.likeness * unit_ * alike->second;
        }
      }
    }
  }

  [[nodiscard]] double link(std::size_t i, std::size_t j) const { return links_[i][j]; }

 private:
  struct Relatives {
    std::map<std::size_t, double> shares{};
    std::map<std::size_t, double> likeness{};
  };

  [[nodiscard]] rc::FeatureRow row(std::size_t item) const {
    const auto place = model_.catalogue().locate(item);
    return model_.content().features().encode(*place.table, place.row);
  }

  [[nodiscard]] Relatives relatives_of(std::size_t item) const {
    std::vector<rc::ScoredItem> alike;
    for (std::size_t other = 0; other < base_items; ++other) {
      const float score = model_.content().score(row(item), row(other));
      if (other != item && score > 0.0F && model_.support(rc::ItemIx(other)) > 0) {
        alike.push_back({rc::ItemIx(other), score});
      }
    }
    rc::keep_best(alike, model_.config().k);
    Relatives result;
    double total = 0.0;
    for (const auto& entry : alike) {
      total += static_cast<double>(entry.score);
      result.likeness[entry.index.value] = static_cast<double>(entry.score);
    }
    for (const auto& [other, likeness] : result.likeness) {
      result.shares[other] = likeness / total;
    }
    return result;
  }

  const rc::Hybrid& model_;
  std::size_t count_;
  double unit_ = 1.0;
  std::vector<std::vector<double>> s_{};
  std::vector<std::vector<double>> links_{};
  std::vector<Relatives> relatives_{};
};

std::vector<double> scores(const rc::Hybrid& model, const rc::History& history) {
  rc::Scratch scratch;
  scratch.mask.allow_all(model.items().size());
  model.rank(history, model.items().size(), scratch);
  std::vector<double> result(model.items().size(), 0.0);
  for (const auto& entry : scratch.ranked) {
    result[entry.index.value] = static_cast<double>(entry.score);
  }
  return result;
}

void check_against_twin(const rc::Hybrid& model) {
  const Twin twin(model);
  rc::Random random(3);
  for (int round = 0; round < 40; ++round) {
    std::vector<rc::ItemIx> items;
    std::vector<float> weights;
    for (std::size_t item = 0; item < model.items().size(); ++item) {
      if (random.uniform() < 0.06) {
        items.emplace_back(item);
        weights.push_back(1.0F + static_cast<float>(random.below(3)));
      }
    }
    const auto found = scores(model, {.items = items, .weights = weights});
    for (std::size_t j = 0; j < found.size(); ++j) {
      double expected = 0.0;
      for (std::size_t e = 0; e < items.size(); ++e) {
        expected += static_cast<double>(weights[e]) * twin.link(items[e].value, j);
      }
      CHECK(found[j] == doctest::Approx(expected).epsilon(1e-5));
    }
  }
}

}  // namespace

TEST_CASE("hybrid: links are those of the formula, for items with and without users") { check_against_twin(fit()); }

TEST_CASE("hybrid: items added since the fit have the links of the formula, in whatever order they came") {
  const auto model = fit();
  const auto more = rc::test::random_table(12, 1000, 77, 3);
  const auto at_once = model.with_items(more);
  CHECK(at_once.items().size() == base_items + 12);
  check_against_twin(at_once);

  auto one_by_one = model;
  for (std::size_t row = more.size(); row-- > 0;) {
    one_by_one = one_by_one.with_items(
        more.aligned(rc::IdMap::from_sorted(std::vector{std::get<std::int64_t>(more.ids().at(row))})));
  }
  rc::Random random(8);
  for (int round = 0; round < 20; ++round) {
    std::vector<rc::ItemIx> items{rc::ItemIx(random.below(40)), rc::ItemIx(40 + random.below(52))};
    CHECK(scores(at_once, {.items = items}) == scores(one_by_one, {.items = items}));
  }
  // The model they were added to is as it was.
  CHECK(model.items().size() == base_items);
}

TEST_CASE("hybrid: shares add up to the score, and an item that is taken away takes its share along") {
  const auto model = fit().with_items(rc::test::random_table(5, 1000, 70));
  rc::Scratch scratch;
  rc::Random random(4);
  for (int round = 0; round < 30; ++round) {
    std::vector<rc::ItemIx> items;
    for (std::size_t item = 0; item < model.items().size(); ++item) {
      if (random.uniform() < 0.07) {
        items.emplace_back(item);
      }
    }
    if (items.empty()) {
      continue;
    }
    const auto full = scores(model, {.items = items});
    for (std::size_t j = 0; j < full.size(); ++j) {
      const auto found = model.shares({.items = items}, rc::ItemIx(j), scratch);
      double sum = found.of_profile;
      for (const double share : found.of_history) {
        sum += share;
      }
      CHECK(sum == doctest::Approx(found.score));
      CHECK(full[j] == static_cast<double>(static_cast<float>(std::max(0.0, found.score))));
    }
    const std::size_t gone = random.below(items.size());
    auto fewer = items;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(gone));
    for (std::size_t j = 0; j < full.size(); ++j) {
      const auto before = model.shares({.items = items}, rc::ItemIx(j), scratch);
      const auto after = model.shares({.items = fewer}, rc::ItemIx(j), scratch);
      CHECK(after.score == doctest::Approx(before.score - before.of_history[gone]));
    }
  }
}

TEST_CASE("hybrid: without content it is the collaborative model") {
  auto alone = config;
  alone.half_support = alone.inheritance = alone.likeness = 0.0;
  const auto model = fit(alone);
  rc::Scratch scratch;
  for (std::size_t user = 0; user < users; ++user) {
    const auto& rows = model.interactions().by_user();
    const rc::History history{.items = rows.row(rc::UserIx(user)), .weights = rows.row_values(rc::UserIx(user))};
    scratch.mask.allow_all(base_items);
    model.collaborative().rank(history, base_items, scratch);
    const auto expected = scratch.ranked;
    model.rank(history, base_items, scratch);
    CHECK(scratch.ranked == expected);
  }
}

TEST_CASE("hybrid: any number of threads gives the same scores") {
  const auto one = fit(config, {.threads = 1});
  const auto two = fit(config, {.threads = 2});
  for (std::size_t item = 0; item < base_items; ++item) {
    const rc::ItemIx history(item);
    CHECK(scores(one, {.items = std::span(&history, 1)}) == scores(two, {.items = std::span(&history, 1)}));
  }
}

TEST_CASE("hybrid: lists are full, new items are among them, and retired ones are not") {
  const auto model = fit().with_items(rc::test::random_table(3, 1000, 71));
  const auto all = rc::recommend_user(model, std::int64_t{1}, {.n = 500, .exclude_seen = false});
  CHECK(all.size() == base_items + 3);
  CHECK(std::any_of(all.begin(), all.end(), [](const auto& e) { return e.item.value >= base_items; }));
  for (const auto& entry : all) {
    if (entry.score > 0.0F) {
      const bool is_new = model.support(entry.item) == 0;
      CHECK(entry.tier == (is_new ? rc::Tier::content : rc::Tier::collaborative));
    }
  }
  const std::vector<std::int64_t> gone{2, 50, 1001};
  const auto fewer = model.with_retired(std::span<const std::int64_t>(gone));
  const auto rest = rc::recommend_user(fewer, std::int64_t{1}, {.n = 500, .exclude_seen = false});
  CHECK(rest.size() == base_items);
  for (const auto& entry : rest) {
    CHECK_FALSE(fewer.catalogue().is_retired(entry.item.value));
  }
  // An unknown visitor's click on what nobody has.
  const std::vector<std::int64_t> clicked{70};
  const auto list = rc::recommend_history(model, std::span<const std::int64_t>(clicked), {}, {.n = 5});
  REQUIRE(list.size() == 5);
  CHECK(list[0].score > 0.0F);
}

TEST_CASE("hybrid: similar items are those with the largest links") {
  const auto model = fit();
  const auto similar = rc::similar_items(model, std::int64_t{3}, {.n = 5});
  REQUIRE(similar.size() == 5);
  const rc::ItemIx item(3U);
  auto found = scores(model, {.items = std::span(&item, 1)});
  found[3] = 0.0;
  CHECK(static_cast<double>(similar[0].score) == *std::max_element(found.begin(), found.end()));
}

TEST_CASE("hybrid: a profile stands for items like it, and its neighbours' favourites fill the list") {
  const auto all = interactions();
  const auto table = rc::test::random_table(base_items, 0, 9);
  auto items = describe(table);
  auto relatives = rc::find_relatives(items.content, table, all, config.k);
  auto segment_config = config;
  segment_config.segment = 3;
  const auto model = rc::Hybrid::fit(rc::ItemKnn::fit(all, {.k = 2}), std::move(items), std::move(relatives),
                                     describe(rc::test::random_table(users, 0, 15)), segment_config)
                         .with_users(rc::test::random_table(1, 500, 16));
  const auto list = rc::recommend_user(model, std::int64_t{500}, {.n = base_items});
  REQUIRE(list.size() == base_items);
  CHECK(list.front().score > 0.0F);
  for (std::size_t place = 1; place < list.size(); ++place) {
    CHECK(list[place - 1].score >= list[place].score);
  }
  rc::Scratch scratch;
  const auto shares = model.shares({.user = rc::UserIx(users)}, list.front().item, scratch);
  CHECK(shares.of_profile == shares.score);
  CHECK(shares.score > 0.0);

  scratch.mask.allow_all(base_items);
  model.fill({.user = rc::UserIx(users)}, base_items, scratch);
  REQUIRE_FALSE(scratch.ranked.empty());
  for (const auto& entry : scratch.ranked) {
    CHECK(entry.score <= 1.0001F);
    CHECK(model.support(entry.index) > 0);
  }
}

TEST_CASE("hybrid: what is stored comes back, with what was added") {
  const auto model = fit().with_items(rc::test::random_table(4, 1000, 70));
  const auto same = rc::model_from_bytes(rc::to_bytes(rc::AnyModel(model)));
  REQUIRE(same.get_if<rc::Hybrid>() != nullptr);
  for (std::size_t item = 0; item < model.items().size(); ++item) {
    const rc::ItemIx history(item);
    CHECK(scores(model, {.items = std::span(&history, 1)}) ==
          scores(*same.get_if<rc::Hybrid>(), {.items = std::span(&history, 1)}));
  }
}

TEST_CASE("hybrid: what it cannot be made of is refused") {
  const auto all = interactions();
  const auto table = rc::test::random_table(base_items, 0, 9);
  const auto items = describe(table);
  const auto relatives = rc::find_relatives(items.content, table, all, config.k);
  CHECK_THROWS_AS(static_cast<void>(rc::Hybrid::fit(rc::Popularity::fit(all), items, relatives, nobody(), config)),
                  rc::InvalidParameter);
  const auto fewer = rc::Interactions::from_rows(rc::test::random_rows({.users = users, .items = used_items}, 5));
  CHECK_THROWS_AS(static_cast<void>(rc::Hybrid::fit(rc::ItemKnn::fit(fewer), items, relatives, nobody(), config)),
                  rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::Hybrid::fit(rc::ItemKnn::fit(all), items, {}, nobody(), config)),
                  rc::InvalidParameter);
  auto bad = config;
  bad.half_support = -1.0;
  CHECK_THROWS_AS(static_cast<void>(rc::Hybrid::fit(rc::ItemKnn::fit(all), items, relatives, nobody(), bad)),
                  rc::InvalidParameter);
  CHECK_NOTHROW(static_cast<void>(rc::Hybrid::fit(rc::Ease::fit(all), items, relatives, nobody(), config)));
}
