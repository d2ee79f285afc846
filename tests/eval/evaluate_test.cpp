#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/data/split.hpp>
#include <recocore/eval/evaluate.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>

#include "../support/events.hpp"
#include "../support/random_interactions.hpp"

namespace rc = recocore;
using rc::test::Row;

namespace {

rc::Interactions interactions_of(const std::vector<Row>& rows) {
  return rc::Interactions::from_events(rc::test::log_of(rows));
}

/// Popularity: tea (3 users), milk (2), rice (1), salt (1).
rc::Interactions shop() {
  return interactions_of({{"ann", "tea"},
                          {"ann", "milk"},
                          {"bob", "tea"},
                          {"bob", "milk"},
                          {"cat", "tea"},
                          {"cat", "rice"},
                          {"dan", "salt"}});
}

}  // namespace

TEST_CASE("an evaluation by hand") {
  const auto train = shop();
  const rc::AnyModel model = rc::Popularity::fit(train);
  // ann sees rice, salt; cat sees milk, salt; eve, unknown, sees tea, milk.
  const auto test = interactions_of({{"ann", "salt"}, {"ann", "cake"}, {"cat", "milk"}, {"eve", "rice"}});
  const auto result = rc::evaluate(model, train, test, nullptr, {.n = 2});

  CHECK(result.users == std::vector{rc::UserIx(0U), rc::UserIx(1U), rc::UserIx(2U)});
  CHECK(result.per_user.recall == std::vector{0.5, 1.0, 0.0});
  CHECK(result.per_user.precision == std::vector{0.5, 0.5, 0.0});
  CHECK(result.per_user.mrr == std::vector{0.5, 1.0, 0.0});
  CHECK(result.per_user.hit_rate == std::vector{1.0, 1.0, 0.0});
  CHECK(result.per_user.map == std::vector{0.25, 1.0, 0.0});
  CHECK(result.mean.recall == doctest::Approx(0.5));
  CHECK(result.mean.map == doctest::Approx(1.25 / 3.0));
  CHECK(result.mean.ndcg == doctest::Approx(((1.0 / std::log2(3.0)) / (1.0 + 1.0 / std::log2(3.0)) + 1.0) / 3.0));

  CHECK(result.test_interactions == 4);
  CHECK(result.unknown_items == 1);
  CHECK(result.cold_users == 1);
  CHECK(result.repeated == 0);
  CHECK(result.coverage == doctest::Approx(1.0));
  // milk twice, rice once, salt twice, tea once.
  CHECK(result.novelty == doctest::Approx((2.0 * 1.0 + 2.0 + 2.0 * 2.0 - std::log2(0.75)) / 6.0));
  CHECK(result.gini == doctest::Approx(1.0 / 6.0));
}

TEST_CASE("what a user had already is neither recommended nor relevant, unless asked for") {
  const auto train = shop();
  const rc::AnyModel model = rc::Popularity::fit(train);
  const auto test = interactions_of({{"ann", "tea"}, {"ann", "rice"}, {"bob", "tea"}});

  const auto fresh = rc::evaluate(model, train, test, nullptr, {.n = 1});
  CHECK(fresh.repeated == 2);
  CHECK(fresh.users == std::vector{rc::UserIx(0U)});
  CHECK(fresh.per_user.recall == std::vector{1.0});

  const auto all = rc::evaluate(model, train, test, nullptr, {.n = 1, .exclude_seen = false});
  CHECK(all.repeated == 0);
  CHECK(all.per_user.recall == std::vector{0.5, 1.0});
}

TEST_CASE("history stands before train, and train need not be what the model was fitted on") {
  const rc::AnyModel model = rc::Popularity::fit(shop());
  const auto train = interactions_of({{"ann", "tea"}, {"eve", "milk"}});
  const auto history = interactions_of({{"ann", "milk"}, {"ann", "honey"}});
  const auto test = interactions_of({{"ann", "tea"}, {"eve", "tea"}});

  const auto with_history = rc::evaluate(model, train, test, &history, {.n = 1});
  CHECK(with_history.per_user.recall == std::vector{1.0, 1.0});
  CHECK(with_history.repeated == 0);
  const auto without = rc::evaluate(model, train, test, nullptr, {.n = 1});
  CHECK(without.users == std::vector{rc::UserIx(1U)});
  CHECK(without.repeated == 1);
}

TEST_CASE("an item repeated in the test part is left out even when the model does not know it") {
  const rc::AnyModel model = rc::Popularity::fit(shop());
  const auto train = interactions_of({{"ann", "cake"}});
  const auto test = interactions_of({{"ann", "cake"}, {"ann", "tea"}});
  const auto result = rc::evaluate(model, train, test, nullptr, {.n = 1});
  CHECK(result.repeated == 1);
  CHECK(result.unknown_items == 0);
  CHECK(result.cold_users == 1);
  CHECK(result.per_user.recall == std::vector{1.0});
}

