/// The state of Ease.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <recocore/core/raw_vector.hpp>
#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/ease.hpp>

namespace recocore::detail {

inline void write(StateWriter& writer, const EaseConfig& config) {
  writer(config.l2, config.user_exponent, config.count_exponent, config.candidate_exponent, config.dropout,
         config.diagonal);
}

inline void read(StateReader& reader, EaseConfig& config) {
  reader(config.l2, config.user_exponent, config.count_exponent, config.candidate_exponent, config.dropout,
         config.diagonal);
}

template <>
struct ModelState<Ease> {
  static void write(StateWriter& writer, const Ease& model) {
    detail::write(writer, model.config());
    detail::write(writer, model.interactions());
    writer.array(model.weights().data(), model.weights().size(), {'W', 'G', 'T', 'S'},
                 std::max<std::size_t>(1, model.interactions().items().size()));
  }

  [[nodiscard]] static Ease read(StateReader& reader) {
    EaseConfig config;
    detail::read(reader, config);
    auto interactions = read_interactions(reader);
    RawVector<float> weights;
    reader.array(weights);
    return Ease::from_parts(std::move(interactions), config, std::move(weights));
  }
};

}  // namespace recocore::detail
