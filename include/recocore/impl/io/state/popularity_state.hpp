/// The state of Popularity.
#pragma once

#include <utility>

#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/popularity.hpp>

namespace recocore::detail {

template <>
struct ModelState<Popularity> {
  static void write(StateWriter& writer, const Popularity& model) {
    const auto& config = model.config();
    writer(config.window_days, config.baseline_windows);
    write_enum(writer, config.kind);
    detail::write(writer, model.interactions());
    writer.array(model.ranking().data(), model.ranking().size(), {'R', 'A', 'N', 'K'});
  }

  [[nodiscard]] static Popularity read(StateReader& reader) {
    PopularityConfig config;
    reader(config.window_days, config.baseline_windows);
    read_enum(reader, config.kind, PopularityKind::trending);
    auto interactions = read_interactions(reader);
    std::vector<ScoredItem> ranking;
    reader.array(ranking);
    return Popularity::from_parts(std::move(interactions), config, std::move(ranking));
  }
};

}  // namespace recocore::detail
