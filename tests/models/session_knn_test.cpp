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
#include <recocore/io/state.hpp>
#include <recocore/models/session_knn.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/events.hpp"

namespace rc = recocore;
using rc::test::Row;

namespace {

using Session = std::vector<std::uint32_t>;
using Scores = std::map<std::uint32_t, double>;

/// Sessions in the order of time, their clicks one after the other.
rc::Interactions interactions_of(const std::vector<Session>& sessions) {
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  std::vector<std::int64_t> times;
  for (std::size_t s = 0; s < sessions.size(); ++s) {
    for (const auto item : sessions[s]) {
      users.push_back(static_cast<std::int64_t>(s));
      items.push_back(item);
      times.push_back(static_cast<std::int64_t>(times.size()));
    }
  }
  rc::EventLogBuilder builder;
  builder.add(
      {.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items), .time = times});
  return rc::Interactions::from_events(builder.finish(), {.duplicates = rc::Duplicates::binary});
}

/// Walks over a ring of items, with steps back and repetitions. Every item occurs, so that positions are ids.
std::vector<Session> random_sessions(std::uint64_t seed, std::uint32_t items = 24, std::size_t count = 90) {
  rc::Random random(seed);
  std::vector<Session> sessions;
  for (std::uint32_t first = 0; first + 1 < items; first += 2) {
    sessions.push_back({first, first + 1});
  }
  while (sessions.size() < count) {
    Session session{static_cast<std::uint32_t>(random.below(items))};
    const std::size_t size = 1 + random.below(9);
    while (session.size() < size) {
      const auto last = session.back();
      const auto choice = random.below(10);
      session.push_back(choice < 2   ? session[random.below(session.size())]
                        : choice < 8 ? static_cast<std::uint32_t>((last + 1 + random.below(3)) % items)
                                     : static_cast<std::uint32_t>(random.below(items)));
    }
    sessions.push_back(session);
  }
  return sessions;
}

/// The model from its formulas alone: maps, no index, nothing kept between requests.
struct Twin {
  const std::vector<Session>& sessions;
  const rc::SessionKnnConfig& config;
  std::uint32_t items;

  [[nodiscard]] double age(std::size_t s) const {
    return static_cast<double>(sessions.size() - s) / static_cast<double>(sessions.size());
  }
  [[nodiscard]] static bool has(const Session& session, std::uint32_t item) {
    return std::find(session.begin(), session.end(), item) != session.end();
  }
  [[nodiscard]] double sessions_with(std::uint32_t item) const {
    return static_cast<double>(
        std::count_if(sessions.begin(), sessions.end(), [item](const auto& s) { return has(s, item); }));
  }
  [[nodiscard]] static std::vector<std::pair<double, std::uint32_t>> best(const Scores& scores, std::size_t most) {
    std::vector<std::pair<double, std::uint32_t>> order;
    for (const auto& [item, score] : scores) {
      if (score > 0.0) {
        order.emplace_back(-static_cast<double>(static_cast<float>(score)), item);
      }
    }
    std::sort(order.begin(), order.end());
    order.resize(std::min(order.size(), most));
    for (auto& entry : order) {
      entry.first = -entry.first;
    }
    return order;
  }
  static double total(const Scores& scores) {
    double sum = 0.0;
    for (const auto& [item, score] : scores) {
      sum += score;
    }
    return sum;
  }

  [[nodiscard]] std::vector<std::pair<double, std::uint32_t>> alike(std::uint32_t i) const {
    Scores sums;
    for (std::size_t s = sessions.size(); s-- > 0;) {
      for (const auto l : sessions[s]) {
        if (has(sessions[s], i) && l != i) {
          sums[l] += 1.0 / std::sqrt(static_cast<double>(sessions[s].size()));
        }
      }
    }
    for (auto& [l, sum] : sums) {
      sum /= std::sqrt(sessions_with(l));
    }
    auto row = best(sums, 30);
    double sum = 0.0;
    for (auto& entry : row) {
      entry.first = std::pow(entry.first, 0.7);
      sum += entry.first;
    }
    for (auto& entry : row) {
      entry.first /= sum;
    }
    return row;
  }

