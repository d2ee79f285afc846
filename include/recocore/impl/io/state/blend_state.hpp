/// The state of Blend.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <recocore/impl/io/state/nested_models.hpp>
#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/blend.hpp>

namespace recocore::detail {

template <>
struct ModelState<Blend> {
  static void write(StateWriter& writer, const Blend& model) {
    const auto& config = model.config();
    write_enum(writer, config.method);
    writer(static_cast<std::uint64_t>(config.depth));
    writer.array(model.weights().data(), model.weights().size());
    for (const auto& part : model.parts()) {
      write_any_model(writer, part);
    }
  }

  [[nodiscard]] static Blend read(StateReader& reader) {
    const NestedModels nesting(reader);
    BlendConfig config;
    std::uint64_t depth = 0;
    read_enum(reader, config.method, Fusion::rank);
    reader(depth);
    config.depth = static_cast<std::size_t>(depth);
    std::vector<double> weights;
    reader.array(weights);
    std::vector<AnyModel> parts;
    parts.reserve(weights.size());
    for (std::size_t p = 0; p < weights.size(); ++p) {
      parts.push_back(read_any_model(reader));
    }
    return Blend(std::move(parts), std::move(weights), config);
  }
};

}  // namespace recocore::detail
