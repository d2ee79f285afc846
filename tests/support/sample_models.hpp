/// A small model of each kind, for tests of files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/content/content_features.hpp>
#include <recocore/core/random.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/models/als.hpp>
#include <recocore/models/blend.hpp>
#include <recocore/models/content_knn.hpp>
#include <recocore/models/ease.hpp>
#include <recocore/models/graph_filter.hpp>
#include <recocore/models/hybrid.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/next_basket.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/models/rp3beta.hpp>
#include <recocore/models/session_knn.hpp>
#include <recocore/models/slim.hpp>
#include <recocore/models/sparse_ease.hpp>
#include <recocore/models/user_knn.hpp>
#include <recocore/rank/serve.hpp>

#include "random_table.hpp"

namespace recocore::test {

/// Events of `users` users with `items` items, some pairs more than once, in the order of a shuffle.
struct SampleEvents {
  std::size_t users = 14;
  std::size_t items = 11;
  std::size_t events = 90;
  std::uint64_t shuffle = 1;
};

/// Text ids, weights and times.
[[nodiscard]] inline EventLog sample_log(const SampleEvents& sample = {}) {
  Random random(9);
  struct Event {
    std::string user;
    std::string item;
    float weight;
    std::int64_t time;
  };
  std::vector<Event> events;
  for (std::size_t e = 0; e < sample.events; ++e) {
    const auto item = random.below(1 + random.below(sample.items));
    events.push_back({"user " + std::to_string(random.below(sample.users)), "item " + std::to_string(item),
                      static_cast<float>(1 + random.below(6)) / 2.0F,
                      1'700'000'000'000'000 + static_cast<std::int64_t>(random.below(40)) * 3'600'000'000});
  }
  Random order(sample.shuffle);
  for (std::size_t e = events.size(); e > 1; --e) {
    std::swap(events[e - 1], events[order.below(e)]);
  }
  std::vector<std::string_view> users;
  std::vector<std::string_view> items;
  std::vector<float> weights;
  std::vector<std::int64_t> times;
  for (const auto& event : events) {
    users.emplace_back(event.user);
    items.emplace_back(event.item);
    weights.push_back(event.weight);
    times.push_back(event.time);
  }
  EventLogBuilder builder;
  builder.add({.user = IdColumn(std::span<const std::string_view>(users)),
               .item = IdColumn(std::span<const std::string_view>(items)),
               .weight = std::span<const float>(weights),
               .time = times});
  return builder.finish();
}

[[nodiscard]] inline Interactions sample_interactions(const SampleEvents& sample = {}) {
  return Interactions::from_events(sample_log(sample));
}

/// What people and items are, with weights that were not learned.
[[nodiscard]] inline Described sample_description(const AttributeTable& table) {
  const RunOptions one{.threads = 1};
  auto features = ContentFeatures::fit(table, one);
  const auto rows = features.encode_all(table, one);
  std::vector<double> weights;
  for (std::size_t column = 0; column < features.columns().size(); ++column) {
    weights.push_back(column % 3 == 0 ? 0.2 : 0.08);
  }
  return {.rows = Catalogue(table), .content = ContentIndex::make(std::move(features), std::move(weights), rows, one)};
}

/// Ids are integers; some items have nobody, and some items and users came after the fit.
[[nodiscard]] inline Hybrid sample_hybrid() {
  constexpr std::size_t all_items = 16;
  constexpr std::size_t used_items = 9;
  constexpr std::size_t users = 12;
  Random random(4);
  SparseRows<UserIx, ItemIx> rows;
  rows.columns = used_items;
  for (std::size_t user = 0; user < users; ++user) {
    for (std::size_t item = 0; item < used_items; ++item) {
      if (random.below(3) == 0) {
        rows.indices.emplace_back(item);
      }
    }
    rows.offsets.push_back(rows.indices.size());
  }
  const auto seen = Interactions::from_rows(std::move(rows));
  const auto all = seen.extended(seen.users(), IdMap::range(all_items));
  const RunOptions one{.threads = 1};
  const auto table = random_table(all_items, 0, 9);
  auto items = sample_description(table);
  auto relatives = find_relatives(items.content, table, all, 4, one);
  const HybridConfig config{.half_support = 4.0, .inheritance = 0.8, .likeness = 0.4, .k = 4};
  const std::vector<std::int64_t> gone{3};
  return Hybrid::fit(ItemKnn::fit(all, {.k = 5}, one), std::move(items), std::move(relatives),
                     sample_description(random_table(users, 0, 10)), config, one)
      .with_items(random_table(3, 1000, 70))
      .with_retired(std::span<const std::int64_t>(gone))
      .with_users(random_table(1, 500, 16));
}

[[nodiscard]] inline ContentKnn sample_content_knn() {
  const auto table = random_table(11, 0, 3);
  Random random(8);
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  for (int event = 0; event < 60; ++event) {
    users.push_back(static_cast<std::int64_t>(random.below(9)));
    items.push_back(static_cast<std::int64_t>(random.below(11)));
  }
  EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)});
  const std::vector<std::int64_t> gone{2};
  return ContentKnn::fit(Interactions::from_events(builder.finish()), table, {.k = 4}, {.threads = 1})
      .with_items(random_table(3, 1000, 70))
      .with_retired(std::span<const std::int64_t>(gone));
}

