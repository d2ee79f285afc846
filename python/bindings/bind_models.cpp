#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/rank/serve.hpp>

#include "bindings.hpp"
#include "ids.hpp"
#include "results.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] ItemKnnConfig item_knn_config(std::size_t k, const std::string& similarity, const std::string& weighting,
                                            double shrinkage, std::uint32_t min_common, double alpha, double beta,
                                            double bm25_k1, double bm25_b) {
  return {.k = k,
          .similarity = {.similarity = parse_similarity(similarity),
                         .alpha = alpha,
                         .beta = beta,
                         .shrinkage = shrinkage,
                         .min_common = min_common},
          .weighting = {.weighting = parse_weighting(weighting), .bm25_k1 = bm25_k1, .bm25_b = bm25_b}};
}

[[nodiscard]] PopularityConfig popularity_config(const std::string& kind, double window_days,
                                                 std::uint32_t baseline_windows) {
  return {.kind = parse_popularity_kind(kind), .window_days = window_days, .baseline_windows = baseline_windows};
}

/// A model `M` of a `Config`.
template <class M, class Config>
[[nodiscard]] std::unique_ptr<Model> fit(const Interactions& interactions, const Config& config, unsigned threads,
                                         const Limits& limits, const py::object& progress) {
  return std::make_unique<Model>(run_interruptible(
      threads, progress, [&](const RunOptions& options) { return M::fit(interactions, config, options); }, limits));
}

template <class M, class Config>
[[nodiscard]] std::uint64_t estimate_fit_memory(const Interactions& interactions, const Config& config,
                                                unsigned threads) {
  return M::estimate_fit_memory(interactions, config, {.threads = threads});
}

[[nodiscard]] ListOptions make_options(std::size_t n, bool exclude_seen, const Ids* exclude, const Ids* candidates,
                                       const std::string& on_unknown) {
  ListOptions options{.n = n, .exclude_seen = exclude_seen, .on_unknown = parse_on_unknown(on_unknown)};
  if (exclude != nullptr) {
    options.exclude = exclude->column();
  }
  if (candidates != nullptr) {
    options.candidates = candidates->column();
  }
  return options;
}

/// A list made with lent scratch, without the GIL: `work(scratch, list)`.
template <class Work>
[[nodiscard]] std::vector<Recommendation> make_list(const Model& model, const ListOptions& options, const Work& work) {
  const py::gil_scoped_release without_gil;
  return model.with_scratch([&](Scratch& scratch) {
    std::vector<Recommendation> list;
    list.reserve(std::min(options.n, model.any().interactions().items().size()));
    work(scratch, list);
    return list;
  });
}

[[nodiscard]] Lists recommend_user(const Model& model, const py::handle& user, std::size_t n, bool exclude_seen,
                                   const Ids* exclude, const Ids* candidates, const std::string& on_unknown) {
  const auto options = make_options(n, exclude_seen, exclude, candidates, on_unknown);
  const auto id = to_id(user, "user id");
  auto list = make_list(model, options, [&](Scratch& scratch, std::vector<Recommendation>& made) {
    recocore::recommend_user(model.any(), id, options, scratch, made);
  });
  return {model.any().interactions().items(), std::move(list), Ids(id)};
}

[[nodiscard]] Lists recommend_users(const Model& model, const Ids& users, std::size_t n, bool exclude_seen,
                                    const Ids* exclude, const Ids* candidates, const std::string& on_unknown,
                                    unsigned threads, const py::object& progress) {
  const auto options = make_options(n, exclude_seen, exclude, candidates, on_unknown);
  auto lists = run_interruptible(threads, progress, [&](const RunOptions& run) {
    return recocore::recommend_users(model.any(), users.column(), options, run);
  });
  return {model.any().interactions().items(), std::move(lists), users};
}

[[nodiscard]] Lists recommend_history(const Model& model, const Ids& history,
                                      const std::optional<py::array_t<float, py::array::c_style>>& weights,
                                      std::size_t n, bool exclude_seen, const Ids* exclude, const Ids* candidates,
                                      const std::string& on_unknown) {
  const auto options = make_options(n, exclude_seen, exclude, candidates, on_unknown);
  std::span<const float> values;
  if (weights) {
    values = {weights->data(), static_cast<std::size_t>(weights->size())};
  }
  auto list = make_list(model, options, [&](Scratch& scratch, std::vector<Recommendation>& made) {
    recocore::recommend_history(model.any(), history.column(), values, options, scratch, made);
  });
  return {model.any().interactions().items(), std::move(list), std::nullopt};
}