TEST_CASE("a user whose history is empty is looked up in train") {
  const auto matrix = [](std::vector<std::uint64_t> offsets, std::vector<rc::ItemIx> items) {
    rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
    rows.offsets = std::move(offsets);
    rows.indices = std::move(items);
    rows.columns = 3;
    return rc::Interactions::from_rows(rows);
  };
  const auto train = matrix({0, 1, 2}, {rc::ItemIx(0U), rc::ItemIx(1U)});
  const auto history = matrix({0, 0, 1}, {rc::ItemIx(2U)});
  const auto test = matrix({0, 1, 1}, {rc::ItemIx(0U)});
  const auto repeated = [&](const rc::Interactions* given) {
    return rc::test::message_of<rc::InvalidData>(
        [&] { static_cast<void>(rc::evaluate(rc::Popularity::fit(train), train, test, given)); });
  };
  CHECK(rc::test::contains(repeated(nullptr), "1 are with items already"));
  CHECK(repeated(&history) == repeated(nullptr));
}

TEST_CASE("the weights of a history count") {
  // tea goes with milk, rum with coke; ann likes rum more.
  const auto fitted = interactions_of({{"a", "tea"}, {"a", "milk"}, {"b", "rum"}, {"b", "coke"}});
  const auto train = interactions_of({{"ann", "tea", 1.0F}, {"ann", "rum", 5.0F}});
  const auto test = interactions_of({{"ann", "coke"}});
  const auto result = rc::evaluate(rc::ItemKnn::fit(fitted), train, test, nullptr, {.n = 1});
  CHECK(result.mean.hit_rate == doctest::Approx(1.0));
  const auto reversed = interactions_of({{"ann", "tea", 5.0F}, {"ann", "rum", 1.0F}});
  CHECK(rc::evaluate(rc::ItemKnn::fit(fitted), reversed, test, nullptr, {.n = 1}).mean.hit_rate ==
        doctest::Approx(0.0));
}

TEST_CASE("a list longer than the catalogue is evaluated as it is") {
  const auto train = shop();
  const auto test = interactions_of({{"ann", "salt"}});
  const auto result = rc::evaluate(rc::Popularity::fit(train), train, test, nullptr, {.n = 50});
  CHECK(result.mean.recall == doctest::Approx(1.0));
  CHECK(result.mean.precision == doctest::Approx(0.02));
}

TEST_CASE("errors of an evaluation say what to do") {
  const auto train = shop();
  const rc::AnyModel model = rc::Popularity::fit(train);
  const auto message = [&]<class Error>(const rc::Interactions& test, const rc::EvaluateConfig& config, const Error*) {
    return rc::test::message_of<Error>([&] { static_cast<void>(rc::evaluate(model, train, test, nullptr, config)); });
  };
  constexpr const rc::InvalidParameter* bad_parameter = nullptr;
  constexpr const rc::InvalidData* bad_data = nullptr;
  constexpr const rc::IdTypeError* bad_ids = nullptr;
  CHECK(rc::test::contains(message(train, {.n = 0}, bad_parameter), "n, the length of the lists"));
  CHECK(rc::test::contains(message(train, {}, bad_data), "of its 7 interactions, 7 are with items already"));
  CHECK(rc::test::contains(message(rc::Interactions{}, {}, bad_data), "of its 0 interactions"));
  const auto numbers = rc::test::random_interactions({}, 1);
  CHECK(rc::test::contains(message(numbers, {}, bad_ids), "give all parts the same kind of ids"));
}

TEST_CASE("a stopped evaluation is cancelled") {
  const auto train = rc::test::random_interactions({.users = 200}, 1);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::evaluate(rc::Popularity::fit(train), train, train, nullptr,
                                                 {.exclude_seen = false}, {.stop = stop.get_token()})),
                  rc::Cancelled);
}

TEST_CASE("a split by user is evaluated on its histories") {
  const auto all = rc::test::random_interactions({.users = 120, .items = 40}, 4);
  const auto split = rc::split_by_user(all, 0.3, 0.5, 1);
  const rc::AnyModel model = rc::ItemKnn::fit(split.train);
  const auto warm = rc::evaluate(model, split.train, split.test, &split.history, {.n = 5});
  CHECK(warm.cold_users == 0);
  CHECK(warm.repeated == 0);
  CHECK(warm.users.size() == split.test.users().size());
  const auto cold = rc::evaluate(model, split.train, split.test, nullptr, {.n = 5});
  CHECK(cold.cold_users == cold.users.size());
}