  [[nodiscard]] Scores followers(std::uint32_t i) const {
    Scores sums;
    for (std::size_t s = 0; s < sessions.size(); ++s) {
      const auto& session = sessions[s];
      for (std::size_t a = 0; a < session.size(); ++a) {
        for (std::size_t b = 0; b < session.size(); ++b) {
          const double distance = std::abs(static_cast<double>(a) - static_cast<double>(b));
          if (session[a] == i && a != b && distance <= 30.0) {
            sums[session[b]] += std::exp(-config.recency * age(s)) / distance * (b > a ? 1.0 : config.before_weight);
          }
        }
      }
    }
    const double sum = total(sums);
    for (auto& entry : sums) {
      entry.second /= sum;
    }
    return sums;
  }

  [[nodiscard]] Scores next(std::uint32_t i) const {
    Scores sums;
    for (const auto& [similarity, l] : alike(i)) {
      for (const auto& [share, j] : best(followers(l), 100)) {
        sums[j] += j == i ? 0.0 : similarity * share;
      }
    }
    return sums;
  }

  [[nodiscard]] static std::vector<std::uint32_t> distinct_from_back(const Session& prefix) {
    std::vector<std::uint32_t> distinct;
    for (auto item = prefix.rbegin(); item != prefix.rend(); ++item) {
      if (std::find(distinct.begin(), distinct.end(), *item) == distinct.end() && distinct.size() < 20) {
        distinct.push_back(*item);
      }
    }
    return distinct;
  }

  [[nodiscard]] std::vector<double> reminders() const {
    std::vector<double> came(20, 0.0);
    std::vector<double> could(20, 20.0);
    for (const auto& session : sessions) {
      for (std::size_t place = 1; place < session.size(); ++place) {
        const auto back = distinct_from_back({session.begin(), session.begin() + static_cast<std::ptrdiff_t>(place)});
        for (std::size_t d = 0; d < back.size(); ++d) {
          could[d] += 1.0;
          came[d] += back[d] == session[place] ? 1.0 : 0.0;
        }
      }
    }
    for (std::size_t d = 0; d < came.size(); ++d) {
      came[d] /= could[d];
    }
    return came;
  }

  /// Weights of the query by item, and its items in the order they joined.
  [[nodiscard]] std::pair<Scores, std::vector<std::uint32_t>> query(const Session& prefix) const {
    Scores weights;
    std::vector<std::uint32_t> order;
    for (std::size_t d = 0; d < std::min<std::size_t>(prefix.size(), 20); ++d) {
      const auto item = prefix[prefix.size() - 1 - d];
      const auto steps = static_cast<double>(d);
      if (weights.emplace(item, std::pow(steps + 1.0, -config.position_decay) * std::exp(-0.05 * steps)).second) {
        order.push_back(item);
      }
    }
    const auto given = order;
    for (std::size_t place = 0; place < std::min<std::size_t>(given.size(), 5) && config.expansion > 0.0; ++place) {
      auto row = alike(given[place]);
      row.resize(std::min<std::size_t>(row.size(), 10));
      for (const auto& [similarity, l] : row) {
        if (std::find(given.begin(), given.end(), l) == given.end()) {
          if (weights.find(l) == weights.end()) {
            order.push_back(l);
          }
          weights[l] += weights.at(given[place]) * config.expansion * similarity;
        }
      }
    }
    return {weights, order};
  }

