/// The score of SessionKnn, step by step; see session_knn.hpp for the formula.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include <recocore/impl/models/session_parts.hpp>

namespace recocore::detail {

class SessionScoringFull {
 public:
  SessionScoringFull(const SessionParts& parts, const SessionKnnConfig& config, SessionScratch& scratch)
      : parts_(parts), config_(config), scratch_(scratch), request_(parts, config, scratch) {}

  /// @param sequence the session so far, not empty. @param own the session itself, if it is one of those fitted on.
  void rank(std::span<const ItemIx> sequence, SessionIx own, std::size_t n, const ItemMask& mask,
            std::vector<ScoredItem>& ranked) {
    make_query(sequence);
    request_.meet_sessions();
    const double met = request_.find_nearest(own, [&](std::span<const SessionIx> sessions, std::span<float> weights) {
      if (config_.neighbour_power != 1.0) {
        const auto power = static_cast<float>(config_.neighbour_power);
        std::transform(weights.begin(), weights.end(), weights.begin(),
                       [power](float w) { return std::pow(w, power); });
      }
      for (std::size_t e = 0; e < weights.size(); ++e) {
        weights[e] *= parts_.session_weights[sessions[e].value];
      }
    });
    request_.visit_nearest([this](SessionIx session, double weight) { add_session(parts_.store.of(session), weight); });
    // All is relative to the sum of K, by which only the final scores are divided.
    const double total = weigh_candidates();
    add_next_items(sequence, met, total);
    add_reminders(sequence, total);
    request_.rank(1.0 / total, n, mask, ranked);
  }

 private:
  // What accuracy hardly depends on, near the best on clicks of two shops.
  static constexpr std::size_t latest_places = 20;
  static constexpr double steps_decay = 0.05;
  static constexpr std::size_t expanded_items = 5;
  static constexpr std::size_t alike_of_item = 10;
  static constexpr std::size_t second_hop_places = 5;
  static constexpr double second_hop_decay = 0.7;
  static constexpr double few_sessions = 20.0;
  static constexpr double few_sessions_exponent = 0.3;
  static constexpr double most_reminded = 0.95;
  static constexpr double rare_repetition = 0.01;
  static_assert(latest_places + expanded_items * alike_of_item < 256);

  void make_query(std::span<const ItemIx> sequence) {
    const std::size_t places = std::min(sequence.size(), latest_places);
    for (std::size_t d = 0; d < places; ++d) {
      const ItemIx item = sequence[sequence.size() - 1 - d];
      if (request_.place_of(item) == 0) {
        const auto steps = static_cast<double>(d);
        request_.ask_for(item, std::pow(steps + 1.0, -config_.position_decay) * std::exp(-steps_decay * steps));
      }
    }
    if (config_.expansion == 0.0) {
      return;
    }
    const std::size_t given = scratch_.query.size();
    for (std::size_t place = 0; place < std::min(given, expanded_items); ++place) {
      const auto [item, weight] = scratch_.query[place];
      const auto alike = parts_.alike.of(item);
      for (const auto& [other, similarity] : alike.first(std::min(alike.size(), alike_of_item))) {
        const double more = weight * config_.expansion * static_cast<double>(similarity);
        const std::size_t known = request_.place_of(other);
        if (known == 0) {
          request_.ask_for(other, more);
        } else if (known > given) {
          scratch_.query[known - 1].weight += more;
        }
      }
    }
  }

  void add_session(std::span<const ItemIx> items, double weight) {
    const std::size_t size = items.size();
    double* const gains = scratch_.gains.data();
    std::fill_n(gains, size, 0.0);
    for (std::size_t a = 0; a < size; ++a) {
      const std::size_t known = request_.place_of(items[a]);
      if (known == 0) {
        continue;
      }
      const double match = weight * scratch_.query[known - 1].weight;
      for (std::size_t b = 0; b < a; ++b) {
        gains[b] += match * parts_.behind[a - b];
      }
      for (std::size_t b = a + 1; b < size; ++b) {
        gains[b] += match * parts_.ahead[b - a];
      }
    }
    for (std::size_t b = 0; b < size; ++b) {
      scratch_.sums.add(items[b], gains[b]);
    }
  }

  /// The sum of K, 1 if there is none.
  [[nodiscard]] double weigh_candidates() {
    double total = 0.0;
    for (const ItemIx item : scratch_.sums.met()) {
      double& sum = scratch_.sums[item];
      sum *= static_cast<double>(parts_.item_weights[item.value]);
      total += sum;
    }
    return total > 0.0 ? total : 1.0;
  }

  [[nodiscard]] static double second_hop_weight(std::size_t d) {
    return std::pow(static_cast<double>(d) + 1.0, -second_hop_decay);
  }

  void add_next_items(std::span<const ItemIx> sequence, double met, double total) {
    const std::size_t places = config_.second_hop > 0.0 ? std::min(sequence.size(), second_hop_places) : 0;
    double sum = 0.0;
    for (std::size_t d = 0; d < places; ++d) {
      sum += second_hop_weight(d) * parts_.next_sums[sequence[sequence.size() - 1 - d].value];
    }
    if (sum == 0.0) {
      return;
    }
    const double share = config_.second_hop * std::pow((1.0 + met) / few_sessions, -few_sessions_exponent);
    for (std::size_t d = 0; d < places; ++d) {
      const double factor = total * share * second_hop_weight(d) / sum;
      for (const auto& [item, score] : parts_.next.of(sequence[sequence.size() - 1 - d])) {
        scratch_.sums.add(item, factor * static_cast<double>(score));
      }
    }
  }

  void add_reminders(std::span<const ItemIx> sequence, double total) {
    distinct_from_back(sequence, most_reminders, scratch_.distinct);
    if (parts_.reminders[0] < rare_repetition) {
      scratch_.sums[scratch_.distinct.front()] = 0.0;
    }
    double all = 0.0;
    for (std::size_t d = 0; d < scratch_.distinct.size(); ++d) {
      all += parts_.reminders[d];
    }
    const double factor = total * config_.reminders / (1.0 - std::min(all, most_reminded));
    for (std::size_t d = 0; d < scratch_.distinct.size(); ++d) {
      scratch_.sums.add(scratch_.distinct[d], factor * parts_.reminders[d]);
    }
  }

  const SessionParts& parts_;
  const SessionKnnConfig& config_;
  SessionScratch& scratch_;
  SessionRequest request_;
};

}  // namespace recocore::detail
