/// The state of Als.
#pragma once

#include <utility>
#include <vector>

#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/als.hpp>

namespace recocore::detail {

template <>
struct ModelState<Als> {
  static void write(StateWriter& writer, const Als& model) {
    const auto& config = model.config();
    writer(config.factors, config.epochs, config.block_size, config.seed, config.regularization,
           config.unobserved_weight, config.frequency_exponent, config.init_scale);
    detail::write(writer, model.interactions());
    writer.array(model.item_factors().data(), model.item_factors().size());
    writer.array(model.user_factors().data(), model.user_factors().size());
  }

  [[nodiscard]] static Als read(StateReader& reader) {
    AlsConfig config;
    reader(config.factors, config.epochs, config.block_size, config.seed, config.regularization,
           config.unobserved_weight, config.frequency_exponent, config.init_scale);
    auto interactions = read_interactions(reader);
    std::vector<float> item_factors;
    std::vector<float> user_factors;
    reader.array(item_factors);
    reader.array(user_factors);
    return Als::from_parts(std::move(interactions), config, std::move(item_factors), std::move(user_factors));
  }
};

}  // namespace recocore::detail
