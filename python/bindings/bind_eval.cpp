/// Splits, metrics and evaluations. Python sees columns; what they mean is written in evaluation.py and metrics.py.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/data/split.hpp>
#include <recocore/eval/bootstrap.hpp>
#include <recocore/eval/evaluate.hpp>
#include <recocore/eval/metrics.hpp>

#include "bindings.hpp"

namespace recocore::python {

namespace {

template <class T>
using Contiguous = py::array_t<T, py::array::c_style | py::array::forcecast>;
using Columns = MetricSet<std::vector<double>>;

template <class T>
[[nodiscard]] std::span<const T> to_span(const Contiguous<T>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

[[nodiscard]] py::str to_str(std::string_view text) { return {text.data(), text.size()}; }

/// The columns of the metrics by their names, taken over without a copy.
[[nodiscard]] py::dict to_dict(Columns columns) {
  py::dict result;
  for (const auto& [name, field] : metric_fields<std::vector<double>>) {
    result[to_str(name)] = to_array(std::move(columns.*field));
  }
  return result;
}

[[nodiscard]] py::dict to_dict(const MetricSet<double>& metrics) {
  py::dict result;
  for (const auto& [name, field] : metric_fields<double>) {
    result[to_str(name)] = metrics.*field;
  }
  return result;
}

[[nodiscard]] py::dict evaluate_model(const Model& model, const Interactions& train, const Interactions& test,
                                      const Interactions* history, std::size_t n, bool exclude_seen, unsigned threads,
                                      const py::object& progress) {
  const EvaluateConfig config{.n = n, .exclude_seen = exclude_seen};
  auto result = run_interruptible(threads, progress, [&](const RunOptions& options) {
    return evaluate(model.any(), train, test, history, config, options);
  });
  std::vector<std::uint32_t> users;
  users.reserve(result.users.size());
  for (const UserIx user : result.users) {
    users.push_back(user.value);
  }
  py::dict columns;
  columns["users"] = to_array(std::move(users));
  columns["per_user"] = to_dict(std::move(result.per_user));
  columns["mean"] = to_dict(result.mean);
  columns["coverage"] = result.coverage;
  columns["novelty"] = result.novelty;
  columns["gini"] = result.gini;
  columns["cold_users"] = result.cold_users;
  columns["test_interactions"] = result.test_interactions;
  columns["repeated"] = result.repeated;
  columns["unknown_items"] = result.unknown_items;
  return columns;
}

[[nodiscard]] std::vector<std::pair<double, double>> bootstrap_intervals(const std::vector<Contiguous<double>>& columns,
                                                                         std::size_t resamples, double level,
                                                                         std::uint64_t seed, unsigned threads) {
  std::vector<std::span<const double>> spans;
  spans.reserve(columns.size());
  for (const auto& column : columns) {
    spans.push_back(to_span(column));
  }
  const BootstrapConfig config{.resamples = resamples, .level = level, .seed = seed};
  const auto intervals = run_interruptible(
      threads, py::none(), [&](const RunOptions& options) { return bootstrap_means(spans, config, options); });
  std::vector<std::pair<double, double>> result;
  result.reserve(intervals.size());
  for (const auto& [low, high] : intervals) {
    result.emplace_back(low, high);
  }
  return result;
}

/// List i is hits[offsets[i] .. offsets[i + 1]) with relevant[i] items to find.
[[nodiscard]] py::dict measure_lists(const Contiguous<std::uint8_t>& hits, const Contiguous<std::uint64_t>& offsets,
                                     const Contiguous<std::uint64_t>& relevant, std::size_t n) {
  Columns columns;
  const auto all_hits = to_span(hits);
  const auto begins = to_span(offsets);
  const auto counts = to_span(relevant);
  for (std::size_t list = 0; list < counts.size(); ++list) {
    const auto list_hits = all_hits.subspan(begins[list], begins[list + 1] - begins[list]);
    const auto metrics = measure({.hits = list_hits, .relevant = counts[list]}, n);
    for (std::size_t field = 0; field < metric_fields<double>.size(); ++field) {
      (columns.*metric_fields<std::vector<double>>[field].second)
          .push_back(metrics.*metric_fields<double>[field].second);
    }
  }
  return to_dict(std::move(columns));
}

void bind_splits(py::module_& module) {
  using Pair = std::pair<Interactions, Interactions>;
  using WithHistory = std::tuple<Interactions, Interactions, Interactions>;
  const py::call_guard<py::gil_scoped_release> without_gil;

  module.def(
      "split_by_time",
      [](const Interactions& interactions, double test_fraction) {
        auto [train, test, history] = split_by_time(interactions, test_fraction);
        return Pair(std::move(train), std::move(test));
      },
      py::arg("interactions"), py::arg("test_fraction"), without_gil);
  module.def(
      "split_by_user",
      [](const Interactions& interactions, double test_fraction, double history_fraction, std::uint64_t seed) {
        auto [train, test, history] = split_by_user(interactions, test_fraction, history_fraction, seed);
        return WithHistory(std::move(train), std::move(test), std::move(history));
      },
      py::arg("interactions"), py::arg("test_fraction"), py::arg("history_fraction"), py::arg("seed"), without_gil);
  module.def(
      "split_leave_last",
      [](const Interactions& interactions, std::uint32_t count) {
        auto [train, test, history] = split_leave_last(interactions, count);
        return Pair(std::move(train), std::move(test));
      },
      py::arg("interactions"), py::arg("count"), without_gil);
  module.def(
      "split_new_items",
      [](const Interactions& interactions, double item_fraction, const std::vector<std::uint32_t>& left,
         std::uint64_t seed) {
        auto [train, test, history] = split_new_items(interactions, item_fraction, left, seed);
        return Pair(std::move(train), std::move(test));
      },
      py::arg("interactions"), py::arg("item_fraction"), py::arg("left"), py::arg("seed"), without_gil);
  module.def(
      "split_random",
      [](const Interactions& interactions, double test_fraction, std::uint64_t seed) {
        auto [train, test, history] = split_random(interactions, test_fraction, seed);
        return Pair(std::move(train), std::move(test));
      },
      py::arg("interactions"), py::arg("test_fraction"), py::arg("seed"), without_gil);
}

}  // namespace

void bind_eval(py::module_& module) {
  bind_splits(module);
  module.def("evaluate", &evaluate_model, py::arg("model"), py::arg("train"), py::arg("test"),
             py::arg("history").none(true), py::arg("n"), py::arg("exclude_seen"), py::arg("threads"),
             py::arg("progress"));
  module.def("bootstrap_means", &bootstrap_intervals, py::arg("columns"), py::arg("resamples"), py::arg("level"),
             py::arg("seed"), py::arg("threads"));
  module.def("measure_lists", &measure_lists, py::arg("hits"), py::arg("offsets"), py::arg("relevant"), py::arg("n"));
}

}  // namespace recocore::python
