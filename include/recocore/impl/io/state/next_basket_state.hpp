/// The state of NextBasket: the vectors are made anew, which takes no longer than to read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/next_basket.hpp>

namespace recocore::detail {

template <>
struct ModelState<NextBasket> {
  static void write(StateWriter& writer, const NextBasket& model) {
    if (writer.kept != Kept::all) {
      throw InvalidParameter(
          "NextBasket makes lists from the baskets of users and their times, so it cannot be saved for serving only; "
          "save all of it");
    }
    const auto& config = model.config();
    writer(static_cast<std::uint64_t>(config.k), config.group_size, config.within_decay, config.group_decay,
           config.alpha);
    write_enum(writer, config.basket);
    detail::write(writer, model.interactions());
  }

  [[nodiscard]] static NextBasket read(StateReader& reader) {
    NextBasketConfig config;
    std::uint64_t k = 0;
    reader(k, config.group_size, config.within_decay, config.group_decay, config.alpha);
    config.k = static_cast<std::size_t>(k);
    read_enum(reader, config.basket, BasketUnit::day);
    return NextBasket::fit(read_interactions(reader), config, {.threads = 1});
  }
};

}  // namespace recocore::detail