  /// The neighbours, newest first where equal, and the sum of the weights of all.
  [[nodiscard]] std::pair<std::vector<std::pair<double, std::size_t>>, double> neighbours(const Session& prefix,
                                                                                          std::size_t own) const {
    const auto [weights, order] = query(prefix);
    std::vector<float> similarity(sessions.size(), 0.0F);
    for (const auto item : order) {
      std::size_t looked_at = 0;
      for (std::size_t s = sessions.size(); s-- > 0;) {
        if (has(sessions[s], item) && (config.max_sessions == 0 || looked_at++ < config.max_sessions)) {
          similarity[s] += static_cast<float>(weights.at(item));
        }
      }
    }
    std::vector<std::pair<double, std::size_t>> all;
    double sum = 0.0;
    for (std::size_t s = 0; s < sessions.size(); ++s) {
      if (similarity[s] > 0.0F && s != own) {
        const double weight = std::pow(static_cast<double>(similarity[s]), config.neighbour_power) *
                              std::pow(static_cast<double>(sessions[s].size()), -config.length_exponent) *
                              std::exp(-config.recency * age(s));
        sum += weight;
        all.emplace_back(weight, s);
      }
    }
    std::sort(all.rbegin(), all.rend());
    all.resize(std::min(all.size(), config.k));
    return {all, sum};
  }

  static constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();

  [[nodiscard]] Scores scores(const Session& prefix, std::size_t own = nobody) const {
    const auto weights = query(prefix).first;
    const auto [near, met] = neighbours(prefix, own);
    Scores result;
    for (const auto& [weight, s] : near) {
      const auto& session = sessions[s];
      for (std::size_t a = 0; a < session.size(); ++a) {
        const auto matching = weights.find(session[a]);
        for (std::size_t b = 0; b < session.size() && matching != weights.end(); ++b) {
          const double distance = std::abs(static_cast<double>(a) - static_cast<double>(b));
          const double sharpness = b < a ? 1.2 : 1.0;
          const double g = std::pow(distance, -config.distance_decay * sharpness) *
                           std::exp(-0.15 * sharpness * (distance - 1.0)) * (b < a ? config.before_weight : 1.0);
          if (a != b) {
            result[session[b]] += weight * matching->second * g;
          }
        }
      }
    }
    for (auto& [j, score] : result) {
      score *= std::pow(sessions_with(j) + 5.0, -config.popularity_exponent);
    }
    divide(result, total(result));
    Scores hop;
    for (std::size_t d = 0; d < std::min<std::size_t>(prefix.size(), 5); ++d) {
      for (const auto& [j, score] : next(prefix[prefix.size() - 1 - d])) {
        hop[j] += std::pow(static_cast<double>(d) + 1.0, -0.7) * score;
      }
    }
    divide(hop, total(hop));
    for (const auto& [j, score] : hop) {
      result[j] += config.second_hop * std::pow((1.0 + met) / 20.0, -0.3) * score;
    }
    const auto rates = reminders();
    const auto back = distinct_from_back(prefix);
    if (rates[0] < 0.01) {
      result[back[0]] = 0.0;
    }
    double all = 0.0;
    for (std::size_t d = 0; d < back.size(); ++d) {
      all += rates[d];
    }
    for (std::size_t d = 0; d < back.size(); ++d) {
      result[back[d]] += config.reminders * rates[d] / (1.0 - std::min(0.95, all));
    }
    return result;
  }

  static void divide(Scores& scores, double by) {
    for (auto& entry : scores) {
      entry.second /= by > 0.0 ? by : 1.0;
    }
  }

