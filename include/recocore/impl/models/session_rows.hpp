/// What sessions tell about items: which are alike, which follow, how people come back.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/parallel.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/models/session_store.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore::detail {

/// Sums by item that are found again. Memory is kept.
class ItemSums {
 public:
  void start(std::size_t items) {
    if (sums_.size() < items) {
      sums_.resize(items, 0.0);
    }
    met_.clear();
  }

  /// @param term from 0 up; nothing is done for 0.
  void add(ItemIx item, double term) {
    double& sum = sums_[item.value];
    if (sum == 0.0 && term > 0.0) {
      met_.push_back(item);
    }
    sum += term;
  }

  [[nodiscard]] double& operator[](ItemIx item) noexcept { return sums_[item.value]; }
  /// The items with sums above 0. One that was set to 0 in between is there again.
  [[nodiscard]] std::span<const ItemIx> met() const noexcept { return met_; }
  /// The sum, which is 0 afterwards: all must be taken.
  [[nodiscard]] double take(ItemIx item) noexcept { return std::exchange(sums_[item.value], 0.0); }

 private:
  /// All zero between uses.
  std::vector<double> sums_{};
  std::vector<ItemIx> met_{};
};

/// What a thread needs to make rows.
struct SessionRowScratch {
  ItemSums sums{};
  std::vector<ScoredItem> row{};
};

/// Items of which a block of rows is made at a time.
inline constexpr std::size_t session_row_grain = 64;

/// Rows by `make(item, scratch)`, which leaves one, best first, in `scratch.row`.
template <class Make>
[[nodiscard]] Neighbours<ItemIx> make_session_rows(std::size_t items, const RunOptions& options, std::string_view stage,
                                                   const Make& make) {
  constexpr std::size_t grain = session_row_grain;
  std::vector<std::vector<ScoredItem>> blocks((items + grain - 1) / grain);
  Neighbours<ItemIx> rows;
  rows.offsets.assign(items + 1, 0);
  Slots<SessionRowScratch> slots(parallel_slots(options));
  parallel_for(items, grain, options, stage, [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& scratch = slots.get(slot, [] { return SessionRowScratch{}; });
    std::vector<ScoredItem> block;
    for (std::size_t i = begin; i < end && !should_stop(options); ++i) {
      scratch.sums.start(items);
      scratch.row.clear();
      make(ItemIx(i), scratch);
      rows.offsets[i + 1] = scratch.row.size();
      block.insert(block.end(), scratch.row.begin(), scratch.row.end());
    }
    blocks[begin / grain].assign(block.begin(), block.end());
  });
  for (std::size_t i = 0; i < items; ++i) {
    rows.offsets[i + 1] += rows.offsets[i];
  }
  rows.entries.reserve(rows.offsets.back());
  for (auto& block : blocks) {
    rows.entries.insert(rows.entries.end(), block.begin(), block.end());
    block = {};
  }
  return rows;
}

/// Leaves in `scratch.row` the best of the sums, each as `score(item, sum)` in single precision.
template <class Score>
void take_best(SessionRowScratch& scratch, std::size_t most, const Score& score) {
  for (const ItemIx item : scratch.sums.met()) {
    if (const auto value = static_cast<float>(score(item, scratch.sums.take(item))); value > 0.0F) {
      scratch.row.push_back({item, value});
    }
  }
  keep_best(scratch.row, most);
}

// Measured on clicks of two shops, where accuracy hardly depends on them.
inline constexpr std::size_t most_alike = 30;
inline constexpr std::size_t most_followers = 100;
inline constexpr std::size_t most_next_items = 200;
inline constexpr std::size_t transition_window = 30;

/// S(i, l) = [(sum over s with i of |s|^-0.5 times how often s has l) n_l^-0.5]^0.7, the largest 30 of each row, which
/// are then divided by their sum.
[[nodiscard]] inline Neighbours<ItemIx> alike_in_sessions(const SessionStore& store, const RunOptions& options) {
  constexpr double flattening = 0.7;
  const auto& by_item = store.by_item;
  return make_session_rows(by_item.rows(), options, "similar items", [&](ItemIx i, SessionRowScratch& scratch) {
    for (const SessionIx session : by_item.row(i)) {
      const auto items = store.of(session);
      const double weight = 1.0 / std::sqrt(static_cast<double>(items.size()));
      for (const ItemIx item : items) {
        scratch.sums.add(item, item == i ? 0.0 : weight);
      }
    }
    take_best(scratch, most_alike,
              [&](ItemIx l, double sum) { return sum / std::sqrt(static_cast<double>(by_item.row_size(l))); });
    double total = 0.0;
    for (const auto& entry : scratch.row) {
      total += std::pow(static_cast<double>(entry.score), flattening);
    }
    for (auto& entry : scratch.row) {
      entry.score = static_cast<float>(std::pow(static_cast<double>(entry.score), flattening) / total);
    }
  });
}

