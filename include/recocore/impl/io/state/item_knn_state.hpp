/// The state of ItemKnn.
#pragma once

#include <utility>

#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/item_knn.hpp>

namespace recocore::detail {

template <>
struct ModelState<ItemKnn> {
  static void write(StateWriter& writer, const ItemKnn& model) {
    const auto& config = model.config();
    detail::write(writer, config);
    detail::write(writer, model.interactions());
    detail::write(writer, model.similar());
    if (!is_symmetric(config.similarity)) {
      detail::write(writer, model.nearest());
    }
  }

  [[nodiscard]] static ItemKnn read(StateReader& reader) {
    ItemKnnConfig config;
    detail::read(reader, config);
    auto interactions = read_interactions(reader);
    auto similar = read_neighbours(reader);
    auto nearest = is_symmetric(config.similarity) ? Neighbours<ItemIx>{} : read_neighbours(reader);
    return ItemKnn::from_parts(std::move(interactions), config, std::move(similar), std::move(nearest));
  }
};

}  // namespace recocore::detail
