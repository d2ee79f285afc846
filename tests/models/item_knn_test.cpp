#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

/// Bread and butter go together, bread and jam sometimes, tea with nothing.
rc::Interactions breakfast() {
  rc::EventLogBuilder builder;
  const std::vector<std::string_view> users{"ann", "ann", "bob", "bob", "cat", "cat", "dan", "eve"};
  const std::vector<std::string_view> items{"bread", "butter", "bread", "butter", "bread", "jam", "tea", "bread"};
  builder.add({.user = std::span(users), .item = std::span(items)});
  return rc::Interactions::from_events(builder.finish());
}

/// The list of the first user.
std::vector<rc::Recommendation> first_list(const rc::AnyModel& model, const rc::IdColumn& users,
                                           const rc::ListOptions& options = {}) {
  const auto lists = rc::recommend_users(model, users, options);
  return {lists[0].begin(), lists[0].end()};
}

std::string_view text(const rc::AnyModel& model, rc::ItemIx item) {
  return std::get<std::string_view>(model.interactions().items().at(item.value));
}

}  // namespace

TEST_CASE("a list by real ids") {
  const rc::AnyModel model = rc::ItemKnn::fit(breakfast());
  const std::vector<std::string_view> users{"eve", "dan"};
  const auto lists = rc::recommend_users(model, std::span<const std::string_view>(users), {.n = 3});
  REQUIRE(lists.size() == 2);
  const auto eve = lists[0];
  REQUIRE(eve.size() == 3);
  CHECK(text(model, eve[0].item) == "butter");  // 2 / sqrt(4 * 2)
  CHECK(static_cast<double>(eve[0].score) == doctest::Approx(0.70710678));
  CHECK(text(model, eve[1].item) == "jam");  // 1 / sqrt(4 * 1)
  CHECK(static_cast<double>(eve[1].score) == doctest::Approx(0.5));
  CHECK(eve[1].tier == rc::Tier::collaborative);
  CHECK(text(model, eve[2].item) == "tea");
  CHECK(eve[2].tier == rc::Tier::popular);
  CHECK(static_cast<double>(eve[2].score) == doctest::Approx(1.0 / 5 - 1));  // one of five users has it

  const auto dan = lists[1];
  REQUIRE(dan.size() == 3);
  CHECK(text(model, dan[0].item) == "bread");
  CHECK(dan[0].tier == rc::Tier::popular);
}

TEST_CASE("ties go to the smaller id") {
  const rc::AnyModel model = rc::ItemKnn::fit(breakfast());
  const std::vector<std::string_view> nobody{};
  const auto list = rc::recommend_history(model, std::span<const std::string_view>(nobody), {}, {.n = 4});
  REQUIRE(list.size() == 4);
  CHECK(text(model, list[0].item) == "bread");
  CHECK(text(model, list[1].item) == "butter");
  CHECK(text(model, list[2].item) == "jam");  // one user each
  CHECK(text(model, list[3].item) == "tea");
}

TEST_CASE("a visitor: order and repetition of clicks do not matter, unknown ones are passed over") {
  const rc::AnyModel model = rc::ItemKnn::fit(breakfast());
  const auto list_for = [&](std::vector<std::string_view> items, rc::OnUnknown on_unknown = rc::OnUnknown::popular) {
    return rc::recommend_history(model, std::span<const std::string_view>(items), {}, {.on_unknown = on_unknown});
  };
  const auto plain = list_for({"bread", "jam"});
  CHECK(list_for({"jam", "bread", "jam"}) == plain);
  CHECK(list_for({"jam", "soap", "bread"}) == plain);
  CHECK(list_for({"soap"}, rc::OnUnknown::empty).empty());
  CHECK(list_for({"soap"}).size() == 4);
  CHECK_THROWS_WITH_AS(list_for({"bread", "soap"}, rc::OnUnknown::error), doctest::Contains("unknown item 'soap'"),
                       rc::UnknownId);
}

TEST_CASE("a visitor: weights whose sum no float holds are refused") {
  const auto model = rc::AnyModel(rc::ItemKnn::fit(rc::test::random_interactions({}, 3)));
  const std::vector<std::int64_t> twice{0, 0};
  const std::vector<float> huge{3e38F, 3e38F};
  CHECK_THROWS_AS(static_cast<void>(rc::recommend_history(model, std::span(twice), huge)), rc::InvalidData);
}

