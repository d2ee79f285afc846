/// Memory that ranking needs and keeps: one for each thread that asks for lists.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/rank/dense_scores.hpp>
#include <recocore/rank/item_mask.hpp>
#include <recocore/rank/row_sums.hpp>

namespace recocore {

/// The filters of a call, looked up once for all its lists.
struct ResolvedFilters {
  std::vector<ItemIx> exclude{};
  std::vector<ItemIx> candidates{};
  bool only_candidates = false;
  BitSet allowed{};
  bool has_allowed = false;
};

/// The history of somebody without an account: see `History`.
struct ResolvedHistory {
  std::vector<ItemIx> items{};
  std::vector<float> weights{};
  std::vector<ItemIx> sequence{};
  /// As they were given.
  std::vector<std::pair<ItemIx, float>> known{};
};

/// One value of each type asked for: what single models need besides, without a field here for each.
class ScratchParts {
 public:
  /// Made without arguments when it is first asked for. O(types asked for so far).
  template <class T>
  [[nodiscard]] T& get() {
    static char key = 0;  // not constant: constants of several types may be one
    for (const auto& part : parts_) {
      if (part.key == &key) {
        return static_cast<Holder<T>*>(part.holder.get())->value;
      }
    }
    auto holder = std::make_unique<Holder<T>>();
    T& value = holder->value;
    parts_.push_back({&key, std::move(holder)});
    return value;
  }

 private:
  class Base {
   public:
    Base() = default;
    Base(const Base&) = delete;
    Base& operator=(const Base&) = delete;
    virtual ~Base() = default;
  };
  template <class T>
  struct Holder final : Base {
    T value{};
  };
  struct Part {
    const char* key = nullptr;
    std::unique_ptr<Base> holder;
  };

  std::vector<Part> parts_{};
};

/// Reused from request to request: after the first few nothing is allocated. Not for two threads at once.
struct Scratch {
  ItemMask mask{};
  RowSums sums{};
  DenseScores dense{};
  std::vector<ScoredItem> ranked{};
  ScratchParts parts{};
  ResolvedFilters filters{};
  ResolvedHistory history{};
};

}  // namespace recocore