  /// VMIS-kNN, from the paper.
  [[nodiscard]] Scores vmis(const Session& prefix) const {
    const Session latest(prefix.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(4, prefix.size())),
                         prefix.end());
    const auto distinct = distinct_from_back(latest);
    std::vector<float> similarity(sessions.size(), 0.0F);
    for (const auto item : distinct) {
      std::size_t place = latest.size();
      while (latest[place - 1] != item) {
        --place;
      }
      std::size_t looked_at = 0;
      for (std::size_t s = sessions.size(); s-- > 0;) {
        if (has(sessions[s], item) && (config.max_sessions == 0 || looked_at++ < config.max_sessions)) {
          similarity[s] += static_cast<float>(static_cast<double>(place) / static_cast<double>(distinct.size()));
        }
      }
    }
    std::vector<std::pair<float, std::size_t>> near;
    for (std::size_t s = sessions.size(); s-- > 0;) {
      if (similarity[s] > 0.0F && (config.max_sessions == 0 || near.size() < config.max_sessions)) {
        near.emplace_back(similarity[s], s);
      }
    }
    std::sort(near.rbegin(), near.rend());
    near.resize(std::min(near.size(), config.k));
    double clicks = 0.0;
    for (std::uint32_t item = 0; item < items; ++item) {
      clicks += sessions_with(item);
    }
    Scores result;
    for (const auto& [weight, s] : near) {
      std::size_t back = 1;
      while (!has(sessions[s], latest[latest.size() - back])) {
        ++back;
      }
      for (const auto item : std::set<std::uint32_t>(sessions[s].begin(), sessions[s].end())) {
        if (item != latest.back()) {
          result[item] += static_cast<double>(weight) * (1.0 - 0.1 * static_cast<double>(back)) *
                          std::log(clicks / sessions_with(item));
        }
      }
    }
    return result;
  }
};

std::vector<rc::ScoredItem> ranked(const rc::SessionKnn& model, const rc::History& history, std::size_t n = 1000) {
  rc::Scratch scratch;
  scratch.mask.allow_all(model.interactions().items().size());
  model.rank(history, n, scratch);
  return scratch.ranked;
}

std::vector<rc::ItemIx> positions(const Session& items) {
  std::vector<rc::ItemIx> result;
  for (const auto item : items) {
    result.emplace_back(item);
  }
  return result;
}

void check_scores(const std::vector<rc::ScoredItem>& found, const Scores& expected) {
  const auto above_0 = std::count_if(expected.begin(), expected.end(), [](const auto& e) { return e.second > 0.0; });
  REQUIRE(found.size() == static_cast<std::size_t>(above_0));
  CHECK(std::is_sorted(found.begin(), found.end(), rc::ranks_before<rc::ItemIx>));
  for (const auto& [item, score] : found) {
    CHECK(static_cast<double>(score) == doctest::Approx(expected.at(item.value)).epsilon(1e-4));
  }
}

const std::vector<rc::SessionKnnConfig> settings{
    {},
    {.k = 7},
    {.k = 1000, .max_sessions = 4},
    {.max_sessions = 0, .neighbour_power = 1.0, .expansion = 0.0, .second_hop = 0.0},
    {.position_decay = 0.3, .length_exponent = 0.0, .recency = 3.0, .before_weight = 0.0, .reminders = 0.0},
    {.k = 20,
     .neighbour_power = 2.3,
     .distance_decay = 1.4,
     .popularity_exponent = -0.4,
     .expansion = 3.0,
     .second_hop = 2.0,
     .reminders = 0.2}};

}  // namespace

TEST_CASE("session_knn: scores are those of a naive twin") {
  for (const std::uint64_t seed : {1U, 2U}) {
    const auto sessions = random_sessions(seed);
    const auto clicks = interactions_of(sessions);
    const auto prefixes = random_sessions(seed + 10, 24, 24);
    for (const auto& config : settings) {
      const Twin twin{sessions, config, 24};
      const auto model = rc::SessionKnn::fit(clicks, config);
      for (std::size_t p = 12; p < prefixes.size(); ++p) {
        const auto sequence = positions(prefixes[p]);
        check_scores(ranked(model, {.sequence = sequence}), twin.scores(prefixes[p]));
      }
    }
  }
}

TEST_CASE("session_knn: rows and rates are those of the twin") {
  const auto sessions = random_sessions(3);
  const rc::SessionKnnConfig config{.recency = 2.0, .before_weight = 0.4};
  const Twin twin{sessions, config, 24};
  const auto model = rc::SessionKnn::fit(interactions_of(sessions), config);
  const auto rates = twin.reminders();
  CHECK(std::equal(rates.begin(), rates.end(), model.reminder_rates().begin(), model.reminder_rates().end()));
  for (std::uint32_t i = 0; i < 24; ++i) {
    Scores alike;
    for (const auto& [similarity, l] : twin.alike(i)) {
      alike[l] = similarity;
    }
    CHECK(alike.size() == model.alike().of(rc::ItemIx(i)).size());
    for (const auto& [l, similarity] : model.alike().of(rc::ItemIx(i))) {
      CHECK(static_cast<double>(similarity) == doctest::Approx(alike.at(l.value)).epsilon(1e-5));
    }
    const auto row = model.similar_items(rc::ItemIx(i));
    check_scores({row.begin(), row.end()}, twin.next(i));
  }
}

