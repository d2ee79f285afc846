#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/data/compact_ids.hpp>
#include <recocore/impl/data/merge_columns.hpp>
#include <recocore/impl/io/state/stored_models.hpp>
#include <recocore/io/state.hpp>
#include <recocore/live/refit.hpp>

namespace recocore {

namespace detail {

/// A catalogue as a base of its own, without the rows that nothing is known of: neither a value nor an interaction.
/// @param without a row that goes in any case.
[[nodiscard]] inline Catalogue settled(const Catalogue& catalogue, const IdMap& used,
                                       const std::optional<IdView>& without) {
  auto flat = catalogue.rebased(merged(catalogue.ids().base(), catalogue.ids().added()));
  const auto& table = flat.base();
  std::vector<std::uint8_t> keep(table.size());
  std::vector<std::uint32_t> kept;
  std::vector<std::uint32_t> retired;
  kept.reserve(table.size());
  for (std::size_t row = 0; row < table.size(); ++row) {
    const auto id = table.ids().at(row);
    const bool known = flat.is_retired(row) || used.find(id) ||
                       std::any_of(table.columns().begin(), table.columns().end(),
                                   [row](const NamedColumn& column) { return !is_missing(column.column, row); });
    if (known && !(without && id == *without)) {
      if (flat.is_retired(row)) {
        retired.push_back(static_cast<std::uint32_t>(kept.size()));
      }
      kept.push_back(static_cast<std::uint32_t>(row));
      keep[row] = 1;
    }
  }
  if (kept.size() == table.size()) {
    return flat;
  }
  // Not `aligned`: dictionaries must not have what only rows had that are gone.
  std::vector<NamedColumn> columns;
  columns.reserve(table.columns().size());
  for (const auto& [name, column] : table.columns()) {
    std::vector<CellPlace> cells;
    cells.reserve(kept.size());
    for (const auto row : kept) {
      cells.push_back({&column, row});
    }
    const auto* embedding = std::get_if<EmbeddingColumn>(&column);
    columns.push_back({name, merge_cells(cells, {.kind = kind_of(column),
                                                 .dictionary = dictionary_kind(column),
                                                 .dimensions = embedding != nullptr ? embedding->dimensions : 0})});
  }
  const auto ids = kept.empty() ? IdMap() : compact_ids(table.ids(), keep).ids;
  auto base = AttributeTable::from_sorted(ids, std::move(columns));
  auto changes = base.aligned({});
  return Catalogue::restored(std::move(base), std::move(changes), retired);
}

/// What a refit is told besides the model and the interactions.
struct RefitContext {
  const RunOptions& options;
  const std::optional<IdView>& without;
};

[[nodiscard]] inline std::vector<double> to_vector(std::span<const double> values) {
  return {values.begin(), values.end()};
}

template <class M>
[[nodiscard]] M refit_as(const M& model, const Interactions& interactions, const RefitContext& context) {
  return M::fit(interactions, model.config(), context.options);
}

[[nodiscard]] inline AnyModel refit_any(const AnyModel& model, const Interactions& interactions,
                                        const RefitContext& context);

[[nodiscard]] inline Blend refit_as(const Blend& model, const Interactions& interactions, const RefitContext& context) {
  std::vector<AnyModel> parts;
  parts.reserve(model.parts().size());
  for (const auto& part : model.parts()) {
    parts.push_back(refit_any(part, interactions, context));
  }
  return Blend(std::move(parts), to_vector(model.weights()), model.config());
}

[[nodiscard]] inline ContentKnn refit_as(const ContentKnn& model, const Interactions& interactions,
                                         const RefitContext& context) {
  return ContentKnn::fit(interactions, settled(model.catalogue(), interactions.items(), {}), model.config(),
                         context.options);
}

[[nodiscard]] inline Hybrid refit_as(const Hybrid& model, const Interactions& interactions,
                                     const RefitContext& context) {
  const auto items = settled(model.catalogue(), interactions.items(), {});
  const auto people = settled(model.profiles(), interactions.users(), context.without);
  const auto extended = interactions.extended(merged(interactions.users(), people.base().ids()),
                                              merged(interactions.items(), items.base().ids()));
  const auto collaborative = refit_any(model.collaborative(), extended, context);
  return Hybrid::from_parts(collaborative, items.rebased(extended.items()), to_vector(model.content().weights()),
                            people.rebased(extended.users()), to_vector(model.people_content().weights()),
                            model.config(), context.options);
}

template <class... Models>
[[nodiscard]] std::optional<AnyModel> refit_one_of(const AnyModel& model, const Interactions& interactions,
                                                   const RefitContext& context, ModelList<Models...> /*known*/) {
  std::optional<AnyModel> result;
  const auto try_as = [&]<class M>(const M* held) {
    if (held != nullptr) {
      result.emplace(refit_as(*held, interactions, context));
    }
    return held != nullptr;
  };
  static_cast<void>((try_as(model.get_if<Models>()) || ...));
  return result;
}

inline AnyModel refit_any(const AnyModel& model, const Interactions& interactions, const RefitContext& context) {
  auto result = refit_one_of(model, interactions, context, StoredModels{});
  if (!result) {
    throw InvalidParameter("a model of type '" + std::string(model.name()) +
                           "' cannot be changed: nothing is known of its configuration; fit it again");
  }
  return *std::move(result);
}

template <class M>
[[nodiscard]] bool same_configuration(const M& a, const M& b) {
  return a.config() == b.config();
}

[[nodiscard]] inline bool same_items(const Catalogue& a, const Catalogue& b) {
  return to_bytes(settled(a, {}, {})) == to_bytes(settled(b, {}, {}));
}

[[nodiscard]] inline bool same_configuration(const ContentKnn& a, const ContentKnn& b) {
  return a.config() == b.config() && same_items(a.catalogue(), b.catalogue());
}

[[nodiscard]] inline bool same_configuration(const Blend& a, const Blend& b) {
  const auto alike = [](const AnyModel& x, const AnyModel& y) { return !configuration_difference(x, y); };
  return a.config() == b.config() && std::ranges::equal(a.weights(), b.weights()) &&
         std::ranges::equal(a.parts(), b.parts(), alike);
}

[[nodiscard]] inline bool same_configuration(const Hybrid& a, const Hybrid& b) {
  return a.config() == b.config() && same_items(a.catalogue(), b.catalogue()) &&
         std::ranges::equal(a.content().weights(), b.content().weights()) &&
         std::ranges::equal(a.people_content().weights(), b.people_content().weights()) &&
         !configuration_difference(a.collaborative(), b.collaborative());
}

template <class... Models>
[[nodiscard]] bool same_configuration_of(const AnyModel& a, const AnyModel& b, ModelList<Models...> /*known*/) {
  const auto same = [&]<class M>(const M* left, const M* right) {
    return left != nullptr && right != nullptr && same_configuration(*left, *right);
  };
  return (same(a.get_if<Models>(), b.get_if<Models>()) || ...);
}

}  // namespace detail

RECOCORE_INLINE AnyModel refit(const AnyModel& model, const Interactions& interactions, const RunOptions& options,
                               const std::optional<IdView>& without) {
  return detail::refit_any(model, interactions, {.options = options, .without = without});
}

RECOCORE_INLINE std::optional<std::string> configuration_difference(const AnyModel& a, const AnyModel& b) {
  if (a.name() != b.name()) {
    return "one is of type '" + std::string(a.name()) + "', the other of type '" + std::string(b.name()) + "'";
  }
  if (a.interactions().config() != b.interactions().config()) {
    return "their events become interactions in different ways (duplicates, caps, minima, half-life, reference time)";
  }
  if (!detail::same_configuration_of(a, b, detail::StoredModels{})) {
    return "both are of type '" + std::string(a.name()) + "', but of different configurations" +
           (a.catalogue() != nullptr ? " or with different catalogues" : "");
  }
  return std::nullopt;
}

RECOCORE_INLINE AnyModel with_profiles_of(const AnyModel& model, const AnyModel& other) {
  const auto* mine = model.get_if<Hybrid>();
  const auto* theirs = other.get_if<Hybrid>();
  const bool any = mine != nullptr && theirs != nullptr && !theirs->profiles().base().columns().empty();
  return any ? AnyModel(mine->with_users(detail::settled(theirs->profiles(), {}, {}).base())) : model;
}

RECOCORE_INLINE std::optional<AnyModel> with_retired(const AnyModel& model, const IdColumn& items, bool back) {
  if (model.catalogue() == nullptr) {
    return std::nullopt;
  }
  const auto change = [&](const auto& held) -> AnyModel {
    auto retired = held.with_retired(items);  // that all are known
    return back ? held.with_items(AttributeTable::from_rows(items, {})) : retired;
  };
  if (const auto* content = model.get_if<ContentKnn>()) {
    return change(*content);
  }
  if (const auto* hybrid = model.get_if<Hybrid>()) {
    return change(*hybrid);
  }
  return std::nullopt;
}

}  // namespace recocore
