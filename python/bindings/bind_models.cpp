#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/io/model_file.hpp>
#include <recocore/rank/serve.hpp>

#include "bindings.hpp"
#include "ids.hpp"
#include "results.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] ListOptions make_options(std::size_t n, bool exclude_seen, const Ids* exclude, const Ids* candidates,
                                       const std::string& on_unknown, const PreparedWhere* where,
                                       const PreparedRules* rules) {
  ListOptions options{.n = n, .exclude_seen = exclude_seen, .on_unknown = parse_on_unknown(on_unknown)};
  if (exclude != nullptr) {
    options.exclude = exclude->column();
  }
  if (candidates != nullptr) {
    options.candidates = candidates->column();
  }
  options.where = where;
  options.rules = rules;
  return options;
}

/// A list of one version made with lent scratch, without the GIL: `work(view, scratch, list)`.
template <class Work>
[[nodiscard]] Lists make_list(const Model& model, const ListOptions& options, std::optional<Ids> key,
                              const Work& work) {
  const py::gil_scoped_release without_gil;
  return model.with_scratch([&](Scratch& scratch) {
    std::vector<Recommendation> list;
    const auto view = model.live().view();
    list.reserve(std::min(options.n, view.items().size()));
    if (options.rules != nullptr) {
      scratch.parts.get<RuledList>() = {};  // of an earlier list
    }
    work(view, scratch, list);
    Lists made(view.items(), std::move(list), std::move(key));
    if (options.rules != nullptr) {
      made.set_ruled(scratch.parts.get<RuledList>());
    }
    return made;
  });
}

[[nodiscard]] Lists recommend_user(const Model& model, const py::handle& user, std::size_t n, bool exclude_seen,
                                   const Ids* exclude, const Ids* candidates, const std::string& on_unknown,
                                   const PreparedWhere* where, const PreparedRules* rules) {
  const auto options = make_options(n, exclude_seen, exclude, candidates, on_unknown, where, rules);
  const auto id = to_id(user, "user id");
  return make_list(model, options, Ids(id), [&](const LiveModel::View& view, Scratch& scratch, auto& made) {
    view.recommend_user(id, options, scratch, made);
  });
}

[[nodiscard]] Lists recommend_users(const Model& model, const Ids& users, std::size_t n, bool exclude_seen,
                                    const Ids* exclude, const Ids* candidates, const std::string& on_unknown,
                                    const PreparedWhere* where, const PreparedRules* rules, unsigned threads,
                                    const py::object& progress) {
  const auto options = make_options(n, exclude_seen, exclude, candidates, on_unknown, where, rules);
  return run_interruptible(threads, progress, [&](const RunOptions& run) {
    const auto view = model.live().view();
    return Lists(view.items(), view.recommend_users(users.column(), options, run), users);
  });
}

[[nodiscard]] Lists recommend_history(const Model& model, const py::object& profile, const Ids& history,
                                      const std::optional<py::array_t<float, py::array::c_style>>& weights,
                                      std::size_t n, bool exclude_seen, const Ids* exclude, const Ids* candidates,
                                      const std::string& on_unknown, const PreparedWhere* where,
                                      const PreparedRules* rules) {
  const auto options = make_options(n, exclude_seen, exclude, candidates, on_unknown, where, rules);
  const auto whose = profile.is_none() ? std::nullopt : std::optional(to_id(profile, "user id"));
  std::span<const float> values;
  if (weights) {
    values = {weights->data(), static_cast<std::size_t>(weights->size())};
  }
  return make_list(model, options, whose ? std::optional(Ids(*whose)) : std::nullopt,
                   [&](const LiveModel::View& view, Scratch& scratch, auto& made) {
                     view.recommend_history(history.column(), values, options, scratch, made, whose);
                   });
}

