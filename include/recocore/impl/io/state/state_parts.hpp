/// What the states of models have in common: interactions, options, neighbours.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/data/interactions_parts.hpp>
#include <recocore/impl/io/state_archive.hpp>
#include <recocore/stats/neighbours.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore::detail {

/// Changes whenever the bytes do.
inline constexpr std::uint32_t state_version = 2;

inline void check_version(StateReader& reader) {
  std::uint32_t version = 0;
  reader(version);
  if (version != state_version) {
    throw InvalidData("the stored state has version " + std::to_string(version) + ", but this library reads version " +
                      std::to_string(state_version) + "; fit and store again with the same version of the library");
  }
}

/// The result of `work`; whatever it finds wrong is the fault of the bytes.
/// @param bounded whether it takes no more memory than there are bytes: then it is not their fault when there is none.
template <class Work>
auto without_other_errors(const Work& work, bool bounded = false) {
  constexpr std::string_view damaged = "the stored state is damaged: ";
  try {
    return work();
  } catch (const InvalidParameter& e) {
    throw InvalidData(std::string(damaged) + e.what());
  } catch (const CapacityExceeded& e) {
    throw InvalidData(std::string(damaged) + e.what());
  } catch (const IdTypeError& e) {
    throw InvalidData(std::string(damaged) + e.what());
  } catch (const MemoryLimitExceeded& e) {
    throw InvalidData(std::string(damaged) + e.what());
  } catch (const std::length_error&) {
    throw InvalidData("the stored state is damaged, or needs more memory than there is");
  } catch (const std::bad_alloc&) {
    if (bounded) {
      throw;
    }
    throw InvalidData("the stored state is damaged, or needs more memory than there is");
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
  // No ids are of no kind.
  if (ids.is_range() || ids.size() == 0) {
    write_enum(writer, StoredIds::range);
    writer(static_cast<std::uint64_t>(ids.size()));
  } else if (ids.kind() == IdKind::integer) {
    write_enum(writer, StoredIds::integers);
    writer.array(ids.integers().data(), ids.integers().size(), {'I', 'D', 'S', 'I'});
  } else {
    write_enum(writer, StoredIds::texts);
    writer.array(ids.text_offsets().data(), ids.text_offsets().size(), {'I', 'D', 'S', 'O'});
    writer.array(ids.text_bytes().data(), ids.text_bytes().size(), {'I', 'D', 'S', 'T'});
  }
}

[[nodiscard]] inline IdMap read_ids(StateReader& reader) {
  StoredIds kind{};
  read_enum(reader, kind, StoredIds::texts);
  if (kind == StoredIds::range) {
    std::uint64_t size = 0;
    reader(size);
    reader.expect_plausible(size);
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

/// Ids that most often are those of something written before.
inline void write_unless_same(StateWriter& writer, const IdMap& ids, const IdMap& before) {
  const bool same = ids == before;
  writer(static_cast<std::uint8_t>(same ? 1 : 0));
  if (!same) {
    write(writer, ids);
  }
}

[[nodiscard]] inline IdMap read_unless_same(StateReader& reader, const IdMap& before) {
  std::uint8_t same = 0;
  reader(same);
  return same != 0 ? before : read_ids(reader);
}

inline void write(StateWriter& writer, const KeptEvents& log, const IdMap& users, const IdMap& items) {
  write_unless_same(writer, log.users, users);
  write_unless_same(writer, log.items, items);
  const auto write_column = [&writer](const auto& values, ArrayTag tag) {
    writer.array(values.span().data(), values.span().size(), tag);
  };
  write_column(log.user, {'E', 'V', 'T', 'U'});
  write_column(log.item, {'E', 'V', 'T', 'I'});
  // Only weights of 1 are none.
  const auto weights = log.weight.span();
  const bool has_weights = std::any_of(weights.begin(), weights.end(), [](float w) { return w != 1.0F; });
  write_column(has_weights ? log.weight : SharedValues<float>(), {'E', 'V', 'T', 'W'});
  write_column(log.time, {'E', 'V', 'T', 'T'});
}

inline void read(StateReader& reader, KeptEvents& log, const IdMap& users, const IdMap& items) {
  log.users = read_unless_same(reader, users);
  log.items = read_unless_same(reader, items);
  reader.array(log.user);
  reader.array(log.item);
  reader.array(log.weight);
  reader.array(log.time);
}

template <class Row, class Col>
void write(StateWriter& writer, const SparseRows<Row, Col>& rows) {
  writer.array(rows.offsets.data(), rows.offsets.size(), {'R', 'O', 'W', 'O'});
  writer.array(rows.indices.data(), rows.indices.size(), {'R', 'O', 'W', 'I'});
  writer.array(rows.values.data(), rows.values.size(), {'R', 'O', 'W', 'V'});
}

template <class Row, class Col>
void read(StateReader& reader, SparseRows<Row, Col>& rows, std::size_t columns) {
  reader.array(rows.offsets);
  reader.array(rows.indices);
  reader.array(rows.values);
  rows.columns = columns;
}

template <class Archive, class Report>
void transfer(Archive& archive, Report& report) {
  archive(report.events, report.users_read, report.items_read, report.capped_users, report.rare_users,
          report.rare_items, report.over_cap_events, report.faded_events, report.duplicate_events, report.rare_events,
          report.interactions);
}

inline void write(StateWriter& writer, const ItemCounts& counts) {
  writer(counts.users);
  writer.array(counts.item_users.data(), counts.item_users.size(), {'I', 'U', 'S', 'R'});
  writer.array(counts.item_weights.data(), counts.item_weights.size(), {'I', 'W', 'G', 'T'});
}

inline void read(StateReader& reader, ItemCounts& counts) {
  reader(counts.users);
  reader.array(counts.item_users);
  reader.array(counts.item_weights);
}

enum class StoredInteractions : std::uint8_t { as_before, rows, rows_and_events, counts };

inline void write(StateWriter& writer, const Interactions::Parts& parts, std::vector<std::uint64_t> item_ends) {
  write_enum(writer, parts.counts ? StoredInteractions::counts
                     : parts.log  ? StoredInteractions::rows_and_events
                                  : StoredInteractions::rows);
  write(writer, parts.config);
  write(writer, parts.users);
  write(writer, parts.items);
  // Rows of items can be found again, but not before there is memory for them, which the file must warrant.
  writer.array(std::move(item_ends), {'I', 'E', 'N', 'D'});
  write(writer, parts.by_user);
  writer.array(parts.times.data(), parts.times.size(), {'T', 'I', 'M', 'E'});
  transfer(writer, parts.report);
  if (parts.counts) {
    write(writer, *parts.counts);
  } else if (parts.log) {
    write(writer, *parts.log, parts.users, parts.items);
  }
}

/// Whether one of two has all that the other has.
[[nodiscard]] inline bool are_same(const Interactions& a, const Interactions& b) {
  const auto& x = a.parts();
  const auto& y = b.parts();
  return &x == &y || (a == b && x.config == y.config && x.report == y.report && x.log == y.log &&
                      x.counts.has_value() == y.counts.has_value());
}

inline void write(StateWriter& writer, const Interactions& interactions) {
  if (writer.last && are_same(*writer.last, interactions)) {
    write_enum(writer, StoredInteractions::as_before);
    return;
  }
  writer.last = std::make_shared<const Interactions>(interactions);
  std::vector<std::uint64_t> item_ends(interactions.by_item().offsets.begin() + 1,
                                       interactions.by_item().offsets.end());
  if (writer.kept == Kept::all) {
    write(writer, interactions.parts(), std::move(item_ends));
    return;
  }
  const bool histories = writer.kept == Kept::histories;
  const auto parts = std::make_shared<const Interactions::Parts>(serving_parts(interactions, histories));
  writer.keep(parts);
  if (!histories) {
    item_ends.assign(item_ends.size(), 0);
  }
  write(writer, *parts, std::move(item_ends));
}

[[nodiscard]] inline Interactions read_interactions(StateReader& reader) {
  StoredInteractions kind{};
  read_enum(reader, kind, StoredInteractions::counts);
  if (kind == StoredInteractions::as_before) {
    if (!reader.last) {
      throw InvalidData("the stored state refers to interactions that it does not have; it is damaged");
    }
    return *reader.last;
  }
  Interactions::Parts parts;
  read(reader, parts.config);
  parts.users = read_ids(reader);
  parts.items = read_ids(reader);
  std::vector<std::uint64_t> item_ends;
  reader.array(item_ends);
  if (item_ends.size() != parts.items.size()) {
    throw InvalidData("the stored state has rows of " + std::to_string(item_ends.size()) + " items for " +
                      std::to_string(parts.items.size()) + "; it is damaged");
  }
  read(reader, parts.by_user, parts.items.size());
  reader.array(parts.times);
  transfer(reader, parts.report);
  if (kind == StoredInteractions::counts) {
    read(reader, parts.counts.emplace());
  } else if (kind == StoredInteractions::rows_and_events) {
    read(reader, parts.log.emplace(), parts.users, parts.items);
  }
  auto interactions = Interactions::from_parts(std::move(parts));
  const auto& found = interactions.by_item().offsets;
  if (!std::equal(item_ends.begin(), item_ends.end(), found.begin() + 1)) {
    throw InvalidData("the stored state has rows of items that are not those of its users; it is damaged");
  }
  reader.last = std::make_shared<const Interactions>(std::move(interactions));
  return *reader.last;
}

inline void write(StateWriter& writer, const Neighbours<ItemIx>& neighbours) {
  writer.array(neighbours.offsets.data(), neighbours.offsets.size(), {'N', 'B', 'R', 'O'});
  writer.array(neighbours.entries.data(), neighbours.entries.size(), {'N', 'B', 'R', 'S'});
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
