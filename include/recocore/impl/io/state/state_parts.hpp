/// What the states of models have in common: interactions, options, neighbours.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/impl/io/state_archive.hpp>
#include <recocore/stats/neighbours.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore::detail {

/// Changes whenever the bytes do.
inline constexpr std::uint32_t state_version = 1;

inline void check_version(StateReader& reader) {
  std::uint32_t version = 0;
  reader(version);
  if (version != state_version) {
    throw InvalidData("the stored state has version " + std::to_string(version) + ", but this library reads version " +
                      std::to_string(state_version) + "; fit and store again with the same version of the library");
  }
}

template <class Enum>
void read_enum(StateReader& reader, Enum& value, Enum last) {
  std::uint8_t stored = 0;
  reader(stored);
  if (stored > static_cast<std::uint8_t>(last)) {
    throw InvalidData("the stored state names choice " + std::to_string(stored) + " of an option that has " +
                      std::to_string(static_cast<int>(last) + 1) + "; it is damaged");
  }
  value = static_cast<Enum>(stored);
}

template <class Enum>
void write_enum(StateWriter& writer, Enum value) {
  writer(static_cast<std::uint8_t>(value));
}

template <class T>
void write_optional(StateWriter& writer, const std::optional<T>& value) {
  writer(static_cast<std::uint8_t>(value ? 1 : 0), value.value_or(T{}));
}

template <class T>
void read_optional(StateReader& reader, std::optional<T>& value) {
  std::uint8_t has_value = 0;
  T stored{};
  reader(has_value, stored);
  value = has_value != 0 ? std::optional(stored) : std::nullopt;
}

enum class StoredIds : std::uint8_t { range, integers, texts };

inline void write(StateWriter& writer, const IdMap& ids) {
  if (ids.is_range()) {
    write_enum(writer, StoredIds::range);
    writer(static_cast<std::uint64_t>(ids.size()));
  } else if (ids.kind() == IdKind::integer) {
    write_enum(writer, StoredIds::integers);
    writer.array(ids.integers().data(), ids.integers().size());
  } else {
    write_enum(writer, StoredIds::texts);
    writer.array(ids.text_offsets().data(), ids.text_offsets().size());
    writer.array(ids.text_bytes().data(), ids.text_bytes().size());
  }
}

[[nodiscard]] inline IdMap read_ids(StateReader& reader) {
  StoredIds kind{};
  read_enum(reader, kind, StoredIds::texts);
  if (kind == StoredIds::range) {
    std::uint64_t size = 0;
    reader(size);
    return IdMap::range(static_cast<std::size_t>(size));
  }
  if (kind == StoredIds::integers) {
    std::vector<std::int64_t> ids;
    reader.array(ids);
    return IdMap::from_sorted(std::move(ids));
  }
  std::vector<std::uint64_t> offsets;
  std::string bytes;
  reader.array(offsets);
  reader.array(bytes);
  return IdMap::from_sorted(std::move(offsets), std::move(bytes));
}

inline void write(StateWriter& writer, const InteractionsConfig& config) {
  writer(config.max_events_per_user, config.min_items_per_user, config.min_users_per_item);
  write_optional(writer, config.half_life_seconds);
  write_optional(writer, config.reference_time);
  write_enum(writer, config.duplicates);
}

inline void read(StateReader& reader, InteractionsConfig& config) {
  reader(config.max_events_per_user, config.min_items_per_user, config.min_users_per_item);
  read_optional(reader, config.half_life_seconds);
  read_optional(reader, config.reference_time);
  read_enum(reader, config.duplicates, Duplicates::binary);
}

inline void write(StateWriter& writer, const EventLog& log) {
  write(writer, log.users);
  write(writer, log.items);
  writer.array(log.user.data(), log.user.size());
  writer.array(log.item.data(), log.item.size());
  writer.array(log.weight.data(), log.weight.size());
  writer.array(log.time.data(), log.time.size());
}

inline void read(StateReader& reader, EventLog& log) {
  log.users = read_ids(reader);
  log.items = read_ids(reader);
  reader.array(log.user);
  reader.array(log.item);
  reader.array(log.weight);
  reader.array(log.time);
}

enum class StoredInteractions : std::uint8_t { events, matrix, as_before, extended };

