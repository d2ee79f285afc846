/// The regression of one item on a few others.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/impl/linalg/dense_kernels.hpp>
#include <recocore/impl/models/ease_parts.hpp>

namespace recocore::detail {

/// One thread's memory for it. The products among k items are those of users who have several: each user's items among
/// the k are listed, which costs one step an interaction of the k, and every pair of a list is one addition.
class LocalRidge {
 public:
  LocalRidge(const Interactions& interactions, const EaseParts& parts)
      : interactions_(interactions), parts_(parts), ends_(interactions.users().size(), 0) {}

  /// Replaces the scores of `support`, items other than `j`, by their weights in the score of `j`.
  void solve(ItemIx j, std::span<ScoredItem> support) {
    const std::size_t k = support.size();
    if (k == 0) {
      return;
    }
    list_users(j, support);
    sum_products(j, support);
    const std::size_t stride = k + 1;
    right_.assign(gram_.begin() + static_cast<std::ptrdiff_t>(k * stride),
                  gram_.begin() + static_cast<std::ptrdiff_t>(k * stride + k));
    const auto own = static_cast<double>(gram_[k * stride + k]);
    for (std::size_t place = 0; place < k; ++place) {
      float& entry = gram_[place * stride + place];
      const auto gram = static_cast<double>(entry);
      entry = static_cast<float>(gram + parts_.penalty(support[place].index, gram));
    }
    solution_ = right_;
    if (dense_kernels().solve_positive_definite({gram_.data(), stride}, k, solution_.data()) < k) {
      throw NotPositiveDefinite("the regression of item " + std::to_string(j.value) + " on " + std::to_string(k) +
                                " others is not positive definite in single precision");
    }
    // 1 / P_jj is what of G_jj + L_jj the others do not explain.
    const double penalty = parts_.penalty(j, own);
    double rest = own + penalty;
    for (std::size_t place = 0; place < k; ++place) {
      rest -= static_cast<double>(right_[place]) * static_cast<double>(solution_[place]);
    }
    rest = std::max(rest, penalty);
    const double factor = parts_.multiplier(1.0 / rest, penalty) / rest * parts_.scale(j);
    for (std::size_t place = 0; place < k; ++place) {
      support[place].score = static_cast<float>(static_cast<double>(solution_[place]) * factor);
      if (!std::isfinite(support[place].score)) {
        throw InvalidData("the regression of item " + std::to_string(j.value) +
                          " (by position) overflows single precision; its weights are too large: scale them down");
      }
    }
  }

  /// Bytes of one of them.
  [[nodiscard]] static std::uint64_t memory(std::uint64_t users, std::uint64_t interactions, std::uint64_t k,
                                            bool binary) noexcept {
    constexpr std::uint64_t growth = 2;  // of vectors
    const std::uint64_t listed = interactions * (sizeof(std::uint32_t) + (binary ? 0 : sizeof(float)));
    return users * (sizeof(std::uint32_t) + growth * sizeof(UserIx)) + growth * listed +
           (k + 1) * (k + 3) * sizeof(float);
  }

 private:
  /// Makes room for the list of each user who has some of the items.
  void list_users(ItemIx j, std::span<const ScoredItem> support) {
    touched_.clear();
    const auto count = [&](ItemIx item) {
      for (const UserIx user : interactions_.by_item().row(item)) {
        if (ends_[user.value]++ == 0) {
          touched_.push_back(user);
        }
      }
    };
    for (const auto& entry : support) {
      count(entry.index);
    }
    count(j);
    begins_.resize(interactions_.users().size());
    std::uint64_t next = 0;
    for (const UserIx user : touched_) {
      const std::uint32_t size = ends_[user.value];
      begins_[user.value] = static_cast<std::uint32_t>(next);
      ends_[user.value] = static_cast<std::uint32_t>(next);
      next += size;
    }
    if (next > std::numeric_limits<std::uint32_t>::max()) {
      throw CapacityExceeded("the regression of item " + std::to_string(j.value) + " (by position) meets " +
                             std::to_string(next) + " interactions, but at most 4294967295 are possible; a smaller k " +
                             "meets fewer");
    }
    places_.resize(std::max<std::size_t>(places_.size(), static_cast<std::size_t>(next)));
    if (!interactions_.by_item().is_binary()) {
      values_.resize(places_.size());
    }
  }

  /// The lower triangle of the products of the items and j, which comes last.
  void sum_products(ItemIx j, std::span<const ScoredItem> support) {
    const std::size_t stride = support.size() + 1;
    gram_.assign(stride * stride, 0.0F);
    for (std::size_t place = 0; place < stride; ++place) {
      const ItemIx item = place < support.size() ? support[place].index : j;
      float* const row = gram_.data() + place * stride;
      const auto users = interactions_.by_item().row(item);
      const auto values = interactions_.by_item().row_values(item);
      for (std::size_t entry = 0; entry < users.size(); ++entry) {
        const std::uint32_t user = users[entry].value;
        const auto weight = static_cast<float>(parts_.of_user(users[entry]));
        const std::uint32_t begin = begins_[user];
        const std::uint32_t end = ends_[user]++;
        places_[end] = static_cast<std::uint32_t>(place);
        if (values.empty()) {
          for (std::uint32_t other = begin; other <= end; ++other) {
            row[places_[other]] += weight;
          }
        } else {
          values_[end] = values[entry];
          for (std::uint32_t other = begin; other <= end; ++other) {
            row[places_[other]] += weight * values[entry] * values_[other];
          }
        }
      }
    }
    for (const UserIx user : touched_) {
      ends_[user.value] = 0;
    }
  }

  const Interactions& interactions_;
  const EaseParts& parts_;
  /// Where the list of a user ends; all 0 between items.
  std::vector<std::uint32_t> ends_;
  RawVector<std::uint32_t> begins_{};
  std::vector<UserIx> touched_{};
  RawVector<std::uint32_t> places_{};
  RawVector<float> values_{};
  std::vector<float> gram_{};
  std::vector<float> right_{};
  std::vector<float> solution_{};
};

}  // namespace recocore::detail