[[nodiscard]] Lists similar_items(const Model& model, const py::handle& item, std::size_t n, const Ids* exclude,
                                  const Ids* candidates, const std::string& on_unknown) {
  const auto options = make_options(n, true, exclude, candidates, on_unknown);
  const auto id = to_id(item, "item id");
  auto list = make_list(model, options, [&](Scratch& scratch, std::vector<Recommendation>& made) {
    recocore::similar_items(model.any(), id, options, scratch, made);
  });
  return {model.any().interactions().items(), std::move(list), Ids(id)};
}

/// indptr, indices and data of the neighbours of each item, best first.
[[nodiscard]] py::tuple neighbours(const Model& model) {
  const auto* item_knn = model.any().get_if<ItemKnn>();
  if (item_knn == nullptr) {
    throw InvalidParameter("a model of type '" + std::string(model.any().name()) + "' has no neighbours");
  }
  const auto& lists = item_knn->similar();
  std::vector<std::int64_t> indptr(lists.offsets.begin(), lists.offsets.end());
  std::vector<std::int32_t> indices;
  std::vector<float> data;
  indices.reserve(lists.entries.size());
  data.reserve(lists.entries.size());
  for (const auto& entry : lists.entries) {
    indices.push_back(static_cast<std::int32_t>(entry.index.value));
    data.push_back(entry.score);
  }
  return py::make_tuple(to_array(std::move(indptr)), to_array(std::move(indices)), to_array(std::move(data)));
}

}  // namespace

void bind_models(py::module_& module) {
  py::class_<ItemKnnConfig>(module, "ItemKnnConfig", "Parameters of item_knn.")
      .def(py::init(&item_knn_config), py::kw_only(), py::arg("k"), py::arg("similarity"), py::arg("weighting"),
           py::arg("shrinkage"), py::arg("min_common"), py::arg("alpha"), py::arg("beta"), py::arg("bm25_k1"),
           py::arg("bm25_b"));
  py::class_<PopularityConfig>(module, "PopularityConfig", "Parameters of popularity.")
      .def(py::init(&popularity_config), py::kw_only(), py::arg("kind"), py::arg("window_days"),
           py::arg("baseline_windows"));
  module.def("fit_item_knn", &fit<ItemKnn, ItemKnnConfig>, py::arg("interactions"), py::arg("config"),
             py::arg("threads"), py::arg("limits"), py::arg("progress"));
  module.def("fit_popularity", &fit<Popularity, PopularityConfig>, py::arg("interactions"), py::arg("config"),
             py::arg("threads"), py::arg("limits"), py::arg("progress"));
  module.def("estimate_item_knn_memory", &estimate_fit_memory<ItemKnn, ItemKnnConfig>, py::arg("interactions"),
             py::arg("config"), py::arg("threads"), py::call_guard<py::gil_scoped_release>());
  module.def("estimate_popularity_memory", &estimate_fit_memory<Popularity, PopularityConfig>, py::arg("interactions"),
             py::arg("config"), py::arg("threads"), py::call_guard<py::gil_scoped_release>());

  py::class_<Model>(module, "Model", "A fitted model.")
      .def_static(
          "from_bytes",
          [](const py::bytes& state) { return std::make_unique<Model>(model_from_bytes(std::string_view(state))); },
          py::arg("state"))
      .def("to_bytes", [](const Model& self) { return py::bytes(to_bytes(self.any())); })
      .def_property_readonly("name", [](const Model& self) { return std::string(self.any().name()); })
      .def_property_readonly("interactions", [](const Model& self) { return self.any().interactions(); })
      .def("recommend_user", &recommend_user, py::arg("user"), py::arg("n"), py::arg("exclude_seen"),
           py::arg("exclude"), py::arg("candidates"), py::arg("on_unknown"))
      .def("recommend_users", &recommend_users, py::arg("users"), py::arg("n"), py::arg("exclude_seen"),
           py::arg("exclude"), py::arg("candidates"), py::arg("on_unknown"), py::arg("threads"), py::arg("progress"))
      .def("recommend_history", &recommend_history, py::arg("history"), py::arg("weights"), py::arg("n"),
           py::arg("exclude_seen"), py::arg("exclude"), py::arg("candidates"), py::arg("on_unknown"))
      .def("similar_items", &similar_items, py::arg("item"), py::arg("n"), py::arg("exclude"), py::arg("candidates"),
           py::arg("on_unknown"))
      .def("neighbours", &neighbours);
}

}  // namespace recocore::python
