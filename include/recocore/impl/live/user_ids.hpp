/// Ids of users who come and go, with positions that stay.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/id.hpp>
#include <recocore/core/id_map.hpp>
#include <recocore/core/index.hpp>

namespace recocore::detail {

/// Ids in ascending order, in chunks that versions share. A copy is a version; an id is added or erased by making its
/// chunk anew, so that nothing of an erased one stays behind.
class UserIds {
 public:
  static constexpr std::size_t chunk_size = 1024;

  UserIds() = default;

  /// Positions are those of the map.
  explicit UserIds(const IdMap& ids) : kind_(ids.kind()), next_(static_cast<std::uint32_t>(ids.size())) {
    chunks_.reserve(ids.size() / chunk_size + 1);
    for (std::size_t begin = 0; begin < ids.size(); begin += chunk_size) {
      const std::size_t end = std::min(ids.size(), begin + chunk_size);
      Maker maker(kind_, end - begin);
      for (std::size_t id = begin; id < end; ++id) {
        maker.add(ids.at(id), static_cast<std::uint32_t>(id));
      }
      chunks_.push_back(maker.finish());
    }
  }

  [[nodiscard]] IdKind kind() const noexcept { return kind_; }
  /// Positions are below this.
  [[nodiscard]] std::uint32_t positions() const noexcept { return next_; }

  [[nodiscard]] std::optional<std::uint32_t> find(const IdView& id) const {
    const auto chunk = chunk_of(id);
    if (chunk == chunks_.size()) {
      return std::nullopt;
    }
    const auto place = chunks_[chunk]->ids.find(id);
    return place ? std::optional(chunks_[chunk]->positions[*place]) : std::nullopt;
  }

  /// The position of a new id. O(chunk + chunks).
  /// @throws CapacityExceeded.
  std::uint32_t add(const IdView& id) {
    if (next_ == max_index_count) {
      throw CapacityExceeded("there are more than " + std::to_string(max_index_count) + " users");
    }
    if (chunks_.empty()) {
      kind_ = kind_of(id);
      Maker maker(kind_, 1);
      maker.add(id, next_);
      chunks_.push_back(maker.finish());
      return next_++;
    }
    const std::size_t number = std::min(chunk_of(id), chunks_.size() - 1);
    const auto& chunk = *chunks_[number];
    Maker maker(kind_, chunk.positions.size() + 1);
    bool is_in = false;
    for (std::size_t place = 0; place < chunk.positions.size(); ++place) {
      const auto there = chunk.ids.at(place);
      if (!is_in && id < there) {
        maker.add(id, next_);
        is_in = true;
      }
      maker.add(there, chunk.positions[place]);
    }
    if (!is_in) {
      maker.add(id, next_);
    }
    if (chunk.positions.size() + 1 < 2 * chunk_size) {
      chunks_[number] = maker.finish();
    } else {
      split(number, *maker.finish());
    }
    return next_++;
  }

  /// O(chunk + chunks).
  void erase(const IdView& id) {
    const std::size_t number = chunk_of(id);
    if (number == chunks_.size()) {
      return;
    }
    const auto& chunk = *chunks_[number];
    Maker maker(kind_, chunk.positions.size());
    for (std::size_t place = 0; place < chunk.positions.size(); ++place) {
      if (const auto there = chunk.ids.at(place); there != id) {
        maker.add(there, chunk.positions[place]);
      }
    }
    if (maker.size() > 0) {
      chunks_[number] = maker.finish();
    } else {
      chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(number));
    }
  }

  /// Calls `visitor(id, position)`, ascending by id.
  template <class Visitor>
  void for_each(const Visitor& visitor) const {
    for (const auto& chunk : chunks_) {
      for (std::size_t place = 0; place < chunk->positions.size(); ++place) {
        visitor(chunk->ids.at(place), chunk->positions[place]);
      }
    }
  }

 private:
  struct Chunk {
    IdMap ids{};
    std::vector<std::uint32_t> positions{};
  };

  /// Makes a chunk from ascending ids.
  class Maker {
   public:
    Maker(IdKind kind, std::size_t room) : kind_(kind) {
      positions_.reserve(room);
      if (kind == IdKind::integer) {
        integers_.reserve(room);
      } else {
        offsets_.reserve(room + 1);
      }
    }
    void add(const IdView& id, std::uint32_t position) {
      if (kind_ == IdKind::integer) {
        integers_.push_back(std::get<std::int64_t>(id));
      } else {
        bytes_ += std::get<std::string_view>(id);
        offsets_.push_back(bytes_.size());
      }
      positions_.push_back(position);
    }
    [[nodiscard]] std::size_t size() const noexcept { return positions_.size(); }
    [[nodiscard]] std::shared_ptr<const Chunk> finish() {
      auto ids = kind_ == IdKind::integer ? IdMap::from_sorted(std::move(integers_))
                                          : IdMap::from_sorted(std::move(offsets_), std::move(bytes_));
      return std::make_shared<const Chunk>(Chunk{std::move(ids), std::move(positions_)});
    }

   private:
    IdKind kind_;
    std::vector<std::int64_t> integers_{};
    std::vector<std::uint64_t> offsets_{0};
    std::string bytes_{};
    std::vector<std::uint32_t> positions_{};
  };

  /// The only one that may hold an id, if there are any: the last that begins at or before it, or the first.
  [[nodiscard]] std::size_t chunk_of(const IdView& id) const {
    const auto after = std::upper_bound(chunks_.begin(), chunks_.end(), id,
                                        [](const IdView& a, const auto& chunk) { return a < chunk->ids.at(0); });
    return after == chunks_.begin() ? 0 : static_cast<std::size_t>(after - chunks_.begin()) - 1;
  }

  void split(std::size_t number, const Chunk& chunk) {
    const std::size_t middle = chunk.positions.size() / 2;
    Maker front(kind_, middle);
    Maker back(kind_, chunk.positions.size() - middle);
    for (std::size_t place = 0; place < chunk.positions.size(); ++place) {
      (place < middle ? front : back).add(chunk.ids.at(place), chunk.positions[place]);
    }
    chunks_[number] = front.finish();
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(number) + 1, back.finish());
  }

  IdKind kind_ = IdKind::integer;
  std::uint32_t next_ = 0;
  std::vector<std::shared_ptr<const Chunk>> chunks_{};
};

}  // namespace recocore::detail
