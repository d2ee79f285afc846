/// What the scorings of sessions share: the fitted parts, memory of a request, the nearest sessions.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/best_of.hpp>
#include <recocore/impl/models/session_rows.hpp>
#include <recocore/impl/models/session_store.hpp>
#include <recocore/models/session_knn.hpp>
#include <recocore/rank/item_mask.hpp>
#include <recocore/rank/sequence.hpp>

namespace recocore::detail {

struct SessionParts {
  SessionStore store{};
  Neighbours<ItemIx> alike{};
  Neighbours<ItemIx> next{};
  /// Of each row of `next`.
  std::vector<double> next_sums{};
  ReminderRates reminders{};
  /// |s|^-length_exponent e^(-recency age(s)).
  std::vector<float> session_weights{};
  /// (n_j + 5)^-popularity_exponent.
  std::vector<float> item_weights{};
  /// g by distance; 0 is not used.
  std::array<double, most_session_events> ahead{};
  std::array<double, most_session_events> behind{};
};

/// An item that stands for the session so far.
struct QueryItem {
  ItemIx item{};
  double weight = 0.0;
};

/// Memory of a request, kept from one to the next.
struct SessionScratch {
  SequenceScratch sequence{};
  std::vector<ItemIx> distinct{};
  std::vector<QueryItem> query{};
  /// 1 + the place in the query of each item; all zero between requests.
  std::vector<std::uint8_t> place_in_query{};
  /// All zero between requests.
  std::vector<float> similarity{};
  std::vector<SessionIx> met{};
  BestOf<SessionIx> nearest{};
  std::array<double, most_session_events> gains{};
  ItemSums sums{};
  BestOf<ItemIx> best{};
};

/// Finds the sessions that share most with the query, and ranks what was summed up.
class SessionRequest {
 public:
  SessionRequest(const SessionParts& parts, const SessionKnnConfig& config, SessionScratch& scratch)
      : parts_(parts), config_(config), scratch_(scratch) {
    const std::size_t items = parts.store.by_item.rows();
    scratch.place_in_query.resize(std::max(scratch.place_in_query.size(), items), 0);
    scratch.similarity.resize(std::max(scratch.similarity.size(), parts.store.size()), 0.0F);
    scratch.query.clear();
    scratch.sums.start(items);
  }
  SessionRequest(const SessionRequest&) = delete;
  SessionRequest& operator=(const SessionRequest&) = delete;
  ~SessionRequest() {
    for (const auto& entry : scratch_.query) {
      scratch_.place_in_query[entry.item.value] = 0;
    }
  }

  /// None, or 1 + its place in the query.
  [[nodiscard]] std::size_t place_of(ItemIx item) const noexcept { return scratch_.place_in_query[item.value]; }

  /// An item that is not in the query yet. There are never more than 8 bits can count.
  void ask_for(ItemIx item, double weight) {
    scratch_.query.push_back({item, weight});
    scratch_.place_in_query[item.value] = static_cast<std::uint8_t>(scratch_.query.size());
  }

  /// Leaves in `scratch.met` the sessions that share an item with the query, and in `scratch.similarity` the sums of
  /// its weights.
  void meet_sessions() {
    std::size_t most = 0;
    for (const auto& entry : scratch_.query) {
      most += sessions_of(entry.item).size();
    }
    if (scratch_.met.size() < most + 1) {
      scratch_.met.resize(most + 1);
    }
    float* const similarity = scratch_.similarity.data();
    SessionIx* const met = scratch_.met.data();
    std::size_t count = 0;
    for (const auto& entry : scratch_.query) {
      const auto weight = static_cast<float>(entry.weight);
      for (const SessionIx session : sessions_of(entry.item)) {
        // Written before it is known whether it is new.
        met[count] = session;
        count += similarity[session.value] == 0.0F ? 1U : 0U;
        similarity[session.value] += weight;
      }
    }
    met_ = count;
  }

