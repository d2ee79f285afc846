#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/id_map.hpp>
#include <recocore/core/index.hpp>
#include <recocore/impl/core/hash_slots.hpp>

namespace recocore {

struct IdMap::Storage {
  IdKind kind = IdKind::integer;
  bool range = true;
  std::size_t size = 0;
  std::vector<std::int64_t> integers{};
  std::vector<std::uint64_t> offsets{};
  std::string bytes{};
  detail::HashSlots slots{};

  [[nodiscard]] std::string_view text(std::size_t position) const noexcept {
    return std::string_view(bytes).substr(offsets[position], offsets[position + 1] - offsets[position]);
  }

  void index() {
    if (kind == IdKind::integer) {
      slots.rebuild(size, size, [this](std::size_t position) { return integers[position]; });
    } else {
      slots.rebuild(size, size, [this](std::size_t position) { return text(position); });
    }
  }
};

namespace detail {

inline void check_index_count(std::size_t count, std::string_view what) {
  if (count > max_index_count) {
    throw CapacityExceeded("more than " + std::to_string(max_index_count) + " different " + std::string(what) +
                           "s: positions are 32-bit; use fewer, for instance by a minimum support");
  }
}

}  // namespace detail

RECOCORE_INLINE IdMap::IdMap() : IdMap(range(0)) {}

RECOCORE_INLINE IdMap::IdMap(std::shared_ptr<const Storage> storage) noexcept : storage_(std::move(storage)) {}

RECOCORE_INLINE IdMap IdMap::range(std::size_t size) {
  detail::check_index_count(size, "id");
  auto storage = std::make_shared<Storage>();
  storage->size = size;
  return IdMap(std::move(storage));
}

RECOCORE_INLINE IdMap IdMap::from_sorted(std::vector<std::int64_t> ids) {
  detail::check_index_count(ids.size(), "id");
  const auto unordered = std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>{});
  if (unordered != ids.end()) {
    throw InvalidData("ids must ascend without duplicates, but " + std::to_string(*unordered) + " is followed by " +
                      std::to_string(*(unordered + 1)));
  }
  // A stored range and a computed one are the same set of ids, so they must be the same map.
  const bool is_range = ids.empty() || (ids.front() == 0 && ids.back() == static_cast<std::int64_t>(ids.size()) - 1);
  if (is_range) {
    return range(ids.size());
  }
  auto storage = std::make_shared<Storage>();
  storage->range = false;
  storage->size = ids.size();
  storage->integers = std::move(ids);
  storage->index();
  return IdMap(std::move(storage));
}

RECOCORE_INLINE IdMap IdMap::from_sorted(std::vector<std::uint64_t> offsets, std::string bytes) {
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != bytes.size() ||
      !std::is_sorted(offsets.begin(), offsets.end())) {
    throw InvalidData("text offsets must ascend from 0 to the number of bytes (" + std::to_string(bytes.size()) + ")");
  }
  detail::check_index_count(offsets.size() - 1, "id");
  auto storage = std::make_shared<Storage>();
  storage->kind = IdKind::text;
  storage->range = false;
  storage->size = offsets.size() - 1;
  storage->offsets = std::move(offsets);
  storage->bytes = std::move(bytes);
  for (std::size_t position = 1; position < storage->size; ++position) {
    if (storage->text(position - 1) >= storage->text(position)) {
      throw InvalidData("ids must ascend without duplicates, but " + to_display(storage->text(position - 1)) +
                        " is followed by " + to_display(storage->text(position)));
    }
  }
  storage->index();
  return IdMap(std::move(storage));
}

RECOCORE_INLINE IdKind IdMap::kind() const noexcept { return storage_->kind; }
RECOCORE_INLINE std::size_t IdMap::size() const noexcept { return storage_->size; }
RECOCORE_INLINE bool IdMap::is_range() const noexcept { return storage_->range; }
RECOCORE_INLINE std::span<const std::int64_t> IdMap::integers() const noexcept { return storage_->integers; }
RECOCORE_INLINE std::span<const std::uint64_t> IdMap::text_offsets() const noexcept { return storage_->offsets; }
RECOCORE_INLINE std::string_view IdMap::text_bytes() const noexcept { return storage_->bytes; }

RECOCORE_INLINE std::optional<std::uint32_t> IdMap::find(const IdView& id) const {
  const auto& s = *storage_;
  if (kind_of(id) != s.kind) {
    return std::nullopt;
  }
  std::uint32_t found = detail::HashSlots::none;
  if (s.kind == IdKind::text) {
    found = s.slots.find(std::get<std::string_view>(id), [&s](std::size_t position) { return s.text(position); });
  } else if (const auto integer = std::get<std::int64_t>(id); !s.range) {
    found = s.slots.find(integer, [&s](std::size_t position) { return s.integers[position]; });
  } else if (integer >= 0 && static_cast<std::uint64_t>(integer) < s.size) {
    found = static_cast<std::uint32_t>(integer);
  }
  return found == detail::HashSlots::none ? std::nullopt : std::optional(found);
}

RECOCORE_INLINE IdView IdMap::at(std::size_t position) const {
  RECOCORE_ASSERT(position < size());
  const auto& s = *storage_;
  if (s.kind == IdKind::text) {
    return s.text(position);
  }
  return s.range ? static_cast<std::int64_t>(position) : s.integers[position];
}

