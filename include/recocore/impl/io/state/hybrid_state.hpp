/// The state of Hybrid.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <recocore/impl/io/state/catalogue_state.hpp>
#include <recocore/impl/io/state/nested_models.hpp>
#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/hybrid.hpp>

namespace recocore::detail {

template <>
struct ModelState<Hybrid> {
  static void write(StateWriter& writer, const Hybrid& model) {
    const auto& config = model.config();
    writer(config.half_support, config.inheritance, config.likeness, config.user_half_support,
           static_cast<std::uint64_t>(config.k), static_cast<std::uint64_t>(config.links),
           static_cast<std::uint64_t>(config.segment));
    detail::write(writer, model.catalogue());
    const bool has_people = writer.kept != Kept::serving;
    detail::write(writer, has_people ? model.profiles() : Catalogue());
    writer.array(model.content().weights().data(), model.content().weights().size());
    writer.array(model.people_content().weights().data(), has_people ? model.people_content().weights().size() : 0);
    write_any_model(writer, model.collaborative());
  }

  [[nodiscard]] static Hybrid read(StateReader& reader) {
    const NestedModels nesting(reader);
    HybridConfig config;
    std::uint64_t k = 0;
    std::uint64_t links = 0;
    std::uint64_t segment = 0;
    reader(config.half_support, config.inheritance, config.likeness, config.user_half_support, k, links, segment);
    config.k = static_cast<std::size_t>(k);
    config.links = static_cast<std::size_t>(links);
    config.segment = static_cast<std::size_t>(segment);
    const auto items = read_catalogue(reader);
    const auto people = read_catalogue(reader);
    std::vector<double> weights;
    std::vector<double> people_weights;
    reader.array(weights);
    reader.array(people_weights);
    const auto collaborative = read_any_model(reader);
    return Hybrid::from_parts(collaborative, items, std::move(weights), people, std::move(people_weights), config,
                              {.threads = 1});
  }
};

}  // namespace recocore::detail
