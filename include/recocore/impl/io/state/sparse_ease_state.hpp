/// The state of SparseEase.
#pragma once

#include <cstdint>
#include <utility>

#include <recocore/impl/io/state/ease_state.hpp>
#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/sparse_ease.hpp>

namespace recocore::detail {

template <>
struct ModelState<SparseEase> {
  static void write(StateWriter& writer, const SparseEase& model) {
    writer(static_cast<std::uint64_t>(model.config().k));
    detail::write(writer, model.config().ease);
    detail::write(writer, model.interactions());
    detail::write(writer, model.weights().rows());
  }

  [[nodiscard]] static SparseEase read(StateReader& reader) {
    std::uint64_t k = 0;
    SparseEaseConfig config;
    reader(k);
    config.k = static_cast<std::size_t>(k);
    detail::read(reader, config.ease);
    auto interactions = read_interactions(reader);
    const std::size_t items = interactions.items().size();
    return SparseEase::from_parts(std::move(interactions), config,
                                  ItemWeights::from_rows(read_neighbours(reader), items));
  }
};

}  // namespace recocore::detail
