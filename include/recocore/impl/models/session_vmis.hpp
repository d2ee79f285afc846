/// VMIS-kNN: Kersbergen, Sprangers, Schelter 2022, "Serenade: low-latency session-based recommendation in e-commerce at
/// scale", with the idf of its published code.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include <recocore/impl/models/session_parts.hpp>

namespace recocore::detail {

/// sim(s) = sum over the items common with the last four of (4 - steps back) / distinct items (fewer than four: their
/// number instead of 4), over the max_sessions newest sessions with any. Each of the k largest gives its items
/// sim(s) (1 - (steps back of the latest common item + 1) / 10) ln(clicks / n_j). The latest item is left out.
class SessionScoringVmis {
 public:
  SessionScoringVmis(const SessionParts& parts, const SessionKnnConfig& config, SessionScratch& scratch)
      : parts_(parts), config_(config), scratch_(scratch), request_(parts, config, scratch) {}

  /// As `SessionScoringFull::rank`.
  void rank(std::span<const ItemIx> sequence, SessionIx own, std::size_t n, const ItemMask& mask,
            std::vector<ScoredItem>& ranked) {
    const auto latest = sequence.last(std::min(sequence.size(), latest_places));
    distinct_from_back(latest, latest_places, scratch_.distinct);
    for (const ItemIx item : scratch_.distinct) {
      const auto after_place = std::find(latest.rbegin(), latest.rend(), item).base() - latest.begin();
      request_.ask_for(item, static_cast<double>(after_place) / static_cast<double>(scratch_.distinct.size()));
    }
    request_.meet_sessions();
    forget_old();
    static_cast<void>(
        request_.find_nearest(own, [](std::span<const SessionIx> /*sessions*/, std::span<float> /*similarities*/) {}));
    const auto clicks = static_cast<double>(parts_.store.by_item.entries());
    request_.visit_nearest([&](SessionIx session, double similarity) {
      const auto items = parts_.store.of(session);
      const double weight = similarity * match_weight(items, latest);
      for (std::size_t b = 0; b < items.size(); ++b) {
        const auto before = items.first(b);
        if (items[b] != latest.back() && std::find(before.begin(), before.end(), items[b]) == before.end()) {
          const auto sessions = static_cast<double>(parts_.store.by_item.row_size(items[b]));
          scratch_.sums.add(items[b], weight * std::log(clicks / sessions));
        }
      }
    });
    request_.rank(1.0, n, mask, ranked);
  }

 private:
  static constexpr std::size_t latest_places = 4;

  /// Of all sessions met only the newest `max_sessions` stay.
  void forget_old() {
    const auto met = request_.met();
    if (config_.max_sessions > 0 && met.size() > config_.max_sessions) {
      const auto kept = met.begin() + static_cast<std::ptrdiff_t>(config_.max_sessions);
      std::nth_element(met.begin(), kept, met.end());
      std::for_each(kept, met.end(), [this](SessionIx old) { scratch_.similarity[old.value] = 0.0F; });
      std::sort(met.begin(), kept);
    }
  }

  [[nodiscard]] static double match_weight(std::span<const ItemIx> items, std::span<const ItemIx> latest) {
    for (std::size_t back = 1; back <= latest.size(); ++back) {
      if (std::find(items.begin(), items.end(), latest[latest.size() - back]) != items.end()) {
        return 1.0 - 0.1 * static_cast<double>(back);
      }
    }
    return 0.0;
  }

  const SessionParts& parts_;
  const SessionKnnConfig& config_;
  SessionScratch& scratch_;
  SessionRequest request_;
};

}  // namespace recocore::detail