/// Events leave out users without items and items without users: only a matrix has them, and what was extended.
[[nodiscard]] inline StoredInteractions stored_as(const Interactions& interactions) {
  const auto has_empty_row = [](const auto& rows) {
    return std::adjacent_find(rows.offsets.begin(), rows.offsets.end()) != rows.offsets.end();
  };
  if (!has_empty_row(interactions.by_user()) && !has_empty_row(interactions.by_item())) {
    return StoredInteractions::events;
  }
  const auto log = interactions.events();
  const bool numbered = interactions.users().is_range() && interactions.items().is_range() &&
                        interactions.times().empty() && log.users == interactions.users() &&
                        log.items == interactions.items() && interactions.config().min_items_per_user == 1 &&
                        interactions.config().min_users_per_item == 1;
  return numbered ? StoredInteractions::matrix : StoredInteractions::extended;
}

/// The matrix whose entries, row by row, are these events.
[[nodiscard]] inline SparseRows<UserIx, ItemIx> to_rows(EventLog log) {
  SparseRows<UserIx, ItemIx> rows;
  rows.columns = log.items.size();
  rows.offsets.assign(log.users.size() + 1, 0);
  for (const auto user : log.user) {
    if (user.value >= log.users.size()) {
      throw InvalidData("the stored state has an event of user " + std::to_string(user.value) + " of " +
                        std::to_string(log.users.size()) + "; it is damaged");
    }
    ++rows.offsets[user.value + 1];
  }
  std::partial_sum(rows.offsets.begin(), rows.offsets.end(), rows.offsets.begin());
  rows.indices = std::move(log.item);
  rows.values = std::move(log.weight);
  return rows;
}

inline void write(StateWriter& writer, const Interactions& interactions) {
  // The same storage, not only the same rows: then the events behind them are the same too.
  if (writer.last && &writer.last->by_user() == &interactions.by_user()) {
    write_enum(writer, StoredInteractions::as_before);
    return;
  }
  const auto kind = stored_as(interactions);
  write_enum(writer, kind);
  write(writer, interactions.config());
  write(writer, interactions.events());
  if (kind == StoredInteractions::extended) {
    write(writer, interactions.users());
    write(writer, interactions.items());
  }
  writer.last = std::make_shared<const Interactions>(interactions);
}

[[nodiscard]] inline Interactions read_interactions(StateReader& reader) {
  StoredInteractions kind{};
  read_enum(reader, kind, StoredInteractions::extended);
  if (kind == StoredInteractions::as_before) {
    if (!reader.last) {
      throw InvalidData("the stored state refers to interactions that it does not have; it is damaged");
    }
    return *reader.last;
  }
  InteractionsConfig config;
  EventLog log;
  read(reader, config);
  read(reader, log);
  auto interactions = kind == StoredInteractions::matrix ? Interactions::from_rows(to_rows(std::move(log)), config)
                                                         : Interactions::from_events(std::move(log), config);
  if (kind == StoredInteractions::extended) {
    const auto users = read_ids(reader);
    interactions = interactions.extended(users, read_ids(reader));
  }
  reader.last = std::make_shared<const Interactions>(std::move(interactions));
  return *reader.last;
}

inline void write(StateWriter& writer, const Neighbours<ItemIx>& neighbours) {
  writer.array(neighbours.offsets.data(), neighbours.offsets.size());
  writer.array(neighbours.entries.data(), neighbours.entries.size());
}

[[nodiscard]] inline Neighbours<ItemIx> read_neighbours(StateReader& reader) {
  Neighbours<ItemIx> neighbours;
  reader.array(neighbours.offsets);
  reader.array(neighbours.entries);
  return neighbours;
}

inline void write(StateWriter& writer, const SimilarRowsConfig& config) {
  writer(static_cast<std::uint64_t>(config.k), config.similarity.alpha, config.similarity.beta,
         config.similarity.shrinkage, config.similarity.min_common, config.weighting.bm25_k1, config.weighting.bm25_b);
  write_enum(writer, config.similarity.similarity);
  write_enum(writer, config.weighting.weighting);
}

inline void read(StateReader& reader, SimilarRowsConfig& config) {
  std::uint64_t k = 0;
  reader(k, config.similarity.alpha, config.similarity.beta, config.similarity.shrinkage, config.similarity.min_common,
         config.weighting.bm25_k1, config.weighting.bm25_b);
  config.k = static_cast<std::size_t>(k);
  read_enum(reader, config.similarity.similarity, Similarity::log_likelihood_ratio);
  read_enum(reader, config.weighting.weighting, Weighting::bm25);
}

/// How the state of a model is written and read: `write(writer, model)` and `read(reader)`, specialised for each.
template <class M>
struct ModelState;

}  // namespace recocore::detail