[[nodiscard]] Lists recommend_histories(const Model& model, const Ids& items,
                                        const py::array_t<std::uint64_t, py::array::c_style>& offsets, std::size_t n,
                                        bool exclude_seen, const Ids* exclude, const Ids* candidates,
                                        const std::string& on_unknown, const PreparedWhere* where,
                                        const PreparedRules* rules, unsigned threads, const py::object& progress) {
  const auto options = make_options(n, exclude_seen, exclude, candidates, on_unknown, where, rules);
  const std::span<const std::uint64_t> bounds(offsets.data(), static_cast<std::size_t>(offsets.size()));
  return run_interruptible(threads, progress, [&](const RunOptions& run) {
    const auto view = model.live().view();
    auto lists = view.recommend_histories(items.column(), bounds, options, run);
    Ids numbers;
    for (std::size_t list = 0; list < lists.size(); ++list) {
      numbers.append(static_cast<std::int64_t>(list));
    }
    return Lists(view.items(), std::move(lists), std::move(numbers));
  });
}

[[nodiscard]] Lists similar_items(const Model& model, const py::handle& item, std::size_t n, const Ids* exclude,
                                  const Ids* candidates, const std::string& on_unknown, const PreparedWhere* where) {
  const auto options = make_options(n, true, exclude, candidates, on_unknown, where, nullptr);
  const auto id = to_id(item, "item id");
  return make_list(model, options, Ids(id), [&](const LiveModel::View& view, Scratch& scratch, auto& made) {
    view.similar_items(id, options, scratch, made);
  });
}

}  // namespace

void bind_models(py::module_& module) {
  py::class_<Model>(module, "Model", "A fitted model.")
      .def_static(
          "from_bytes",
          [](const py::bytes& state) {
            const std::string_view bytes(state);
            const py::gil_scoped_release without_gil;
            const auto file = ModelFile::from_bytes(bytes);
            return std::make_unique<Model>(file.model(), file.retired());
          },
          py::arg("state"))
      .def("to_bytes",
           [](const Model& self) { return py::bytes(to_bytes(self.any(), {.retired = self.live().retired()})); })
      .def_property_readonly("name", [](const Model& self) { return std::string(self.live().view().model().name()); })
      .def_property_readonly("interactions", [](const Model& self) { return self.any().interactions(); })
      .def_property_readonly("catalogue",
                             [](const Model& self) {
                               const auto view = self.live().view();
                               const auto* catalogue = view.model().catalogue();
                               return catalogue == nullptr ? std::nullopt : std::optional(*catalogue);
                             })
      .def_property_readonly("profiles",
                             [](const Model& self) {
                               const auto view = self.live().view();
                               const auto* profiles = view.model().profiles();
                               return profiles == nullptr ? std::nullopt : std::optional(*profiles);
                             })
      .def_property_readonly("n_items", [](const Model& self) { return self.live().view().items().size(); })
      .def("recommend_user", &recommend_user, py::arg("user"), py::arg("n"), py::arg("exclude_seen"),
           py::arg("exclude"), py::arg("candidates"), py::arg("on_unknown"), py::arg("where"), py::arg("rules"))
      .def("recommend_users", &recommend_users, py::arg("users"), py::arg("n"), py::arg("exclude_seen"),
           py::arg("exclude"), py::arg("candidates"), py::arg("on_unknown"), py::arg("where"), py::arg("rules"),
           py::arg("threads"), py::arg("progress"))
      .def("recommend_history", &recommend_history, py::arg("profile"), py::arg("history"), py::arg("weights"),
           py::arg("n"), py::arg("exclude_seen"), py::arg("exclude"), py::arg("candidates"), py::arg("on_unknown"),
           py::arg("where"), py::arg("rules"))
      .def("recommend_histories", &recommend_histories, py::arg("items"), py::arg("offsets"), py::arg("n"),
           py::arg("exclude_seen"), py::arg("exclude"), py::arg("candidates"), py::arg("on_unknown"), py::arg("where"),
           py::arg("rules"), py::arg("threads"), py::arg("progress"))
      .def("similar_items", &similar_items, py::arg("item"), py::arg("n"), py::arg("exclude"), py::arg("candidates"),
           py::arg("on_unknown"), py::arg("where"));
}

}  // namespace recocore::python