RECOCORE_INLINE bool operator==(const IdMap& a, const IdMap& b) {
  if (a.storage_ == b.storage_) {
    return true;
  }
  const auto& x = *a.storage_;
  const auto& y = *b.storage_;
  return x.size == y.size && (x.size == 0 || (x.kind == y.kind && x.range == y.range && x.integers == y.integers &&
                                              x.offsets == y.offsets && x.bytes == y.bytes));
}

struct IdEncoder::State {
  std::string what{};
  std::size_t size = 0;
  IdKind kind = IdKind::integer;
  std::vector<std::int64_t> integers{};
  std::vector<std::uint64_t> offsets{0};
  std::string bytes{};
  detail::HashSlots slots{};

  [[nodiscard]] std::string_view text(std::size_t code) const noexcept {
    return std::string_view(bytes).substr(offsets[code], offsets[code + 1] - offsets[code]);
  }

  void expect(const IdView& id) {
    if (size == 0) {
      kind = kind_of(id);
    } else if (kind != kind_of(id)) {
      const IdView first = kind == IdKind::integer ? IdView(integers.front()) : IdView(text(0));
      throw IdTypeError("the " + what + " ids mix integers and text: " + to_display(first) + " and " + to_display(id) +
                        "; make all of them one or the other");
    }
  }

  template <class Key, class KeyAt, class Store>
  std::uint32_t enter(const Key& id, const KeyAt& key_at, const Store& store) {
    const auto code = slots.find_or_enter(id, static_cast<std::uint32_t>(size), key_at);
    if (code == size) {
      try {
        detail::check_index_count(size + 1, what);
        store();
      } catch (...) {
        truncate(size);
        throw;
      }
      ++size;
    }
    return code;
  }

  void truncate(std::size_t count) noexcept {
    size = count;
    if (kind == IdKind::integer) {
      integers.resize(std::min(count, integers.size()));
      slots.truncate(count, [this](std::size_t code) { return integers[code]; });
    } else {
      offsets.resize(count + 1);
      bytes.resize(offsets.back());
      slots.truncate(count, [this](std::size_t code) { return text(code); });
    }
  }
};

RECOCORE_INLINE IdEncoder::IdEncoder(std::string what) : state_(std::make_unique<State>()) {
  state_->what = std::move(what);
}
RECOCORE_INLINE IdEncoder::~IdEncoder() = default;
RECOCORE_INLINE IdEncoder::IdEncoder(IdEncoder&&) noexcept = default;
RECOCORE_INLINE IdEncoder& IdEncoder::operator=(IdEncoder&&) noexcept = default;

RECOCORE_INLINE std::size_t IdEncoder::size() const noexcept { return state_->size; }

RECOCORE_INLINE void IdEncoder::truncate(std::size_t size) noexcept {
  if (size < state_->size) {
    state_->truncate(size);
  }
}

RECOCORE_INLINE std::uint32_t IdEncoder::encode(std::int64_t id) {
  auto& s = *state_;
  if (s.size == 0 || s.kind != IdKind::integer) {
    s.expect(id);
  }
  return s.enter(id, [&s](std::size_t code) { return s.integers[code]; }, [&s, id] { s.integers.push_back(id); });
}

RECOCORE_INLINE std::uint32_t IdEncoder::encode(std::string_view id) {
  auto& s = *state_;
  if (s.size == 0 || s.kind != IdKind::text) {
    s.expect(id);
  }
  return s.enter(
      id, [&s](std::size_t code) { return s.text(code); },
      [&s, id] {
        s.bytes.append(id);
        s.offsets.push_back(s.bytes.size());
      });
}

RECOCORE_INLINE IdEncoder::Result IdEncoder::finish() {
  State& s = *state_;
  State empty;
  empty.what = s.what;

  std::vector<std::uint32_t> order(s.size);
  std::iota(order.begin(), order.end(), 0U);
  Result result;
  result.position_of_code.resize(s.size);
  const auto rank = [&] {
    for (std::size_t position = 0; position < order.size(); ++position) {
      result.position_of_code[order[position]] = static_cast<std::uint32_t>(position);
    }
  };

  if (s.kind == IdKind::integer) {
    std::sort(order.begin(), order.end(),
              [&s](std::uint32_t a, std::uint32_t b) { return s.integers[a] < s.integers[b]; });
    rank();
    std::vector<std::int64_t> sorted(s.size);
    std::transform(order.begin(), order.end(), sorted.begin(), [&s](std::uint32_t code) { return s.integers[code]; });
    result.ids = IdMap::from_sorted(std::move(sorted));
    std::swap(s, empty);
    return result;
  }
  std::sort(order.begin(), order.end(), [&s](std::uint32_t a, std::uint32_t b) { return s.text(a) < s.text(b); });
  rank();
  std::vector<std::uint64_t> offsets{0};
  offsets.reserve(s.size + 1);
  std::string bytes;
  bytes.reserve(s.bytes.size());
  for (const auto code : order) {
    bytes.append(s.text(code));
    offsets.push_back(bytes.size());
  }
  result.ids = IdMap::from_sorted(std::move(offsets), std::move(bytes));
  std::swap(s, empty);
  return result;
}

RECOCORE_INLINE IdMap merged(const IdMap& a, const IdMap& b) {
  if (b.size() == 0 || a == b) {
    return a;
  }
  if (a.size() == 0) {
    return b;
  }
  IdEncoder encoder("merged");
  for (const auto* ids : {&a, &b}) {
    for (std::size_t position = 0; position < ids->size(); ++position) {
      std::visit([&encoder](const auto& id) { encoder.encode(id); }, ids->at(position));
    }
  }
  return encoder.finish().ids;
}

}  // namespace recocore
