#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>
#include <queue>
#include <string>
#include <tuple>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/segments/capped_assignment.hpp>

namespace recocore {

namespace detail {

/// Pairs in the order of their worth, each that still fits.
[[nodiscard]] inline std::vector<std::uint64_t> choose_greedily(const PairWorths& pairs,
                                                                std::span<const std::uint32_t> row_caps,
                                                                std::span<const std::uint32_t> column_caps) {
  struct Pair {
    float worth;
    std::uint32_t row;
    std::uint64_t entry;
  };
  std::vector<Pair> order;
  order.reserve(pairs.entries.size());
  for (std::size_t row = 0; row < pairs.rows(); ++row) {
    for (auto entry = pairs.offsets[row]; entry < pairs.offsets[row + 1]; ++entry) {
      order.push_back({pairs.entries[entry].worth, static_cast<std::uint32_t>(row), entry});
    }
  }
  std::sort(order.begin(), order.end(),
            [](const Pair& a, const Pair& b) { return a.worth != b.worth ? a.worth > b.worth : a.entry < b.entry; });
  std::vector<std::uint32_t> row_room(row_caps.begin(), row_caps.end());
  std::vector<std::uint32_t> column_room(column_caps.begin(), column_caps.end());
  std::vector<std::uint64_t> chosen;
  for (const Pair& pair : order) {
    auto& of_column = column_room[pairs.entries[pair.entry].column];
    auto& of_row = row_room[pair.row];
    if (of_row > 0 && of_column > 0) {
      --of_row;
      --of_column;
      chosen.push_back(pair.entry);
    }
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

[[nodiscard]] inline double worth_of(const PairWorths& pairs, std::span<const std::uint64_t> chosen) {
  return std::accumulate(chosen.begin(), chosen.end(), 0.0, [&pairs](double sum, std::uint64_t entry) {
    return sum + static_cast<double>(pairs.entries[entry].worth);
  });
}

/// Rows bid for columns until nobody wants more. A column has as many places as its cap; its price is that of the
/// cheapest place once all are taken, 0 before.
class CappedAuction {
 public:
  CappedAuction(const PairWorths& pairs, std::span<const std::uint32_t> row_caps,
                std::span<const std::uint32_t> column_caps, double step)
      : pairs_(pairs),
        row_caps_(row_caps),
        column_caps_(column_caps),
        step_(step),
        places_(column_caps.size()),
        is_held_(pairs.entries.size(), false),
        held_(pairs.rows(), 0),
        waits_(pairs.rows(), true) {
    for (std::size_t row = 0; row < pairs.rows(); ++row) {
      waiting_.push_back(static_cast<std::uint32_t>(row));
    }
  }

  void run(const RunOptions& run) {
    constexpr std::size_t between_looks = 1024;
    for (std::size_t turn = 0; !waiting_.empty(); ++turn) {
      if (turn % between_looks == 0) {
        throw_if_stopped(run);
      }
      const auto row = waiting_.front();
      waiting_.pop_front();
      waits_[row] = false;
      bid(row);
    }
  }

  [[nodiscard]] std::vector<std::uint64_t> chosen() const {
    std::vector<std::uint64_t> entries;
    for (std::size_t entry = 0; entry < is_held_.size(); ++entry) {
      if (is_held_[entry]) {
        entries.push_back(entry);
      }
    }
    return entries;
  }

  /// What the prices prove.
  [[nodiscard]] double upper_bound() {
    double bound = 0.0;
    for (std::size_t column = 0; column < places_.size(); ++column) {
      bound += static_cast<double>(column_caps_[column]) * price_of(column);
    }
    for (std::size_t row = 0; row < pairs_.rows(); ++row) {
      wishes_.clear();
      for (auto entry = pairs_.offsets[row]; entry < pairs_.offsets[row + 1]; ++entry) {
        add_wish(entry);
      }
      const std::size_t room = std::min<std::size_t>(row_caps_[row], wishes_.size());
      keep_first(room);
      for (std::size_t wish = 0; wish < room; ++wish) {
        bound += wishes_[wish].value;
      }
    }
    return bound;
  }

 private:
  struct Place {
    double price;
    std::uint32_t row;
    std::uint64_t entry;

    /// The cheapest place is on top of a heap; of equal ones that of the largest row.
    friend bool operator<(const Place& a, const Place& b) noexcept {
      return a.price != b.price ? a.price > b.price : a.row < b.row;
    }
  };
  /// A pair that is worth `value` more than its column's price.
  struct Wish {
    double value;
    std::uint64_t entry;
  };

  [[nodiscard]] bool is_full(std::size_t column) const { return places_[column].size() >= column_caps_[column]; }

  [[nodiscard]] double price_of(std::size_t column) const {
    return column_caps_[column] > 0 && is_full(column) ? places_[column].top().price : 0.0;
  }

  void add_wish(std::uint64_t entry) {
    const auto& pair = pairs_.entries[entry];
    const double value = static_cast<double>(pair.worth) - price_of(pair.column);
    if (value > 0.0 && column_caps_[pair.column] > 0) {
      wishes_.push_back({value, entry});
    }
  }

  /// The largest wishes, in order. O(wishes) where few are kept.
  void keep_first(std::size_t count) {
    std::partial_sort(wishes_.begin(), wishes_.begin() + static_cast<std::ptrdiff_t>(std::min(count, wishes_.size())),
                      wishes_.end(), [this](const Wish& a, const Wish& b) {
                        const auto column = [this](const Wish& wish) { return pairs_.entries[wish.entry].column; };
                        return a.value != b.value ? a.value > b.value : column(a) < column(b);
                      });
  }

  void bid(std::uint32_t row) {
    const std::size_t room = row_caps_[row] - held_[row];
    if (room == 0) {
      return;
    }
    wishes_.clear();
    for (auto entry = pairs_.offsets[row]; entry < pairs_.offsets[row + 1]; ++entry) {
      if (!is_held_[entry]) {
        add_wish(entry);
      }
    }
    keep_first(room + 1);
    const double otherwise = wishes_.size() > room ? wishes_[room].value : 0.0;
    for (std::size_t wish = 0; wish < std::min(room, wishes_.size()); ++wish) {
      const auto& [value, entry] = wishes_[wish];
      const auto column = pairs_.entries[entry].column;
      if (!is_full(column) || value >= step_) {
        take_place(row, entry, price_of(column) + (value - otherwise) + step_);
      }
    }
  }

  void take_place(std::uint32_t row, std::uint64_t entry, double price) {
    const auto column = pairs_.entries[entry].column;
    auto& places = places_[column];
    if (is_full(column)) {
      const Place lost = places.top();
      places.pop();
      is_held_[lost.entry] = false;
      --held_[lost.row];
      if (!waits_[lost.row]) {
        waits_[lost.row] = true;
        waiting_.push_back(lost.row);
      }
    }
    places.push({price, row, entry});
    is_held_[entry] = true;
    ++held_[row];
  }

  const PairWorths& pairs_;
  std::span<const std::uint32_t> row_caps_;
  std::span<const std::uint32_t> column_caps_;
  double step_;
  std::vector<std::priority_queue<Place>> places_;
  std::vector<bool> is_held_;
  std::vector<std::uint32_t> held_;
  std::vector<bool> waits_;
  std::deque<std::uint32_t> waiting_{};
  std::vector<Wish> wishes_{};
};

inline void check_caps(const PairWorths& pairs, std::span<const std::uint32_t> row_caps,
                       std::span<const std::uint32_t> column_caps, double tolerance) {
  if (row_caps.size() != pairs.rows()) {
    throw InvalidParameter("an assignment of " + std::to_string(pairs.rows()) + " rows needs as many caps; got " +
                           std::to_string(row_caps.size()));
  }
  if (!(tolerance > 0.0) || !std::isfinite(tolerance)) {
    throw InvalidParameter("the tolerance of an assignment must be above 0; got " + std::to_string(tolerance));
  }
  for (const auto& [column, worth] : pairs.entries) {
    if (column >= column_caps.size() || !(worth > 0.0F) || !std::isfinite(worth)) {
      throw InvalidParameter("a pair of an assignment has column " + std::to_string(column) + " and is worth " +
                             std::to_string(worth) + ": there are caps for " + std::to_string(column_caps.size()) +
                             " columns, and worths are finite and above 0");
    }
  }
}

}  // namespace detail

RECOCORE_INLINE CappedAssignment assign_capped(const PairWorths& pairs, std::span<const std::uint32_t> row_caps,
                                               std::span<const std::uint32_t> column_caps, double tolerance,
                                               const RunOptions& run) {
  detail::check_caps(pairs, row_caps, column_caps, tolerance);
  CappedAssignment best;
  best.chosen = detail::choose_greedily(pairs, row_caps, column_caps);
  best.total = detail::worth_of(pairs, best.chosen);
  best.upper_bound = 2.0 * best.total;
  if (best.chosen.empty()) {
    return best;
  }
  // Greed fills at least half of the places that the best choice does, and has at least half of its worth.
  double step = tolerance * best.total / (2.0 * static_cast<double>(best.chosen.size()));
  constexpr int most_rounds = 3;
  constexpr double finer = 4.0;
  for (int round = 0; round < most_rounds && best.gap() > tolerance; ++round, step /= finer) {
    detail::CappedAuction auction(pairs, row_caps, column_caps, step);
    auction.run(run);
    auto chosen = auction.chosen();
    const double total = detail::worth_of(pairs, chosen);
    best.upper_bound = std::min(best.upper_bound, auction.upper_bound());
    if (total > best.total) {
      best.chosen = std::move(chosen);
      best.total = total;
    }
  }
  best.upper_bound = std::max(best.upper_bound, best.total);
  return best;
}

}  // namespace recocore
