#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/io/arrow_export.hpp>

#include "arrow_capsule.hpp"
#include "bindings.hpp"
#include "results.hpp"

namespace recocore::python {

namespace {

/// Calls `visitor(list, rank, entry)` for every row; ranks count from 1.
template <class Visitor>
void for_each_row(const Lists& self, const Visitor& visitor) {
  const auto& lists = self.lists();
  for (std::size_t list = 0; list < lists.size(); ++list) {
    std::int32_t rank = 0;
    for (const auto& entry : lists[list]) {
      visitor(list, ++rank, entry);
    }
  }
}

/// One value a row.
template <class T, class ValueOf>
[[nodiscard]] std::vector<T> column(const Lists& self, const ValueOf& value_of) {
  std::vector<T> values;
  values.reserve(self.lists().entries.size());
  for_each_row(self, [&](std::size_t list, std::int32_t rank, const Recommendation& entry) {
    values.push_back(value_of(list, rank, entry));
  });
  return values;
}

[[nodiscard]] std::vector<std::uint32_t> positions(const Lists& self) {
  return column<std::uint32_t>(self, [](auto, auto, const auto& entry) { return entry.item.value; });
}

[[nodiscard]] std::vector<std::int32_t> ranks(const Lists& self) {
  return column<std::int32_t>(self, [](auto, auto rank, const auto&) { return rank; });
}

[[nodiscard]] std::vector<float> scores(const Lists& self) {
  return column<float>(self, [](auto, auto, const auto& entry) { return entry.score; });
}

[[nodiscard]] std::vector<std::int8_t> tiers(const Lists& self) {
  return column<std::int8_t>(self, [](auto, auto, const auto& entry) { return static_cast<std::int8_t>(entry.tier); });
}

/// The ids of all rows, given those that occur and which one each row has. No id becomes two objects.
template <class IdAt>
[[nodiscard]] py::array ids_by_row(bool is_text, const std::vector<std::uint32_t>& rows, std::size_t distinct,
                                   const IdAt& id_at) {
  if (!is_text) {
    std::vector<std::int64_t> integers;
    integers.reserve(rows.size());
    for (const auto row : rows) {
      integers.push_back(std::get<std::int64_t>(id_at(row)));
    }
    return to_array(std::move(integers));
  }
  py::array result(py::dtype("O"), std::vector<py::ssize_t>{static_cast<py::ssize_t>(rows.size())});
  auto** slots = static_cast<PyObject**>(result.mutable_data());
  // Remembering is worth its memory only where there are about as many rows as ids.
  std::vector<PyObject*> known(rows.size() >= distinct / 8 ? distinct : 0, nullptr);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (known.empty()) {
      slots[row] = to_python(id_at(rows[row])).release().ptr();
    } else if (auto*& object = known[rows[row]]; object != nullptr) {
      slots[row] = py::handle(object).inc_ref().ptr();
    } else {
      slots[row] = object = to_python(id_at(rows[row])).release().ptr();
    }
  }
  return result;
}

[[nodiscard]] py::array item_ids(const Lists& self) {
  const auto& items = self.items();
  return ids_by_row(items.kind() == IdKind::text, positions(self), items.size(),
                    [&items](std::uint32_t position) { return items.at(position); });
}

[[nodiscard]] std::vector<std::uint32_t> list_of_row(const Lists& self) {
  return column<std::uint32_t>(self, [](auto list, auto, const auto&) { return static_cast<std::uint32_t>(list); });
}

/// None when the lists are for nobody in particular.
[[nodiscard]] py::object key_ids(const Lists& self) {
  if (!self.keys()) {
    return py::none();
  }
  const auto keys = self.keys()->column();
  const bool is_text = !keys.empty() && kind_of(keys[0]) == IdKind::text;
  return ids_by_row(is_text, list_of_row(self), keys.size(), [&keys](std::uint32_t list) { return keys[list]; });
}

[[nodiscard]] ArrowExportColumn export_keys(const std::string& name, const Lists& self) {
  const auto rows = list_of_row(self);
  if (!self.keys()) {
    return {.name = name, .format = "n", .length = static_cast<std::int64_t>(rows.size())};
  }
  const auto keys = self.keys()->column();
  if (!keys.empty() && kind_of(keys[0]) == IdKind::text) {
    std::vector<std::string_view> texts;
    texts.reserve(rows.size());
    for (const auto list : rows) {
      texts.push_back(std::get<std::string_view>(keys[list]));
    }
    return export_texts(name, texts);
  }
  std::vector<std::int64_t> integers;
  integers.reserve(rows.size());
  for (const auto list : rows) {
    integers.push_back(std::get<std::int64_t>(keys[list]));
  }
  return export_values(name, "l", std::move(integers));
}

[[nodiscard]] py::capsule arrow_stream(const Lists& self, const std::string& key_name) {
  auto tier = export_values("tier", "c", tiers(self));
  tier.dictionary = std::make_shared<const ArrowExportColumn>(export_texts("", {tier_names.begin(), tier_names.end()}));
  return to_capsule({export_keys(key_name, self), export_ids("item_id", self.items(), positions(self)),
                     export_values("rank", "i", ranks(self)), export_values("score", "f", scores(self)),
                     std::move(tier)});
}

/// The numbers of the lists of an id.
[[nodiscard]] std::vector<std::size_t> find(const Lists& self, const py::handle& key) {
  std::vector<std::size_t> found;
  if (self.keys()) {
    const auto id = to_id(key, "id");
    const auto keys = self.keys()->column();
    for (std::size_t list = 0; list < keys.size(); ++list) {
      if (keys[list] == id) {
        found.push_back(list);
      }
    }
  }
  return found;
}

[[nodiscard]] Lists select(const Lists& self, const std::vector<std::size_t>& chosen) {
  RecommendationLists lists;
  std::optional<Ids> keys;
  if (self.keys()) {
    keys.emplace();
  }
  for (const auto list : chosen) {
    const auto entries = self.lists()[list];
    lists.entries.insert(lists.entries.end(), entries.begin(), entries.end());
    lists.offsets.push_back(lists.entries.size());
    if (keys) {
      keys->append(self.keys()->column()[list]);
    }
  }
  return {self.items(), std::move(lists), std::move(keys)};
}

/// Lists from columns, with only the items that occur in them.
[[nodiscard]] Lists from_columns(const std::optional<Ids>& keys, std::vector<std::uint64_t> offsets, const Ids& items,
                                 const std::vector<float>& scores, const std::vector<std::int8_t>& tiers) {
  const auto rows = items.size();
  const bool sound = scores.size() == rows && tiers.size() == rows && !offsets.empty() && offsets.front() == 0 &&
                     offsets.back() == rows && std::is_sorted(offsets.begin(), offsets.end()) &&
                     (!keys || keys->size() + 1 == offsets.size()) &&
                     std::all_of(tiers.begin(), tiers.end(), [](auto tier) {
                       return tier >= 0 && static_cast<std::size_t>(tier) < tier_names.size();
                     });
  if (!sound) {
    throw InvalidData("the stored recommendations are damaged: their columns do not belong together");
  }
  IdEncoder encoder("item");
  const auto column = items.column();
  std::vector<std::uint32_t> codes;
  codes.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    codes.push_back(std::visit([&encoder](const auto& id) { return encoder.encode(id); }, column[row]));
  }
  auto [ids, position_of_code] = encoder.finish();
  RecommendationLists lists{.offsets = std::move(offsets)};
  lists.entries.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    lists.entries.push_back({ItemIx(position_of_code[codes[row]]), scores[row], static_cast<Tier>(tiers[row])});
  }
  return {std::move(ids), std::move(lists), keys};
}