TEST_CASE("session_knn: vmis is the paper's") {
  const auto sessions = random_sessions(5);
  const auto prefixes = random_sessions(6, 24, 40);
  for (const std::size_t max_sessions : {std::size_t{0}, std::size_t{3}, std::size_t{10}}) {
    const rc::SessionKnnConfig config{.scoring = rc::SessionScoring::vmis, .k = 8, .max_sessions = max_sessions};
    const Twin twin{sessions, config, 24};
    const auto model = rc::SessionKnn::fit(interactions_of(sessions), config);
    for (const auto& prefix : prefixes) {
      const auto sequence = positions(prefix);
      check_scores(ranked(model, {.sequence = sequence}), twin.vmis(prefix));
    }
  }
}

TEST_CASE("session_knn: a known user goes on with their own session, repetitions included") {
  const auto sessions = random_sessions(8);
  const rc::SessionKnnConfig config{.k = 12};
  const Twin twin{sessions, config, 24};
  const auto model = rc::SessionKnn::fit(interactions_of(sessions), config);
  for (std::size_t user = 0; user < sessions.size(); ++user) {
    const auto row = model.interactions().by_user().row(rc::UserIx(user));
    check_scores(ranked(model, {.items = row, .user = rc::UserIx(user)}), twin.scores(sessions[user], user));
  }
}

TEST_CASE("session_knn: order and repetition count, unknown items do not, the mask forbids") {
  const auto sessions = random_sessions(9);
  const auto model = rc::SessionKnn::fit(interactions_of(sessions));
  const rc::AnyModel any = model;
  const auto list_of = [&](const std::vector<std::int64_t>& items, const rc::ListOptions& options) {
    return rc::recommend_history(any, std::span(items), {}, options);
  };
  const rc::ListOptions all{.n = 10, .exclude_seen = false};
  CHECK(list_of({3, 4}, all) != list_of({4, 3}, all));
  CHECK(list_of({3, 4, 3}, all) != list_of({4, 3}, all));
  CHECK(list_of({3, 999, 4}, all) == list_of({3, 4}, all));
  const auto seen = list_of({3, 4, 5}, {.n = 30, .exclude_seen = false});
  const auto unseen = list_of({3, 4, 5}, {.n = 30});
  const auto is_seen = [](const auto& entry) { return entry.item.value >= 3 && entry.item.value <= 5; };
  CHECK(std::count_if(seen.begin(), seen.end(), is_seen) == 3);
  CHECK(std::none_of(unseen.begin(), unseen.end(), is_seen));
  auto kept = seen;
  kept.erase(std::remove_if(kept.begin(), kept.end(), is_seen), kept.end());
  const auto by_model = [](const auto& entry) { return entry.tier == rc::Tier::collaborative; };
  const auto count = std::count_if(kept.begin(), kept.end(), by_model);
  REQUIRE(count > 5);
  CHECK(std::equal(kept.begin(), kept.begin() + count, unseen.begin()));
}

TEST_CASE("session_knn: a request leaves nothing behind") {
  const auto model = rc::SessionKnn::fit(interactions_of(random_sessions(4)), {.k = 5});
  const auto other = rc::SessionKnn::fit(interactions_of(random_sessions(5, 40, 60)),
                                         {.scoring = rc::SessionScoring::vmis, .k = 5, .max_sessions = 2});
  rc::Scratch shared;
  for (const auto& prefix : random_sessions(7, 24, 60)) {
    const auto sequence = positions(prefix);
    for (const auto* each : {&model, &other}) {
      shared.mask.allow_all(each->interactions().items().size());
      each->rank({.sequence = sequence}, 9, shared);
      CHECK(shared.ranked == ranked(*each, {.sequence = sequence}, 9));
    }
  }
}

