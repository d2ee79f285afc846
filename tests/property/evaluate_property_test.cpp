/// The evaluation beside one that shares nothing with it but the lists: sets of ids, and formulas written out.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/eval/evaluate.hpp>
#include <recocore/models/item_knn.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

using Ids = std::set<std::int64_t>;

/// Random interactions with the odd numbers 2 offset + 1, 2 offset + 3 ... as ids, so that ids are not positions.
rc::Interactions sparse_ids(const rc::test::RandomShop& shop, std::int64_t offset, std::uint64_t seed) {
  const auto rows = rc::test::random_rows(shop, seed);
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  for (std::size_t u = 0; u < rows.rows(); ++u) {
    for (const auto item : rows.row(rc::UserIx(u))) {
      users.push_back(2 * (static_cast<std::int64_t>(u) + offset) + 1);
      items.push_back(2 * (static_cast<std::int64_t>(item.value) + offset) + 1);
    }
  }
  rc::EventBatch batch{.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)};
  if (!rows.is_binary()) {
    batch.weight = std::span<const float>(rows.values);
  }
  rc::EventLogBuilder builder;
  builder.add(batch);
  return rc::Interactions::from_events(builder.finish());
}

std::map<std::int64_t, Ids> items_by_user(const rc::Interactions& interactions) {
  std::map<std::int64_t, Ids> result;
  for (std::size_t u = 0; u < interactions.users().size(); ++u) {
    for (const auto item : interactions.by_user().row(rc::UserIx(u))) {
      result[std::get<std::int64_t>(interactions.users().at(u))].insert(
          std::get<std::int64_t>(interactions.items().at(item.value)));
    }
  }
  return result;
}

/// The list for a history of ids, each counting 1.
std::vector<std::int64_t> listed(const rc::AnyModel& model, const Ids& history, const rc::EvaluateConfig& config) {
  const auto& ids = model.interactions().items();
  std::vector<rc::ItemIx> items;
  for (const auto id : history) {
    if (const auto position = ids.find(id)) {
      items.push_back(rc::ItemIx(*position));
    }
  }
  rc::Scratch scratch;
  std::vector<rc::Recommendation> list;
  model.recommend({.history = {items, {}}, .n = config.n, .exclude_seen = config.exclude_seen}, scratch, list);
  std::vector<std::int64_t> result;
  result.reserve(list.size());
  for (const auto& entry : list) {
    result.push_back(std::get<std::int64_t>(ids.at(entry.item.value)));
  }
  return result;
}

rc::MetricSet<double> naive(const std::vector<std::int64_t>& list, const Ids& relevant, std::size_t n) {
  rc::MetricSet<double> m;
  double ideal = 0.0;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    const double gain = 1.0 / std::log2(static_cast<double>(rank) + 1.0);
    ideal += rank <= relevant.size() ? gain : 0.0;
    if (rank > list.size() || !relevant.contains(list[rank - 1])) {
      continue;
    }
    m.ndcg += gain;
    m.recall += 1.0;
    m.map += m.recall / static_cast<double>(rank);
    m.mrr = m.hit_rate == 0.0 ? 1.0 / static_cast<double>(rank) : m.mrr;
    m.hit_rate = 1.0;
  }
  m.precision = m.recall / static_cast<double>(n);
  m.recall /= static_cast<double>(relevant.size());
  m.map /= static_cast<double>(relevant.size());
  m.ndcg /= ideal;
  return m;
}

