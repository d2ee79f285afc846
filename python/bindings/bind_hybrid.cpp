#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/content/column_weights.hpp>
#include <recocore/content/content_match.hpp>
#include <recocore/core/error.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/eval/hybrid_weights.hpp>
#include <recocore/models/hybrid.hpp>
#include <recocore/rank/where.hpp>

#include "bindings.hpp"
#include "fitting.hpp"
#include "ids.hpp"

namespace recocore::python {

namespace {

using ByHand = std::vector<std::pair<std::string, double>>;

/// `_core.HybridParts`: what items and users are, as a Hybrid takes it.
struct HybridParts {
  Described items{};
  Described people{};
  ContentReport report{};
};

[[nodiscard]] Described describe(Catalogue rows, const Interactions* interactions, const ColumnWeightsConfig& config,
                                 ContentReport* report, const RunOptions& options) {
  auto features = ContentFeatures::fit(rows.base(), options);
  const auto encoded = features.encode_all(rows.base(), options);
  std::vector<double> weights(features.columns().size(), 1.0 / static_cast<double>(features.columns().size()));
  if (interactions != nullptr && !features.columns().empty()) {
    auto learned = learn_column_weights(features, encoded, *interactions, config, options);
    weights = std::move(learned.weights);
    *report = std::move(learned.report);
  }
  auto content = ContentIndex::make(std::move(features), std::move(weights), encoded, options);
  return {.rows = std::move(rows), .content = std::move(content)};
}

[[nodiscard]] std::unique_ptr<HybridParts> make_parts(const Interactions& extended, const Catalogue& items,
                                                      const Catalogue* users, ByHand weights, bool learn,
                                                      std::uint64_t seed, unsigned threads, const Limits& limits,
                                                      const py::object& progress) {
  const ColumnWeightsConfig config{.by_hand = std::move(weights), .learn = learn, .seed = seed};
  config.validate();
  return run_interruptible(
      threads, progress,
      [&](const RunOptions& options) {
        auto parts = std::make_unique<HybridParts>();
        parts->items = describe(items.rebased(extended.items()), &extended, config, &parts->report, options);
        auto people =
            users != nullptr ? users->rebased(extended.users()) : Catalogue(AttributeTable().aligned(extended.users()));
        parts->people = describe(std::move(people), nullptr, {}, nullptr, options);
        return parts;
      },
      limits);
}

[[nodiscard]] std::unique_ptr<Model> fit_hybrid(const Model& collaborative, const HybridParts& parts,
                                                const HybridConfig& config, unsigned threads, const Limits& limits,
                                                const py::object& progress) {
  return std::make_unique<Model>(run_interruptible(
      threads, progress,
      [&](const RunOptions& options) {
        auto relatives = find_relatives(parts.items.content, parts.items.rows.base(),
                                        collaborative.any().interactions(), config.k, options);
        return Hybrid::fit(collaborative.any(), parts.items, std::move(relatives), parts.people, config, options);
      },
      limits));
}

[[nodiscard]] py::tuple learn_hybrid(const Model& collaborative, const HybridParts& parts, const Interactions& whole,
                                     const Interactions& test, const HybridConfig& start, std::uint64_t seed,
                                     unsigned threads, const Limits& limits, const py::object& progress) {
  const auto learned = run_interruptible(
      threads, progress,
      [&](const RunOptions& options) {
        const auto relatives = find_relatives(parts.items.content, parts.items.rows.base(),
                                              collaborative.any().interactions(), start.k, options);
        return learn_hybrid_weights(collaborative.any(), parts.items, relatives, parts.people, whole, test, start,
                                    {.seed = seed}, options);
      },
      limits);
  return py::make_tuple(learned.config, learned.ndcg, learned.ndcg_alone, learned.users);
}

/// All users and items of the interactions and of the tables.
[[nodiscard]] Interactions extend(const Interactions& interactions, const Catalogue& items, const Catalogue* users) {
  const auto all = [](const IdMap& known, const Catalogue& rows) {
    return merged(merged(known, rows.ids().base()), rows.ids().added());
  };
  return interactions.extended(users != nullptr ? all(interactions.users(), *users) : interactions.users(),
                               all(interactions.items(), items));
}

/// The history a caller gave, as the model sees it.
struct GivenHistory {
  std::vector<ItemIx> items{};
  std::vector<float> weights{};
  History history{};
};

void read_history(const Hybrid& hybrid, const Ids& ids, const std::optional<std::vector<float>>& weights,
                  GivenHistory& given) {
  std::vector<std::pair<ItemIx, float>> known;
  const auto column = ids.column();
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (const auto position = hybrid.items().find(column[row])) {
      known.emplace_back(ItemIx(*position), weights ? weights->at(row) : 1.0F);
    }
  }
  std::sort(known.begin(), known.end());
  for (const auto& [item, weight] : known) {
    if (given.items.empty() || given.items.back() != item) {
      given.items.push_back(item);
      given.weights.push_back(weight);
    } else if (weights) {
      given.weights.back() += weight;
    }
  }
  given.history = {.items = given.items, .weights = given.weights};
}

void read_user(const Hybrid& hybrid, const py::handle& user, GivenHistory& given) {
  if (const auto position = hybrid.users().find(to_id(user, "user id"))) {
    const auto& rows = hybrid.interactions().by_user();
    given.history.user = UserIx(*position);
    if (*position < rows.rows()) {
      given.history.items = rows.row(*given.history.user);
      given.history.weights = rows.row_values(*given.history.user);
    }
  }
}

/// Of some items the score and what adds up to it: (score, [(item of the history, share)], share of the profile, share
/// of what is not named, what the item has in common with the first).
/// @param sensitive items that are never named. @param min_support users that must stand behind what is named.
/// @param untold columns that are not spoken of.
[[nodiscard]] py::list shares(const Model& model, const py::object& user, const Ids* ids,
                              const std::optional<std::vector<float>>& weights, const Ids& items,
                              const Where* sensitive, std::size_t min_support, const std::vector<std::string>& untold) {
  const auto any = model.any();
  const auto& hybrid = held<Hybrid>(any);
  GivenHistory given;
  if (!user.is_none()) {
    read_user(hybrid, user, given);
  }
  if (ids != nullptr) {
    const auto whose = given.history.user;
    read_history(hybrid, *ids, weights, given);
    given.history.user = whose;
  }
  const auto& seen = given.history;
  const auto hidden = sensitive == nullptr ? BitSet(hybrid.items().size()) : sensitive->evaluate(hybrid.catalogue());
  py::list result;
  const auto wanted = items.column();
  for (std::size_t row = 0; row < wanted.size(); ++row) {
    const auto position = hybrid.items().find(wanted[row]);
    if (!position) {
      throw UnknownId("unknown item " + to_display(wanted[row]));
    }
    const ItemIx item(*position);
    const auto found = model.with_scratch([&](Scratch& scratch) { return hybrid.shares(seen, item, scratch); });
    std::vector<std::pair<double, ItemIx>> named;
    double withheld = 0.0;
    for (std::size_t entry = 0; entry < seen.items.size(); ++entry) {
      const ItemIx because = seen.items[entry];
      if (found.of_history[entry] == 0.0) {
        continue;
      }
      const bool supported =
          (hybrid.support(because) == 0 || hybrid.support(because) >= min_support) &&
          (hybrid.support(because) == 0 || hybrid.support(item) == 0 || hybrid.common_users(because, item) == 0 ||
           hybrid.common_users(because, item) >= min_support);
      if (hidden[because.value] || !supported) {
        withheld += found.of_history[entry];
      } else {
        named.emplace_back(-found.of_history[entry], because);
      }
    }
    std::sort(named.begin(), named.end());
    py::list because;
    for (const auto& [negative, of] : named) {
      because.append(py::make_tuple(to_python(hybrid.items().at(of.value)), -negative));
    }
    const auto b = hybrid.catalogue().locate(item.value);
    ContentMatch match;
    if (!named.empty()) {
      const auto a = hybrid.catalogue().locate(named.front().second.value);
      match = explain_match(hybrid.content(), *a.table, a.row, *b.table, b.row);
    } else if (found.of_profile > 0.0) {
      const auto a = hybrid.profiles().locate(seen.user->value);
      match = explain_match(hybrid.content(), *a.table, a.row, *b.table, b.row);
    }
    std::erase_if(match.parts, [&](const ContentMatch::Part& part) {
      return std::find(untold.begin(), untold.end(), part.column) != untold.end();
    });
    const bool shared = std::any_of(match.parts.begin(), match.parts.end(), [](const ContentMatch::Part& part) {
      return part.share > 0.0 && !part.fact.empty();
    });
    const std::string facts = shared ? to_text(match) : std::string();
    result.append(py::make_tuple(found.score, because, found.of_profile, withheld, facts));
  }
  return result;
}

}  // namespace