TEST_CASE("session_knn: the same bytes for any number of threads and order of events") {
  const auto sessions = random_sessions(11, 150, 2000);
  const auto clicks = interactions_of(sessions);
  const auto one = rc::SessionKnn::fit(clicks, {}, {.threads = 1});
  auto log = clicks.events();
  std::reverse(log.user.begin(), log.user.end());
  std::reverse(log.item.begin(), log.item.end());
  std::reverse(log.time.begin(), log.time.end());
  const auto turned = rc::Interactions::from_events(std::move(log), {.duplicates = rc::Duplicates::binary});
  const auto many = rc::SessionKnn::fit(turned, {}, {.threads = 5});
  CHECK(one.next_items() == many.next_items());
  CHECK(one.alike() == many.alike());
  CHECK(std::equal(one.reminder_rates().begin(), one.reminder_rates().end(), many.reminder_rates().begin()));
  const auto sequence = positions({5, 6, 7, 6});
  CHECK(ranked(one, {.sequence = sequence}) == ranked(many, {.sequence = sequence}));
}

TEST_CASE("session_knn: state") {
  const auto clicks = interactions_of(random_sessions(12));
  const rc::SessionKnnConfig config{.k = 9,
                                    .max_sessions = 11,
                                    .position_decay = 0.9,
                                    .neighbour_power = 1.1,
                                    .length_exponent = 0.4,
                                    .recency = 1.7,
                                    .distance_decay = 0.6,
                                    .before_weight = 0.7,
                                    .popularity_exponent = 0.1,
                                    .expansion = 0.8,
                                    .second_hop = 0.3,
                                    .reminders = 0.6};
  auto plain = config;
  plain.scoring = rc::SessionScoring::vmis;
  for (const auto& each : {config, plain}) {
    const auto model = rc::SessionKnn::fit(clicks, each);
    const auto bytes = rc::to_bytes(rc::AnyModel(model));
    const auto again = rc::model_from_bytes(bytes);
    const auto* read = again.get_if<rc::SessionKnn>();
    REQUIRE(read != nullptr);
    CHECK(read->config() == each);
    CHECK(read->next_items() == model.next_items());
    const auto sequence = positions({1, 2, 3});
    CHECK(ranked(*read, {.sequence = sequence}) == ranked(model, {.sequence = sequence}));
    for (std::size_t size = 0; size < bytes.size(); size += 7) {
      CHECK_THROWS_AS(static_cast<void>(rc::model_from_bytes(bytes.substr(0, size))), rc::InvalidData);
    }
  }
}

TEST_CASE("session_knn: what is no session") {
  // Nobody, one click, one item over and over, the same moment.
  CHECK(ranked(rc::SessionKnn::fit(interactions_of({})), {}).empty());
  const std::vector<rc::ItemIx> first{rc::ItemIx(0U)};
  const auto alone = rc::SessionKnn::fit(interactions_of({{0}}));
  CHECK(ranked(alone, {.sequence = first}).empty());
  CHECK(ranked(alone, {}).empty());
  const auto same = rc::SessionKnn::fit(interactions_of({{0, 0, 0}, {0, 0}}));
  CHECK(ranked(same, {.sequence = first}).size() == 1);
  CHECK(same.similar_items(rc::ItemIx(0U)).empty());
  std::vector<Row> rows;
  for (const auto* item : {"b", "a", "c"}) {
    rows.push_back({"u", item, 1.0F, 7});
    rows.push_back({"v", item, 1.0F, 7});
  }
  const auto model = rc::SessionKnn::fit(rc::Interactions::from_events(rc::test::log_of(rows, rc::test::with_times)));
  CHECK(ranked(model, {.sequence = first}).size() == 2);

  // Of endless sessions the latest events count.
  Session endless;
  for (std::uint32_t click = 0; click < 700; ++click) {
    endless.push_back(click % 300);
  }
  const auto long_one = rc::SessionKnn::fit(interactions_of({endless, {0, 1}}));
  CHECK(long_one.similar_items(rc::ItemIx(299U)).size() > 30);
  CHECK(long_one.similar_items(rc::ItemIx(120U)).empty());
}

