/// The state of GraphFilter.
#pragma once

#include <cstdint>
#include <utility>

#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/graph_filter.hpp>

namespace recocore::detail {

template <>
struct ModelState<GraphFilter> {
  static void write(StateWriter& writer, const GraphFilter& model) {
    const auto& config = model.config();
    writer(static_cast<std::uint64_t>(config.k), config.history_exponent, config.user_exponent,
           config.candidate_exponent, config.power,
           static_cast<std::uint64_t>(config.dimensions_for(model.interactions())), config.low_pass_weight,
           config.low_pass_history_exponent, config.low_pass_candidate_exponent, config.low_pass_damping,
           config.sharpening, config.sharpening_order, config.seed);
    detail::write(writer, model.interactions());
    detail::write(writer, model.weights());
    if (writer.kept != Kept::all && config.sharpening != 0.0) {
      throw InvalidParameter(
          "a GraphFilter that sharpens reads all users' rows for each list: it cannot be saved for serving only; save "
          "all of it, or fit it with sharpening=0");
    }
    auto factors = model.factors();
    writer.array(std::move(factors.singular_values), {'S', 'N', 'G', 'V'});
    writer.array(std::move(factors.right), {'V', 'E', 'C', 'S'});
  }

  [[nodiscard]] static GraphFilter read(StateReader& reader) {
    GraphFilterConfig config;
    std::uint64_t k = 0;
    std::uint64_t dimensions = 0;
    reader(k, config.history_exponent, config.user_exponent, config.candidate_exponent, config.power, dimensions,
           config.low_pass_weight, config.low_pass_history_exponent, config.low_pass_candidate_exponent,
           config.low_pass_damping, config.sharpening, config.sharpening_order, config.seed);
    config.k = static_cast<std::size_t>(k);
    config.dimensions = static_cast<std::size_t>(dimensions);
    auto interactions = read_interactions(reader);
    auto weights = read_neighbours(reader);
    TruncatedSvd factors;
    factors.columns = interactions.items().size();
    reader.array(factors.singular_values);
    reader.array(factors.right);
    return GraphFilter::from_parts(std::move(interactions), config, std::move(weights), std::move(factors));
  }
};

}  // namespace recocore::detail
