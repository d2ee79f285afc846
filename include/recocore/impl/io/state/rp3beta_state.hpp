/// The state of Rp3beta.
#pragma once

#include <utility>

#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/rp3beta.hpp>

namespace recocore::detail {

template <>
struct ModelState<Rp3beta> {
  static void write(StateWriter& writer, const Rp3beta& model) {
    const auto& config = model.config();
    writer(static_cast<std::uint64_t>(config.k), config.alpha, config.beta,
           static_cast<std::uint8_t>(config.normalise ? 1 : 0));
    write_enum(writer, config.keep);
    detail::write(writer, model.interactions());
    detail::write(writer, model.weights().rows());
  }

  [[nodiscard]] static Rp3beta read(StateReader& reader) {
    Rp3betaConfig config;
    std::uint64_t k = 0;
    std::uint8_t normalise = 0;
    reader(k, config.alpha, config.beta, normalise);
    config.normalise = normalise != 0;
    config.k = static_cast<std::size_t>(k);
    read_enum(reader, config.keep, KeptLinks::history);
    auto interactions = read_interactions(reader);
    return Rp3beta::from_parts(std::move(interactions), config, read_neighbours(reader));
  }
};

}  // namespace recocore::detail
