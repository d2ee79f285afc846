/// The links of a Hybrid: from a linear model and the likeness of content to one list for each item.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/models/ease.hpp>
#include <recocore/models/hybrid.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/rp3beta.hpp>
#include <recocore/models/slim.hpp>
#include <recocore/models/sparse_ease.hpp>

namespace recocore::detail {

/// The matrix S of a model that scores by sum of w_ui S_ij.
class LinearLinks {
 public:
  /// @throws InvalidParameter for a model that is not linear in the items of a history.
  explicit LinearLinks(const AnyModel& model) {
    if (const auto* knn = model.get_if<ItemKnn>()) {
      sparse_ = &knn->votes();
    } else if (const auto* walk = model.get_if<Rp3beta>()) {
      sparse_ = &walk->weights().rows();
    } else if (const auto* slim = model.get_if<Slim>()) {
      sparse_ = &slim->weights().rows();
    } else if (const auto* sparse = model.get_if<SparseEase>()) {
      sparse_ = &sparse->weights().rows();
    } else if (const auto* ease = model.get_if<Ease>()) {
      dense_ = ease->weights();
      items_ = ease->interactions().items().size();
    } else {
      throw InvalidParameter(
          "the collaborative part of a hybrid must be linear in the items of a history: item_knn, "
          "rp3beta, slim, ease or sparse_ease; got '" +
          std::string(model.name()) + "'");
    }
  }

  /// Column by column, items ascending: of(j) lists the i with S_ij.
  [[nodiscard]] Neighbours<ItemIx> columns(const RunOptions& options) const {
    if (sparse_ != nullptr) {
      return transpose(*sparse_, options);
    }
    Neighbours<ItemIx> result;
    result.entries.reserve(
        static_cast<std::size_t>(std::count_if(dense_.begin(), dense_.end(), [](float link) { return link != 0.0F; })));
    for (std::size_t j = 0; j < items_; ++j) {
      throw_if_stopped(options);
      for (std::size_t i = 0; i < items_; ++i) {
        if (const float link = dense_[i * items_ + j]; link != 0.0F) {
          result.entries.push_back({ItemIx(i), link});
        }
      }
      result.offsets.push_back(result.entries.size());
    }
    return result;
  }

 private:
  const Neighbours<ItemIx>* sparse_ = nullptr;
  std::span<const float> dense_{};
  std::size_t items_ = 0;
};

/// The median, over the items that have any, of the largest link. 1 when there is none.
[[nodiscard]] inline double unit_of(const Neighbours<ItemIx>& columns) {
  std::vector<float> largest;
  for (std::size_t j = 0; j < columns.rows(); ++j) {
    const auto column = columns.of(ItemIx(j));
    const auto top = std::max_element(column.begin(), column.end(),
                                      [](const ScoredItem& a, const ScoredItem& b) { return a.score < b.score; });
    if (top != column.end() && top->score > 0.0F) {
      largest.push_back(top->score);
    }
  }
  if (largest.empty()) {
    return 1.0;
  }
  const auto middle = largest.begin() + static_cast<std::ptrdiff_t>(largest.size() / 2);
  std::nth_element(largest.begin(), middle, largest.end());
  return static_cast<double>(*middle);
}

/// How far an item's own links count: a_j. 1 where the rest would hardly be felt.
[[nodiscard]] inline double own_share(std::size_t support, double half_support) {
  constexpr double hardly = 0.02;
  if (support == 0) {
    return 0.0;
  }
  const double share = static_cast<double>(support) / (static_cast<double>(support) + half_support);
  return share > 1.0 - hardly ? 1.0 : share;
}

/// What mixing links needs from item to item.
struct LinkSums {
  std::vector<double> sums{};
  std::vector<ItemIx> touched{};
  std::vector<std::uint8_t> is_touched{};

  void start(std::size_t items) {
    if (sums.size() < items) {
      sums.assign(items, 0.0);
      is_touched.assign(items, 0);
    }
    touched.clear();
  }
  void add(std::span<const ScoredItem> row, double weight) {
    for (const auto& entry : row) {
      if (std::exchange(is_touched[entry.index.value], std::uint8_t{1}) == 0) {
        touched.push_back(entry.index);
      }
      sums[entry.index.value] += weight * static_cast<double>(entry.score);
    }
  }
  /// The `most` largest in size, by item, without `self`. Leaves all 0.
  [[nodiscard]] std::vector<ScoredItem> take(ItemIx self, std::size_t most) {
    std::vector<ScoredItem> links;
    links.reserve(touched.size());
    for (const ItemIx item : touched) {
      const auto sum = static_cast<float>(std::exchange(sums[item.value], 0.0));
      is_touched[item.value] = 0;
      if (item != self && sum != 0.0F) {
        links.push_back({item, sum});
      }
    }
    if (links.size() > most) {
      const auto end = links.begin() + static_cast<std::ptrdiff_t>(most);
      std::nth_element(links.begin(), end, links.end(), [](const ScoredItem& a, const ScoredItem& b) {
        const float x = std::abs(a.score);
        const float y = std::abs(b.score);
        return x != y ? x > y : a.index < b.index;
      });
      links.erase(end, links.end());
    }
    std::sort(links.begin(), links.end(), [](const ScoredItem& a, const ScoredItem& b) { return a.index < b.index; });
    return links;
  }
};

[[nodiscard]] inline double total_of(std::span<const ScoredItem> relatives) {
  double total = 0.0;
  for (const auto& relative : relatives) {
    total += static_cast<double>(relative.score);
  }
  return total;
}

/// L_ij for all i, of an item j with these relatives.
/// @param own the links S_ij of the item itself; none for an item that nobody has.
[[nodiscard]] inline std::vector<ScoredItem> mix_links(ItemIx item, std::span<const ScoredItem> own,
                                                       std::size_t support, std::span<const ScoredItem> relatives,
                                                       const Neighbours<ItemIx>& columns, double unit,
                                                       const HybridConfig& config, LinkSums& sums) {
  sums.start(columns.rows());
  const double total = total_of(relatives);
  // Without relatives there is nothing to fade from.
  const double share = total > 0.0 || support == 0 ? own_share(support, config.half_support) : 1.0;
  if (share > 0.0) {
    sums.add(own, share);
  }
  if (share < 1.0 && total > 0.0) {
    const double inherited = (1.0 - share) * config.inheritance / total;
    if (inherited > 0.0) {
      for (const auto& relative : relatives) {
        sums.add(columns.of(relative.index), inherited * static_cast<double>(relative.score));
      }
    }
    if (const double alike = (1.0 - share) * config.likeness * unit; alike > 0.0) {
      sums.add(relatives, alike);
    }
  }
  return sums.take(item, config.links);
}

/// Lists of different lengths one after the other.
[[nodiscard]] inline Neighbours<ItemIx> joined(const std::vector<std::vector<ScoredItem>>& lists) {
  Neighbours<ItemIx> result;
  result.offsets.reserve(lists.size() + 1);
  std::size_t entries = 0;
  for (const auto& list : lists) {
    entries += list.size();
  }
  result.entries.reserve(entries);
  for (const auto& list : lists) {
    result.entries.insert(result.entries.end(), list.begin(), list.end());
    result.offsets.push_back(result.entries.size());
  }
  return result;
}

}  // namespace recocore::detail
