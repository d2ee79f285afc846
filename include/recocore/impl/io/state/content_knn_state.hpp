/// The state of ContentKnn.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/impl/io/state/catalogue_state.hpp>
#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/content_knn.hpp>

namespace recocore::detail {

inline void write(StateWriter& writer, const ColumnWeightsConfig& config) {
  writer(static_cast<std::uint64_t>(config.by_hand.size()));
  for (const auto& [name, weight] : config.by_hand) {
    writer.array(name.data(), name.size());
    writer(weight);
  }
  writer(static_cast<std::uint8_t>(config.learn ? 1 : 0), config.most_pairs, config.ridge, config.prior, config.seed);
}

inline void read(StateReader& reader, ColumnWeightsConfig& config) {
  std::uint64_t count = 0;
  reader(count);
  for (std::uint64_t c = 0; c < count; ++c) {
    auto& [name, weight] = config.by_hand.emplace_back();
    reader.array(name);
    reader(weight);
  }
  std::uint8_t learn = 0;
  reader(learn, config.most_pairs, config.ridge, config.prior, config.seed);
  config.learn = learn != 0;
}

inline void write(StateWriter& writer, const ColumnWeights& weights) {
  const auto& report = weights.report;
  writer.array(weights.weights.data(), weights.weights.size());
  for (const auto& column : report.columns) {
    writer.array(column.name.data(), column.name.size());
    write_enum(writer, column.kind);
    writer(column.weight, static_cast<std::uint8_t>(column.by_hand ? 1 : 0), column.coverage, column.lift, column.auc);
  }
  writer(report.pairs_together, report.pairs_apart, static_cast<std::uint8_t>(report.learned ? 1 : 0));
}

inline void read(StateReader& reader, ColumnWeights& weights) {
  auto& report = weights.report;
  reader.array(weights.weights);
  for (std::size_t c = 0; c < weights.weights.size(); ++c) {
    auto& column = report.columns.emplace_back();
    std::uint8_t by_hand = 0;
    reader.array(column.name);
    read_enum(reader, column.kind, ColumnKind::embedding);
    reader(column.weight, by_hand, column.coverage, column.lift, column.auc);
    column.by_hand = by_hand != 0;
  }
  std::uint8_t learned = 0;
  reader(report.pairs_together, report.pairs_apart, learned);
  report.learned = learned != 0;
}

/// Encoders and index are made anew, which takes a fraction of the time of the lists.
template <>
struct ModelState<ContentKnn> {
  static void write(StateWriter& writer, const ContentKnn& model) {
    writer(static_cast<std::uint64_t>(model.config().k));
    detail::write(writer, model.config().weights);
    detail::write(writer, model.interactions());
    detail::write(writer, model.catalogue());
    detail::write(writer, model.column_weights());
    detail::write(writer, model.nearest());
  }

  [[nodiscard]] static ContentKnn read(StateReader& reader) {
    ContentKnnConfig config;
    std::uint64_t k = 0;
    reader(k);
    config.k = static_cast<std::size_t>(k);
    detail::read(reader, config.weights);
    auto interactions = read_interactions(reader);
    const auto catalogue = read_catalogue(reader);
    ColumnWeights weights;
    detail::read(reader, weights);
    auto model = ContentKnn::from_parts(std::move(interactions), catalogue.base(), config, std::move(weights),
                                        read_neighbours(reader), {.threads = 1});
    if (catalogue.changes().size() > 0) {
      model = model.with_items(catalogue.changes());
    }
    return retire(model, catalogue);
  }

 private:
  [[nodiscard]] static ContentKnn retire(const ContentKnn& model, const Catalogue& catalogue) {
    std::vector<std::int64_t> integers;
    std::vector<std::string_view> texts;
    catalogue.retired_set().for_each([&](std::size_t position) {
      const auto id = catalogue.ids().at(position);
      if (const auto* text = std::get_if<std::string_view>(&id)) {
        texts.push_back(*text);
      } else {
        integers.push_back(std::get<std::int64_t>(id));
      }
    });
    if (!texts.empty()) {
      return model.with_retired(std::span<const std::string_view>(texts));
    }
    return integers.empty() ? model : model.with_retired(std::span<const std::int64_t>(integers));
  }
};

}  // namespace recocore::detail