void bind_hybrid(py::module_& module) {
  py::class_<HybridConfig>(module, "HybridConfig", "Parameters of hybrid.")
      .def(py::init([](double half_support, double inheritance, double likeness, std::size_t k, std::size_t links,
                       double user_half_support, std::size_t segment) {
             HybridConfig config{.half_support = half_support,
                                 .inheritance = inheritance,
                                 .likeness = likeness,
                                 .k = k,
                                 .links = links,
                                 .user_half_support = user_half_support,
                                 .segment = segment};
             config.validate();
             return config;
           }),
           py::kw_only(), py::arg("half_support"), py::arg("inheritance"), py::arg("likeness"), py::arg("k"),
           py::arg("links"), py::arg("user_half_support"), py::arg("segment"))
      .def_readonly("half_support", &HybridConfig::half_support)
      .def_readonly("inheritance", &HybridConfig::inheritance)
      .def_readonly("likeness", &HybridConfig::likeness)
      .def_readonly("k", &HybridConfig::k);
  py::class_<HybridParts>(module, "HybridParts", "What items and users are.")
      .def(py::init(&make_parts), py::arg("interactions"), py::arg("items"), py::arg("users"), py::arg("weights"),
           py::arg("learn"), py::arg("seed"), py::arg("threads"), py::arg("limits"), py::arg("progress"))
      .def_property_readonly("report_text", [](const HybridParts& self) { return to_text(self.report); })
      .def_property_readonly("column_weights", [](const HybridParts& self) {
        py::dict weights;
        for (const auto& column : self.report.columns) {
          weights[py::str(column.name)] = column.weight;
        }
        return weights;
      });
  module.def(
      "estimate_hybrid_memory",
      [](const Interactions& interactions, const Catalogue& items, bool dense, const HybridConfig& config,
         unsigned threads) {
        return Hybrid::estimate_fit_memory(interactions, items.base(), dense, config, {.threads = threads});
      },
      py::arg("interactions"), py::arg("items"), py::arg("dense"), py::arg("config"), py::arg("threads"),
      py::call_guard<py::gil_scoped_release>());
  module.def("extend_interactions", &extend, py::arg("interactions"), py::arg("items"), py::arg("users"),
             py::call_guard<py::gil_scoped_release>());
  module.def(
      "extend_like",
      [](const Interactions& interactions, const Interactions& like) {
        return interactions.extended(like.users(), like.items());
      },
      py::arg("interactions"), py::arg("like"), py::call_guard<py::gil_scoped_release>());
  module.def("fit_hybrid", &fit_hybrid, py::arg("collaborative"), py::arg("parts"), py::arg("config"),
             py::arg("threads"), py::arg("limits"), py::arg("progress"));
  module.def("learn_hybrid", &learn_hybrid, py::arg("collaborative"), py::arg("parts"), py::arg("whole"),
             py::arg("test"), py::arg("start"), py::arg("seed"), py::arg("threads"), py::arg("limits"),
             py::arg("progress"));
  module.def(
      "hybrid_collaborative",
      [](const Model& model) { return std::make_unique<Model>(held<Hybrid>(model.any()).collaborative()); },
      py::arg("model"));
  module.def("hybrid_shares", &shares, py::arg("model"), py::arg("user"), py::arg("history"), py::arg("weights"),
             py::arg("items"), py::arg("sensitive"), py::arg("min_support"), py::arg("private"));
}

}  // namespace recocore::python
