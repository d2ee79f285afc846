/// The state of SessionKnn: its rows are made anew, since they are many times larger than what they come from.
#pragma once

#include <cstddef>
#include <cstdint>

#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/session_knn.hpp>

namespace recocore::detail {

template <>
struct ModelState<SessionKnn> {
  static void write(StateWriter& writer, const SessionKnn& model) {
    if (writer.kept != Kept::all) {
      throw InvalidParameter(
          "SessionKnn makes lists from the sessions of users and their times, so it cannot be saved for serving only; "
          "save all of it");
    }
    const auto& config = model.config();
    write_enum(writer, config.scoring);
    writer(static_cast<std::uint64_t>(config.k), static_cast<std::uint64_t>(config.max_sessions), config.position_decay,
           config.neighbour_power, config.length_exponent, config.recency, config.distance_decay, config.before_weight,
           config.popularity_exponent, config.expansion, config.second_hop, config.reminders);
    detail::write(writer, model.interactions());
  }

  [[nodiscard]] static SessionKnn read(StateReader& reader) {
    SessionKnnConfig config;
    read_enum(reader, config.scoring, SessionScoring::vmis);
    std::uint64_t k = 0;
    std::uint64_t max_sessions = 0;
    reader(k, max_sessions, config.position_decay, config.neighbour_power, config.length_exponent, config.recency,
           config.distance_decay, config.before_weight, config.popularity_exponent, config.expansion, config.second_hop,
           config.reminders);
    config.k = static_cast<std::size_t>(k);
    config.max_sessions = static_cast<std::size_t>(max_sessions);
    return SessionKnn::fit(read_interactions(reader), config, {.threads = 1});
  }
};

}  // namespace recocore::detail