  [[nodiscard]] std::span<SessionIx> met() const noexcept { return std::span(scratch_.met).first(met_); }

  /// Leaves in `scratch.nearest` the k sessions with the largest weights, and returns the sum of the weights of all.
  /// @param weigh makes weights of similarities: `weigh(sessions, similarities)`, parallel spans.
  /// @param own takes no part.
  template <class Weigh>
  double find_nearest(SessionIx own, const Weigh& weigh) {
    // In blocks, so that the processor waits for many numbers at a time.
    constexpr std::size_t block = BestOf<SessionIx>::most_at_once;
    std::array<SessionIx, block> sessions{};
    std::array<float, block> weights{};
    scratch_.nearest.start(config_.k, std::max<std::size_t>(1, met_));
    double sum = 0.0;
    for (std::size_t begin = 0; begin < met_; begin += block) {
      std::size_t filled = 0;
      for (const SessionIx session : met().subspan(begin, std::min(block, met_ - begin))) {
        const float similarity = std::exchange(scratch_.similarity[session.value], 0.0F);
        sessions[filled] = session;
        weights[filled] = similarity;
        filled += similarity != 0.0F && session != own ? 1U : 0U;
      }
      weigh(std::span<const SessionIx>(sessions).first(filled), std::span(weights).first(filled));
      for (std::size_t e = 0; e < filled; ++e) {
        weights[e] = std::max(weights[e], std::numeric_limits<float>::min());
        sum += static_cast<double>(weights[e]);
      }
      scratch_.nearest.offer_all(sessions.data(), weights.data(), filled);
    }
    scratch_.nearest.finish();
    return sum;
  }

  /// Calls `visitor(session, weight)` for the nearest, best first. They lie far apart: their memory is asked for before
  /// it is needed.
  template <class Visitor>
  void visit_nearest(const Visitor& visitor) const {
    constexpr std::size_t offsets_ahead = 16;
    constexpr std::size_t items_ahead = 8;
    const auto& store = parts_.store;
    const auto& nearest = scratch_.nearest;
    for (std::size_t place = 0; place < nearest.size(); ++place) {
      if (place + offsets_ahead < nearest.size()) {
        prefetch(&store.offsets[nearest[place + offsets_ahead].index.value]);
      }
      if (place + items_ahead < nearest.size()) {
        prefetch(store.of(nearest[place + items_ahead].index).data());
      }
      visitor(nearest[place].index, static_cast<double>(nearest[place].score));
    }
  }

  /// Ranks the sums, which are used up, multiplied by `factor`.
  void rank(double factor, std::size_t n, const ItemMask& mask, std::vector<ScoredItem>& ranked) {
    const auto met = scratch_.sums.met();
    scratch_.best.start(n, std::max<std::size_t>(1, met.size()));
    for (const ItemIx item : met) {
      constexpr double largest = std::numeric_limits<float>::max();
      const double sum = scratch_.sums.take(item) * factor;
      if (sum > 0.0 && mask.allows(item)) {
        scratch_.best.offer(item, static_cast<float>(std::min(sum, largest)));
      }
    }
    scratch_.best.finish();
    ranked.resize(scratch_.best.size());
    for (std::size_t place = 0; place < ranked.size(); ++place) {
      ranked[place] = scratch_.best[place];
    }
  }

 private:
  static void prefetch([[maybe_unused]] const void* memory) noexcept {
#if defined(__GNUC__)
    __builtin_prefetch(memory);
#endif
  }

  [[nodiscard]] std::span<const SessionIx> sessions_of(ItemIx item) const noexcept {
    const auto all = parts_.store.by_item.row(item);
    return config_.max_sessions == 0 ? all : all.first(std::min(all.size(), config_.max_sessions));
  }

  const SessionParts& parts_;
  const SessionKnnConfig& config_;
  SessionScratch& scratch_;
  std::size_t met_ = 0;
};

}  // namespace recocore::detail
