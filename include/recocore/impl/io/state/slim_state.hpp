/// The state of Slim.
#pragma once

#include <utility>

#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/slim.hpp>

namespace recocore::detail {

template <>
struct ModelState<Slim> {
  static void write(StateWriter& writer, const Slim& model) {
    const auto& config = model.config();
    writer(config.l1, config.l2, static_cast<std::uint8_t>(config.positive ? 1 : 0),
           static_cast<std::uint64_t>(config.candidates), config.tolerance,
           static_cast<std::uint64_t>(config.max_iterations));
    detail::write(writer, model.interactions());
    detail::write(writer, model.weights().rows());
  }

  [[nodiscard]] static Slim read(StateReader& reader) {
    SlimConfig config;
    std::uint8_t positive = 0;
    std::uint64_t candidates = 0;
    std::uint64_t max_iterations = 0;
    reader(config.l1, config.l2, positive, candidates, config.tolerance, max_iterations);
    config.positive = positive != 0;
    config.candidates = static_cast<std::size_t>(candidates);
    config.max_iterations = static_cast<std::size_t>(max_iterations);
    auto interactions = read_interactions(reader);
    return Slim::from_parts(std::move(interactions), config, read_neighbours(reader));
  }
};

}  // namespace recocore::detail