/// By name.
[[nodiscard]] inline std::map<std::string, AnyModel> sample_models(const SampleEvents& sample = {}) {
  const auto shop = sample_interactions(sample);
  const RunOptions one{.threads = 1};
  const auto knn = ItemKnn::fit(shop, {.k = 5}, one);
  return {
      {"als", Als::fit(shop, {.factors = 4, .epochs = 2, .seed = 3}, one)},
      {"blend", Blend({knn, Blend({Popularity::fit(shop, {}, one), Ease::fit(shop, {.l2 = 5.0}, one)}, {1.0, 2.0})},
                      {0.75, 0.25})},
      {"content_knn", sample_content_knn()},
      {"ease", Ease::fit(shop, {.l2 = 5.0}, one)},
      {"graph_filter", GraphFilter::fit(shop, {.dimensions = 3}, one)},
      {"hybrid", sample_hybrid()},
      {"item_knn", knn},
      {"item_knn_asymmetric",
       ItemKnn::fit(shop, {.k = 4, .similarity = {.similarity = Similarity::asymmetric_cosine, .alpha = 0.7}}, one)},
      {"next_basket", NextBasket::fit(shop, {.k = 5}, one)},
      {"popularity", Popularity::fit(shop, {.kind = PopularityKind::recent, .window_days = 1.0}, one)},
      {"rp3beta", Rp3beta::fit(shop, {.k = 6}, one)},
      {"session_knn", SessionKnn::fit(shop, {.k = 6}, one)},
      {"slim", Slim::fit(shop, {.l1 = 0.01, .l2 = 1.0}, one)},
      {"sparse_ease", SparseEase::fit(shop, {.k = 4, .ease = {.l2 = 5.0}}, one)},
      {"user_knn", UserKnn::fit(shop, {.similar = {.k = 5}}, one)},
  };
}

/// The lists of some histories and, if they are known, of all users, as text.
[[nodiscard]] inline std::string lists_of(const AnyModel& model, bool of_users) {
  std::string text;
  const auto append = [&](std::string_view what, const std::vector<Recommendation>& list) {
    text += what;
    for (const auto& entry : list) {
      text += '\t' + to_display(model.items().at(entry.item.value)) + '\t' + std::to_string(entry.score) + '\t' +
              std::string(to_string(entry.tier));
    }
    text += '\n';
  };
  const auto size = model.items().size();
  for (std::size_t first = 0; first < size; first += 2) {
    std::vector<std::string_view> texts;
    std::vector<std::int64_t> integers;
    for (const std::size_t item : {first, (first * 7 + 3) % size}) {
      const auto id = model.items().at(item);
      if (const auto* name = std::get_if<std::string_view>(&id)) {
        texts.push_back(*name);
      } else {
        integers.push_back(std::get<std::int64_t>(id));
      }
    }
    const IdColumn history = texts.empty() ? IdColumn(std::span<const std::int64_t>(integers))
                                           : IdColumn(std::span<const std::string_view>(texts));
    append("history " + std::to_string(first), recommend_history(model, history, {}, {.n = size}));
  }
  for (std::size_t user = 0; of_users && user < model.users().size(); ++user) {
    append("user " + std::to_string(user), recommend_user(model, model.users().at(user), {.n = size}));
  }
  return text;
}

}  // namespace recocore::test
