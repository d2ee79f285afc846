/// The state of Als.
#pragma once

#include <span>
#include <utility>

#include <recocore/core/raw_vector.hpp>
#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/als.hpp>

namespace recocore::detail {

template <>
struct ModelState<Als> {
  static void write(StateWriter& writer, const Als& model) {
    const auto& config = model.config();
    writer(config.factors, config.epochs, config.block_size, config.seed, config.regularization,
           config.unobserved_weight, config.frequency_exponent, config.init_scale);
    writer(model.scaled_regularization());
    detail::write(writer, model.interactions());
    writer.array(model.item_factors().data(), model.item_factors().size(), {'I', 'F', 'A', 'C'}, config.factors);
    const auto users = writer.kept == Kept::serving ? std::span<const float>{} : model.user_factors();
    writer.array(users.data(), users.size(), {'U', 'F', 'A', 'C'}, config.factors);
  }

  [[nodiscard]] static Als read(StateReader& reader) {
    AlsConfig config;
    reader(config.factors, config.epochs, config.block_size, config.seed, config.regularization,
           config.unobserved_weight, config.frequency_exponent, config.init_scale);
    double scaled_regularization = 0.0;
    reader(scaled_regularization);
    auto interactions = read_interactions(reader);
    RawVector<float> item_factors;
    RawVector<float> user_factors;
    reader.array(item_factors);
    reader.array(user_factors);
    return Als::from_parts(std::move(interactions), config, std::move(item_factors), std::move(user_factors),
                           scaled_regularization);
  }
};

}  // namespace recocore::detail