TEST_CASE("unknown users: popular, empty or an error") {
  const rc::AnyModel model = rc::ItemKnn::fit(breakfast());
  const std::vector<std::string_view> users{"zoe"};
  const rc::IdColumn column{std::span<const std::string_view>(users)};
  CHECK(first_list(model, column, {.n = 2}).size() == 2);
  CHECK(first_list(model, column, {.n = 2})[0].tier == rc::Tier::popular);
  CHECK(first_list(model, column, {.on_unknown = rc::OnUnknown::empty}).empty());
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::recommend_users(model, column, {.on_unknown = rc::OnUnknown::error})),
                       doctest::Contains("unknown user 'zoe'"), rc::UnknownId);
}

TEST_CASE("an id of the other kind is a mistake, not an unknown id") {
  const rc::AnyModel model = rc::ItemKnn::fit(breakfast());
  const std::vector<std::int64_t> users{42};
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::recommend_users(model, std::span<const std::int64_t>(users))),
                       doctest::Contains("the model's user ids are text, but 42 is integer"), rc::IdTypeError);
}

TEST_CASE("similar items: no filling, filters before the cut") {
  const rc::AnyModel model = rc::ItemKnn::fit(breakfast());
  const auto similar = rc::similar_items(model, "bread");
  REQUIRE(similar.size() == 2);
  CHECK(text(model, similar[0].item) == "butter");
  CHECK(text(model, similar[1].item) == "jam");
  const std::vector<std::string_view> butter{"butter"};
  const auto without =
      rc::similar_items(model, "bread", {.n = 1, .exclude = std::span<const std::string_view>(butter)});
  REQUIRE(without.size() == 1);
  CHECK(text(model, without[0].item) == "jam");
  CHECK(rc::similar_items(model, "soap", {.n = 2}).size() == 2);
  CHECK(rc::similar_items(model, "soap", {.on_unknown = rc::OnUnknown::empty}).empty());
}

TEST_CASE("a similarity that is not symmetric: lists from the item, scores by the candidate's nearest") {
  using enum rc::Similarity;
  const auto shop = rc::test::random_interactions({}, 21);
  const rc::SimilarityConfig configs[] = {{.similarity = conditional_probability},
                                          {.similarity = tversky, .alpha = 0.9, .beta = 0.2},
                                          {.similarity = asymmetric_cosine, .alpha = 0.8}};
  for (const auto& similarity : configs) {
    const auto full = rc::ItemKnn::fit(shop, {.k = 1000, .similarity = similarity});
    const auto cut = rc::ItemKnn::fit(shop, {.k = 3, .similarity = similarity});
    for (std::size_t j = 0; j < shop.items().size(); ++j) {
      // The column of the full matrix, ranked, is what the candidate keeps.
      std::vector<rc::ScoredItem> column;
      for (std::size_t i = 0; i < shop.items().size(); ++i) {
        for (const auto& entry : full.similar_items(rc::ItemIx(i))) {
          if (entry.index == rc::ItemIx(j)) {
            column.push_back({rc::ItemIx(i), entry.score});
          }
        }
      }
      rc::keep_best(column, 3);
      const auto nearest = cut.nearest().of(rc::ItemIx(j));
      CHECK(std::equal(column.begin(), column.end(), nearest.begin(), nearest.end()));
    }
    CHECK_FALSE(cut.nearest() == cut.similar());
    const auto again = rc::ItemKnn::from_parts(shop, cut.config(), cut.similar(), cut.nearest());
    CHECK(again.nearest() == cut.nearest());
    CHECK_THROWS_AS(static_cast<void>(rc::ItemKnn::from_parts(shop, cut.config(), cut.similar())), rc::InvalidData);
  }
}

TEST_CASE("batches are the same lists for any number of threads") {
  const rc::AnyModel model = rc::ItemKnn::fit(rc::test::random_interactions({.users = 500, .items = 60}, 9), {.k = 8});
  std::vector<std::int64_t> users;
  for (std::int64_t u = 499; u >= -3; --u) {
    users.push_back(u);
  }
  const rc::IdColumn column{std::span<const std::int64_t>(users)};
  const auto one = rc::recommend_users(model, column, {}, {.threads = 1});
  const auto many = rc::recommend_users(model, column, {}, {.threads = 5});
  CHECK(one.entries == many.entries);
  CHECK(one.offsets == many.offsets);
  CHECK(one.entries.size() == users.size() * 10);
}

