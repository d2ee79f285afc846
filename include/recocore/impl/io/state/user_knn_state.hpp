/// The state of UserKnn.
#pragma once

#include <utility>

#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/user_knn.hpp>

namespace recocore::detail {

template <>
struct ModelState<UserKnn> {
  static void write(StateWriter& writer, const UserKnn& model) {
    if (writer.kept == Kept::serving) {
      throw InvalidParameter(
          "UserKnn makes lists from what other users have, so it cannot be saved for serving only without histories; "
          "keep the histories, or save all of it");
    }
    detail::write(writer, model.config().similar);
    writer(model.config().amplification);
    detail::write(writer, model.interactions());
  }

  [[nodiscard]] static UserKnn read(StateReader& reader) {
    UserKnnConfig config;
    detail::read(reader, config.similar);
    reader(config.amplification);
    return UserKnn::fit(read_interactions(reader), config, {.threads = 1});
  }
};

}  // namespace recocore::detail