/// T(i, j) = sum over the places of i and j in a session, at most 30 apart, of e^(-recency age) / distance, times
/// before_weight where j is before i; divided by the sum of the row, of which the largest 100 are kept.
[[nodiscard]] inline Neighbours<ItemIx> followers_in_sessions(const SessionStore& store, double recency,
                                                              double before_weight, const RunOptions& options) {
  return make_session_rows(store.by_item.rows(), options, "transitions", [&](ItemIx i, SessionRowScratch& scratch) {
    for (const SessionIx session : store.by_item.row(i)) {
      const auto items = store.of(session);
      const double weight = std::exp(-recency * store.age(session.value));
      for (std::size_t a = 0; a < items.size(); ++a) {
        if (items[a] != i) {
          continue;
        }
        const std::size_t end = std::min(items.size(), a + transition_window + 1);
        for (std::size_t b = a < transition_window ? 0 : a - transition_window; b < end; ++b) {
          const double distance = static_cast<double>(b > a ? b - a : a - b);
          if (b != a) {
            scratch.sums.add(items[b], (b > a ? weight : weight * before_weight) / distance);
          }
        }
      }
    }
    double total = 0.0;
    for (const ItemIx item : scratch.sums.met()) {
      total += scratch.sums[item];
    }
    take_best(scratch, most_followers, [&](ItemIx /*j*/, double sum) { return sum / total; });
  });
}

/// HT(i, j) = sum over l of S(i, l) T(l, j), the largest 200 of each row, i itself left out.
[[nodiscard]] inline Neighbours<ItemIx> next_in_sessions(const Neighbours<ItemIx>& alike,
                                                         const Neighbours<ItemIx>& followers,
                                                         const RunOptions& options) {
  return make_session_rows(alike.rows(), options, "next items", [&](ItemIx i, SessionRowScratch& scratch) {
    for (const auto& [l, similarity] : alike.of(i)) {
      for (const auto& [j, share] : followers.of(l)) {
        scratch.sums.add(j, static_cast<double>(similarity) * static_cast<double>(share));
      }
    }
    take_best(scratch, most_next_items, [i](ItemIx j, double sum) { return j == i ? 0.0 : sum; });
  });
}

inline constexpr std::size_t most_reminders = 20;
using ReminderRates = std::array<double, most_reminders>;

/// The distinct items of a sequence at their latest place, the latest first, as far as there is room.
inline void distinct_from_back(std::span<const ItemIx> sequence, std::size_t most, std::vector<ItemIx>& distinct) {
  distinct.clear();
  for (std::size_t place = sequence.size(); place-- > 0 && distinct.size() < most;) {
    if (std::find(distinct.begin(), distinct.end(), sequence[place]) == distinct.end()) {
      distinct.push_back(sequence[place]);
    }
  }
}

/// r_d = how often the next item was the d-th distinct item back, of the times there was one and 20 more.
[[nodiscard]] inline ReminderRates reminder_rates(const SessionStore& store, const RunOptions& options) {
  constexpr double prior = 20.0;
  constexpr std::size_t grain = 1024;
  struct Counts {
    std::array<std::uint64_t, most_reminders> came{};
    std::array<std::uint64_t, most_reminders> could{};
    std::vector<ItemIx> distinct{};
  };
  std::vector<Counts> counts(parallel_slots(options));
  parallel_for(store.size(), grain, options, "reminders", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& mine = counts[slot];
    for (std::size_t s = begin; s < end; ++s) {
      const auto items = store.of(SessionIx(s));
      for (std::size_t place = 1; place < items.size(); ++place) {
        distinct_from_back(items.first(place), most_reminders, mine.distinct);
        for (std::size_t d = 0; d < mine.distinct.size(); ++d) {
          ++mine.could[d];
          mine.came[d] += mine.distinct[d] == items[place] ? 1U : 0U;
        }
      }
    }
  });
  ReminderRates rates{};
  for (std::size_t d = 0; d < most_reminders; ++d) {
    std::uint64_t came = 0;
    std::uint64_t could = 0;
    for (const auto& slot : counts) {
      came += slot.came[d];
      could += slot.could[d];
    }
    rates[d] = static_cast<double>(came) / (static_cast<double>(could) + prior);
  }
  return rates;
}

}  // namespace recocore::detail