TEST_CASE("session_knn: events without weight, and what interactions left out, are no part of a session") {
  const std::vector<Row> rows{{"u", "a", 1.0F, 1}, {"u", "b", 0.0F, 2}, {"u", "c", 1.0F, 3}, {"v", "a", 1.0F, 4},
                              {"v", "c", 1.0F, 5}, {"w", "d", 1.0F, 6}, {"w", "a", 1.0F, 7}};
  const auto log = rc::test::log_of(rows, rc::test::with_times);
  const auto model = rc::SessionKnn::fit(rc::Interactions::from_events(log, {.min_users_per_item = 2}));
  CHECK(model.interactions().items().size() == 2);
  const std::vector<rc::ItemIx> first{rc::ItemIx(0U)};
  const auto list = ranked(model, {.sequence = first});
  REQUIRE(list.size() == 1);
  CHECK(list[0].index == rc::ItemIx(1U));
}

TEST_CASE("session_knn: no times, bad parameters, limits") {
  const auto untimed = rc::Interactions::from_events(rc::test::log_of({{"u", "a"}, {"u", "b"}}));
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::SessionKnn::fit(untimed)),
                       doctest::Contains("name their timestamp column"), rc::InvalidData);
  const auto clicks = interactions_of(random_sessions(1));
  const auto refuses = [&](const rc::SessionKnnConfig& config, const char* message) {
    CHECK_THROWS_WITH_AS(static_cast<void>(rc::SessionKnn::fit(clicks, config)), doctest::Contains(message),
                         rc::InvalidParameter);
    CHECK_THROWS_AS(static_cast<void>(rc::SessionKnn::estimate_fit_memory(clicks, config)), rc::InvalidParameter);
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  refuses({.k = 0}, "k, the number of neighbouring sessions, must be at least 1; got 0");
  refuses({.position_decay = -1.0}, "position_decay must be from 0 to 4; got -1");
  refuses({.neighbour_power = 0.0}, "neighbour_power must be above 0 and at most 4; got 0");
  refuses({.neighbour_power = nan}, "neighbour_power must be");
  refuses({.length_exponent = 3.0}, "length_exponent must be from 0 to 2; got 3");
  refuses({.recency = nan}, "recency must be from 0 to 20; got nan");
  refuses({.distance_decay = 4.5}, "distance_decay must be from 0 to 4; got 4.5");
  refuses({.before_weight = 1.5}, "before_weight must be from 0 to 1; got 1.5");
  refuses({.popularity_exponent = 2.0}, "popularity_exponent must be from -1 to 1; got 2");
  refuses({.expansion = -0.5}, "expansion must be from 0 to 10; got -0.5");
  refuses({.second_hop = 11.0}, "second_hop must be from 0 to 10; got 11");
  refuses({.reminders = -1.0}, "reminders must be from 0 to 10; got -1");
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::parse_session_scoring("stan")),
                       doctest::Contains("unknown scoring 'stan'; known are 'full', 'vmis'"), rc::InvalidParameter);

  const auto estimate = rc::SessionKnn::estimate_fit_memory(clicks);
  CHECK_NOTHROW(static_cast<void>(rc::SessionKnn::fit(clicks, {}, {.memory_limit = estimate})));
  CHECK_THROWS_AS(static_cast<void>(rc::SessionKnn::fit(clicks, {}, {.memory_limit = estimate / 2})),
                  rc::MemoryLimitExceeded);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::SessionKnn::fit(clicks, {}, {.stop = stop.get_token()})), rc::Cancelled);
}
