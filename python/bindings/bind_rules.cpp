#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/rank/rules.hpp>
#include <recocore/rank/where.hpp>

#include "bindings.hpp"
#include "ids.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] OwnedId owned(const py::handle& id) {
  const auto view = to_id(id, "item id");
  if (const auto* integer = std::get_if<std::int64_t>(&view)) {
    return *integer;
  }
  return std::string(std::get<std::string_view>(view));
}

/// @throws UnknownId
[[nodiscard]] std::uint32_t position_of(const Catalogue& catalogue, const py::handle& id, const char* what) {
  const auto view = to_id(id, what);
  const auto position = catalogue.ids().find(view);
  if (!position) {
    throw UnknownId("there is no " + std::string(what) + " " + to_display(view) + " in this table");
  }
  return *position;
}

/// The ids of the rows a filter is true of, without retired ones.
[[nodiscard]] py::array select(const Where& where, const Catalogue& catalogue, const py::object& item,
                               const std::optional<Catalogue>& users, const py::object& user) {
  WhereContext context{.users = users ? &*users : nullptr};
  if (!item.is_none()) {
    context.item = position_of(catalogue, item, "item id");
  }
  if (!user.is_none() && users) {
    context.user = position_of(*users, user, "user id");
  }
  BitSet found;
  {
    const py::gil_scoped_release without_gil;
    found = where.evaluate(catalogue, context);
  }
  Ids ids;
  found.for_each([&](std::size_t position) {
    if (!catalogue.is_retired(position)) {
      ids.append(catalogue.ids().at(position));
    }
  });
  if (ids.size() > 0 || catalogue.ids().kind() == IdKind::integer) {
    return ids.to_array();
  }
  return py::array(py::dtype("O"), std::vector<py::ssize_t>{0});
}

[[nodiscard]] Rules make_rules(const std::vector<std::pair<Where, double>>& boosts,
                               std::optional<std::size_t> max_moves,
                               const std::vector<std::pair<py::object, std::size_t>>& pins,
                               const std::map<std::string, std::size_t>& at_most, std::optional<double> min_score,
                               double min_relevance, double diversity, std::vector<std::string> diversity_columns,
                               double calibration, std::string calibration_column, double calibration_alpha,
                               double value, std::string value_column, double fatigue,
                               const std::vector<std::pair<py::object, double>>& impressions, double rotation,
                               double explore, std::optional<Where> new_items, std::size_t explore_pool,
                               std::uint64_t seed, bool fill_up, std::size_t depth) {
  Rules rules{.max_moves = max_moves,
              .min_score = min_score,
              .min_relevance = min_relevance,
              .diversity = diversity,
              .diversity_columns = std::move(diversity_columns),
              .calibration = calibration,
              .calibration_column = std::move(calibration_column),
              .calibration_alpha = calibration_alpha,
              .value = value,
              .value_column = std::move(value_column),
              .fatigue = fatigue,
              .rotation = rotation,
              .explore = explore,
              .new_items = std::move(new_items),
              .explore_pool = explore_pool,
              .seed = seed,
              .fill_up = fill_up,
              .depth = depth};
  for (const auto& [where, factor] : boosts) {
    rules.boosts.push_back({where, factor});
  }
  for (const auto& [item, place] : pins) {
    rules.pins.push_back({owned(item), place});
  }
  for (const auto& [column, count] : at_most) {
    rules.at_most.push_back({column, count});
  }
  for (const auto& [item, times] : impressions) {
    rules.impressions.emplace_back(owned(item), times);
  }
  rules.validate();
  return rules;
}

/// One list as columns, for a user of the model's interactions.
[[nodiscard]] py::dict recommend_with_rules(const Model& model, const py::handle& user, std::size_t n,
                                            bool exclude_seen, const Rules& rules, const std::optional<Where>& where) {
  const auto any = model.any();
  const auto id = to_id(user, "user id");
  RuledList list;
  {
    const py::gil_scoped_release without_gil;
    RuleContext context;
    const auto known = any.users().find(id);
    if (known && *known < any.interactions().users().size()) {
      const UserIx index(*known);
      context.history = {.items = any.interactions().by_user().row(index),
                         .weights = any.interactions().by_user().row_values(index),
                         .user = index};
    }
    if (known && any.profiles() != nullptr) {
      context.where.users = any.profiles();
      context.where.user = known;
    }
    Request request{.history = context.history, .n = n, .exclude_seen = exclude_seen};
    BitSet allowed;
    if (where) {
      if (any.catalogue() == nullptr) {
        throw InvalidParameter("where= needs a table of items, and this model has none; fit it with items=");
      }
      allowed = where->evaluate(*any.catalogue(), context.where);
      request.allowed = &allowed;
    }
    const PreparedRules prepared(rules, any.items(), any.catalogue(), any.profiles());
    static_cast<void>(model.with_scratch([&](Scratch& scratch) {
      recocore::recommend_with_rules(any, request, prepared, context, scratch, list);
      return true;
    }));
  }
  py::list ids;
  py::list from;
  py::list scores;
  py::list adjusted;
  py::list propensities;
  py::list why;
  for (const auto& entry : list.entries) {
    ids.append(to_python(any.items().at(entry.entry.item.value)));
    from.append(entry.from);
    scores.append(entry.entry.score);
    adjusted.append(entry.adjusted);
    propensities.append(entry.propensity);
    why.append(describe(list, entry));
  }
  using py::literals::operator""_a;
  py::dict result("item_id"_a = ids, "from"_a = from, "score"_a = scores, "adjusted"_a = adjusted,
                  "propensity"_a = propensities, "why"_a = why, "complete"_a = list.complete);
  if (list.price) {
    result["value_gain_percent"] = list.price->value_gain_percent();
    result["relevance_loss_percent"] = list.price->relevance_loss_percent();
  }
  return result;
}

}  // namespace

void bind_rules(py::module_& module) {
  py::class_<Where>(module, "Where", "A condition on the rows of a catalogue.")
      .def(py::init(&Where::parse), py::arg("text"))
      .def_property_readonly("text", &Where::text)
      .def_property_readonly("needs_item", &Where::needs_item)
      .def_property_readonly("needs_user", &Where::needs_user)
      .def("columns", &Where::columns)
      .def("select", &select, py::arg("catalogue"), py::arg("item") = py::none(), py::arg("users") = py::none(),
           py::arg("user") = py::none());

  py::class_<Rules>(module, "Rules", "What a shop wants of a list beyond relevance.")
      .def(py::init(&make_rules), py::kw_only(), py::arg("boosts"), py::arg("max_moves"), py::arg("pins"),
           py::arg("at_most"), py::arg("min_score"), py::arg("min_relevance"), py::arg("diversity"),
           py::arg("diversity_columns"), py::arg("calibration"), py::arg("calibration_column"),
           py::arg("calibration_alpha"), py::arg("value"), py::arg("value_column"), py::arg("fatigue"),
           py::arg("impressions"), py::arg("rotation"), py::arg("explore"), py::arg("new_items"),
           py::arg("explore_pool"), py::arg("seed"), py::arg("fill_up"), py::arg("depth"))
      .def_property_readonly("empty", &Rules::empty);

  module.def("recommend_with_rules", &recommend_with_rules, py::arg("model"), py::arg("user"), py::arg("n"),
             py::arg("exclude_seen"), py::arg("rules"), py::arg("where"));
  module.def(
      "calibration_divergence",
      [](const std::vector<double>& p, const std::vector<double>& q, double alpha) {
        return calibration_divergence(p, q, alpha);
      },
      py::arg("p"), py::arg("q"), py::arg("alpha"));
}

}  // namespace recocore::python