TEST_CASE("batches are the lists of their users, also where some are short or none") {
  const rc::AnyModel model = rc::ItemKnn::fit(rc::test::random_interactions({.users = 200, .items = 40}, 9), {.k = 4});
  std::vector<std::int64_t> users;
  for (std::int64_t u = 0; u < 200; ++u) {
    users.push_back(u);
    users.push_back(u % 7 == 0 ? -u - 1 : u);  // unknown ones among them
  }
  const rc::IdColumn column{std::span<const std::int64_t>(users)};
  const std::vector<std::int64_t> some{3, 4, 5, 6, 30, 31, 32};
  for (const rc::ListOptions& options :
       {rc::ListOptions{.n = 35}, rc::ListOptions{.n = 1000, .on_unknown = rc::OnUnknown::empty},
        rc::ListOptions{.n = 5, .candidates = std::span(some), .on_unknown = rc::OnUnknown::empty},
        rc::ListOptions{.n = 5, .exclude = std::span(some), .candidates = std::span(some)}}) {
    for (const unsigned threads : {1U, 3U}) {
      const auto lists = rc::recommend_users(model, column, options, {.threads = threads});
      REQUIRE(lists.size() == users.size());
      CHECK(lists.offsets.back() == lists.entries.size());
      for (std::size_t u = 0; u < users.size(); ++u) {
        const auto alone = rc::recommend_user(model, users[u], options);
        CHECK(std::equal(lists[u].begin(), lists[u].end(), alone.begin(), alone.end()));
      }
    }
  }
}

TEST_CASE("a list is appended to what is there already") {
  const rc::AnyModel model = rc::ItemKnn::fit(breakfast());
  rc::Scratch scratch;
  std::vector<rc::Recommendation> lists;
  const std::vector<std::string_view> clicked{"bread", "jam"};
  const std::span<const std::string_view> history(clicked);
  rc::recommend_user(model, "eve", {.n = 2}, scratch, lists);
  rc::recommend_history(model, history, {}, {.n = 3}, scratch, lists);
  rc::similar_items(model, "bread", {.n = 1}, scratch, lists);
  rc::similar_items(model, "bread", {.n = 2}, scratch, lists);
  auto expected = rc::recommend_user(model, "eve", {.n = 2});
  for (const auto& more : {rc::recommend_history(model, history, {}, {.n = 3}),
                           rc::similar_items(model, "bread", {.n = 1}), rc::similar_items(model, "bread", {.n = 2})}) {
    expected.insert(expected.end(), more.begin(), more.end());
  }
  CHECK(lists == expected);
}

TEST_CASE("parts that do not belong together are refused") {
  const auto shop = rc::test::random_interactions({}, 9);
  const auto model = rc::ItemKnn::fit(shop, {.k = 3});
  const auto again = rc::ItemKnn::from_parts(shop, model.config(), model.similar());
  CHECK(again.similar() == model.similar());

  const auto refuses = [&](const auto& spoil) {
    auto neighbours = model.similar();
    spoil(neighbours);
    CHECK_THROWS_AS(static_cast<void>(rc::ItemKnn::from_parts(shop, model.config(), neighbours)), rc::InvalidData);
  };
  refuses([](auto& n) { n.entries[0].index = rc::ItemIx(1000U); });
  refuses([](auto& n) { n.entries[0].score = -1.0F; });
  refuses([](auto& n) { n.entries[0].score = std::numeric_limits<float>::quiet_NaN(); });
  refuses([](auto& n) { std::swap(n.entries[0], n.entries[1]); });
  refuses([](auto& n) { n.entries[1].index = n.entries[0].index; });
  refuses([](auto& n) { n.offsets[1] = n.offsets[2]; });
  refuses([](auto& n) { n.offsets.back() += 1; });
  refuses([](auto& n) { n.offsets.pop_back(); });
  refuses([](auto& n) { std::swap(n.offsets[1], n.offsets[2]); });
}

TEST_CASE("one user, one item, nobody at all, everybody the same") {
  const auto fit = [](std::vector<std::int64_t> users, std::vector<std::int64_t> items) {
    rc::EventLogBuilder builder;
    builder.add({.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)});
    return rc::AnyModel(rc::ItemKnn::fit(rc::Interactions::from_events(builder.finish())));
  };
  const std::vector<std::int64_t> one{1};
  const rc::IdColumn user_1{std::span<const std::int64_t>(one)};
  CHECK(first_list(fit({1}, {1}), user_1).empty());
  CHECK(first_list(fit({1}, {1}), user_1, {.exclude_seen = false}).size() == 1);
  CHECK(first_list(fit({}, {}), user_1).empty());
  const auto same = fit({1, 1, 2, 2, 3, 3}, {7, 8, 7, 8, 7, 8});
  CHECK(first_list(same, user_1).empty());
  const auto similar = rc::similar_items(same, std::int64_t{7});
  REQUIRE(similar.size() == 1);
  CHECK(static_cast<double>(similar[0].score) == doctest::Approx(1.0));
}
