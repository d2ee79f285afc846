/// The state of Blend.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/blend.hpp>

namespace recocore::detail {

/// A model behind the number of its type: defined where all types are known.
RECOCORE_INLINE void write_any_model(StateWriter& writer, const AnyModel& model);
[[nodiscard]] RECOCORE_INLINE AnyModel read_any_model(StateReader& reader);

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
    const Nesting nesting(reader);
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

 private:
  /// Bytes that are not trusted may not make the stack overflow.
  class Nesting {
   public:
    explicit Nesting(StateReader& reader) : reader_(reader) {
      if (++reader_.nested > Blend::most_nested) {
        throw InvalidData("the stored state has more than " + std::to_string(Blend::most_nested) +
                          " blends in each other; it is damaged");
      }
    }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    ~Nesting() { --reader_.nested; }

   private:
    StateReader& reader_;
  };
};

}  // namespace recocore::detail