/// What rules did to each entry, (rank by the model, why it moved, propensity); whether the list is complete; what
/// value gained and cost, in percent. None without rules.
[[nodiscard]] py::object ruled(const Lists& self) {
  if (!self.ruled()) {
    return py::none();
  }
  const auto& list = *self.ruled();
  py::list entries;
  for (const auto& entry : list.entries) {
    entries.append(py::make_tuple(entry.from, describe(list, entry), entry.propensity));
  }
  py::object price = py::none();
  if (list.price) {
    price = py::make_tuple(list.price->value_gain_percent(), list.price->relevance_loss_percent());
  }
  return py::make_tuple(std::move(entries), list.complete, std::move(price));
}

}  // namespace

void bind_results(py::module_& module) {
  py::class_<Lists>(module, "Lists", "Lists of recommendations, one after the other.")
      .def_static("from_columns", &from_columns, py::arg("keys"), py::arg("offsets"), py::arg("items"),
                  py::arg("scores"), py::arg("tiers"))
      .def("offsets", [](const Lists& self) { return to_array(self.lists().offsets); })
      .def("keys", [](const Lists& self) { return self.keys() ? py::object(self.keys()->to_array()) : py::none(); })
      .def("key_ids", &key_ids)
      .def("item_ids", &item_ids)
      .def("ranks", [](const Lists& self) { return to_array(ranks(self)); })
      .def("scores", [](const Lists& self) { return to_array(scores(self)); })
      .def("tiers", [](const Lists& self) { return to_array(tiers(self)); })
      .def("arrow_stream", &arrow_stream, py::arg("key_name"))
      .def("find", &find, py::arg("key"))
      .def("select", &select, py::arg("lists"))
      .def("ruled", &ruled)
      .def_property_readonly("count", [](const Lists& self) { return self.lists().size(); })
      .def("__len__", [](const Lists& self) { return self.lists().entries.size(); });
  py::list tiers;
  for (const auto name : tier_names) {
    tiers.append(std::string(name));
  }
  module.attr("TIERS") = py::tuple(tiers);
}

}  // namespace recocore::python