void check_against_naive(const rc::AnyModel& model, const rc::Interactions& train, const rc::Interactions& test,
                         const rc::Interactions* history, const rc::EvaluateConfig& config) {
  const auto result = rc::evaluate(model, train, test, history, config, {.threads = 2});
  const auto train_items = items_by_user(train);
  const auto history_items = history == nullptr ? std::map<std::int64_t, Ids>{} : items_by_user(*history);

  std::size_t row = 0;
  rc::MetricSet<double> sum;
  std::map<std::int64_t, double> times;
  double bits = 0.0;
  double entries = 0.0;
  std::uint64_t repeated = 0;
  for (const auto& [user, wanted] : items_by_user(test)) {
    Ids known;
    if (history_items.contains(user)) {
      known = history_items.at(user);
    } else if (train_items.contains(user)) {
      known = train_items.at(user);
    }
    Ids relevant;
    std::copy_if(wanted.begin(), wanted.end(), std::inserter(relevant, relevant.end()),
                 [&](std::int64_t item) { return !config.exclude_seen || !known.contains(item); });
    repeated += wanted.size() - relevant.size();
    if (relevant.empty()) {
      continue;
    }
    const auto list = listed(model, known, config);
    const auto expected = naive(list, relevant, config.n);
    REQUIRE(row < result.users.size());
    CHECK(std::get<std::int64_t>(test.users().at(result.users[row].value)) == user);
    for (std::size_t f = 0; f < rc::metric_fields<double>.size(); ++f) {
      const auto& [name, field] = rc::metric_fields<double>[f];
      INFO(name);
      CHECK((result.per_user.*rc::metric_fields<std::vector<double>>[f].second)[row] ==
            doctest::Approx(expected.*field).epsilon(1e-12));
      sum.*field += expected.*field;
    }
    for (const auto item : list) {
      const auto users = std::count_if(train_items.begin(), train_items.end(),
                                       [&](const auto& other) { return other.second.contains(item); });
      bits -=
          std::log2(static_cast<double>(std::max<std::ptrdiff_t>(1, users)) / static_cast<double>(train_items.size()));
      entries += 1.0;
      times[item] += 1.0;
    }
    ++row;
  }
  CHECK(row == result.users.size());
  CHECK(repeated == result.repeated);
  for (const auto& [name, field] : rc::metric_fields<double>) {
    INFO(name);
    CHECK(result.mean.*field == doctest::Approx(sum.*field / static_cast<double>(row)).epsilon(1e-12));
  }
  const auto items = static_cast<double>(model.interactions().items().size());
  CHECK(result.coverage == doctest::Approx(static_cast<double>(times.size()) / items));
  CHECK(result.novelty == doctest::Approx(bits / entries));
}

}  // namespace

TEST_CASE("evaluations equal the naive ones, for strangers and new items too") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto fitted = sparse_ids({.users = 60, .items = 30}, 0, seed);
    const auto train = sparse_ids({.users = 50, .items = 30}, 5, seed + 100);
    const auto test = sparse_ids({.users = 60, .items = 30, .density = 0.15}, 10, seed + 200);
    const auto history = sparse_ids({.users = 20, .items = 30}, 3, seed + 300);
    const rc::AnyModel model = rc::ItemKnn::fit(fitted, {.k = 5});
    for (const std::size_t n : {1U, 4U, 40U}) {
      for (const bool exclude_seen : {true, false}) {
        check_against_naive(model, train, test, nullptr, {.n = n, .exclude_seen = exclude_seen});
        check_against_naive(model, train, test, &history, {.n = n, .exclude_seen = exclude_seen});
      }
    }
  }
}

TEST_CASE("an evaluation does not depend on the number of threads") {
  const auto train = sparse_ids({.users = 300, .items = 50, .largest_weight = 4.0}, 0, 1);
  const auto test = sparse_ids({.users = 320, .items = 55, .density = 0.1}, 4, 2);
  const rc::AnyModel model = rc::ItemKnn::fit(train, {.k = 10});
  const auto one = rc::evaluate(model, train, test, nullptr, {.n = 7}, {.threads = 1});
  CHECK(one == rc::evaluate(model, train, test, nullptr, {.n = 7}, {.threads = 2}));
  CHECK(one == rc::evaluate(model, train, test, nullptr, {.n = 7}, {.threads = 7}));
}
