/// What a history has in common with every user, and the most similar of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <recocore/core/best_of.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>

namespace recocore::detail {

/// Sums for one history at a time; all zero between histories. Memory is kept.
class UserOverlaps {
 public:
  void start(std::size_t users) {
    if (common_.size() < users) {
      dots_.resize(users, 0.0);
      touched_.resize(users + 1);
      common_.resize(users, 0);  // last: it says that the others are there
    }
    count_ = 0;
  }

  /// An item these users have. Sums stay in the order of the items.
  void count(std::span<const UserIx> users) {
    for (const UserIx user : users) {
      touch(user);
    }
  }
  void add(std::span<const UserIx> users, double term) {
    for (const UserIx user : users) {
      touch(user);
      dots_[user.value] += term;
    }
  }
  /// @param values parallel to the users.
  void add(std::span<const UserIx> users, std::span<const float> values, double factor) {
    for (std::size_t entry = 0; entry < users.size(); ++entry) {
      touch(users[entry]);
      dots_[users[entry].value] += factor * static_cast<double>(values[entry]);
    }
  }

  /// Ends the history: the best k of the users with `least_common` items or more, by `similarity(user, dot, common)`,
  /// those above 0.
  template <class Similarity>
  [[nodiscard]] std::span<const ScoredUser> finish(std::size_t k, std::uint32_t least_common,
                                                   const Similarity& similarity) {
    constexpr double largest = std::numeric_limits<float>::max();
    constexpr std::size_t block = 64;
    static_assert(block <= BestOf<UserIx>::most_at_once);
    std::array<UserIx, block> found{};
    std::array<float, block> scores{};
    best_.start(k, count_);
    for (std::size_t begin = 0; begin < count_; begin += block) {
      const std::size_t end = std::min(count_, begin + block);
      std::size_t size = 0;
      for (std::size_t place = begin; place < end; ++place) {
        const UserIx user = touched_[place];
        const std::uint32_t common = common_[user.value];
        if (common >= least_common) {
          found[size] = user;
          scores[size] = static_cast<float>(std::min(similarity(user, dots_[user.value], common), largest));
          ++size;
        }
        common_[user.value] = 0;
        dots_[user.value] = 0.0;
      }
      best_.offer_all(found.data(), scores.data(), size);
    }
    best_.finish();
    neighbours_.resize(best_.size());
    for (std::size_t place = 0; place < best_.size(); ++place) {
      neighbours_[place] = best_[place];
    }
    return neighbours_;
  }

  /// A sum an item, all 0 when asked for and to be left so.
  [[nodiscard]] std::span<double> item_sums(std::size_t items) {
    if (item_sums_.size() < items) {
      item_sums_.resize(items, 0.0);
    }
    return std::span(item_sums_).first(items);
  }

 private:
  void touch(UserIx user) noexcept {
    touched_[count_] = user;
    count_ += common_[user.value]++ == 0 ? 1U : 0U;
  }

  std::vector<std::uint32_t> common_{};
  std::vector<double> dots_{};
  /// Written before it is known whether it stays, so with room for one more.
  std::vector<UserIx> touched_{};
  std::size_t count_ = 0;
  BestOf<UserIx> best_{};
  std::vector<ScoredUser> neighbours_{};
  std::vector<double> item_sums_{};
};

}  // namespace recocore::detail
