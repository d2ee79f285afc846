/// How models age, when to refit, and what that costs. What the numbers mean is written in the headers of drift/.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/drift/age_curve.hpp>
#include <recocore/drift/cost_meter.hpp>
#include <recocore/drift/loss_split.hpp>
#include <recocore/drift/plan_comparison.hpp>
#include <recocore/drift/schedules.hpp>

#include "bindings.hpp"

namespace recocore::python {

namespace {

template <class T>
using Contiguous = py::array_t<T, py::array::c_style | py::array::forcecast>;
using Bounds = std::pair<double, double>;

template <class T>
[[nodiscard]] std::span<const T> to_span(const Contiguous<T>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

[[nodiscard]] Bounds to_pair(const Interval& interval) { return {interval.low, interval.high}; }

/// An array of the intervals with `shape` and 2 more: low, high.
[[nodiscard]] py::array_t<double> to_bounds(std::span<const Interval> intervals, std::vector<py::ssize_t> shape) {
  shape.push_back(2);
  py::array_t<double> result(shape);
  double* out = result.mutable_data();
  for (const auto& [low, high] : intervals) {
    *out++ = low;
    *out++ = high;
  }
  return result;
}

/// The rows of a matrix.
[[nodiscard]] std::vector<std::vector<double>> to_rows(const Contiguous<double>& matrix, const std::string& what) {
  if (matrix.ndim() != 2) {
    throw InvalidParameter(what + " must be a matrix; got an array with " + std::to_string(matrix.ndim()) +
                           " dimensions");
  }
  const auto width = static_cast<std::size_t>(matrix.shape(1));
  const auto values = to_span(matrix);
  std::vector<std::vector<double>> rows(static_cast<std::size_t>(matrix.shape(0)));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto of_row = values.subspan(row * width, width);
    rows[row].assign(of_row.begin(), of_row.end());
  }
  return rows;
}

[[nodiscard]] std::uint32_t to_place(std::int64_t value, const std::string& what) {
  if (value < 0 || value > std::numeric_limits<std::uint32_t>::max()) {
    throw InvalidData(what + " must be at least 0 and below 2^32; got " + std::to_string(value));
  }
  return static_cast<std::uint32_t>(value);
}

void check_size(std::size_t size, std::size_t points, const std::string& what) {
  if (size != points) {
    throw InvalidParameter("each of the " + std::to_string(points) + " points needs " + what + "; got " +
                           std::to_string(size));
  }
}

[[nodiscard]] py::dict age_curve_of(const Contiguous<std::int64_t>& origin, const Contiguous<std::int64_t>& age,
                                    const Contiguous<double>& value, const Contiguous<double>& fresh,
                                    std::size_t resamples, double level, std::uint64_t seed, unsigned threads) {
  const auto count = static_cast<std::size_t>(origin.size());
  check_size(static_cast<std::size_t>(age.size()), count, "an age");
  check_size(static_cast<std::size_t>(value.size()), count, "a value");
  check_size(static_cast<std::size_t>(fresh.size()), count, "a fresh value");
  std::vector<AgePoint> points;
  points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    points.push_back({.origin = to_place(to_span(origin)[i], "an origin"),
                      .age = to_place(to_span(age)[i], "an age"),
                      .value = to_span(value)[i],
                      .fresh = to_span(fresh)[i]});
  }
  const BootstrapConfig config{.resamples = resamples, .level = level, .seed = seed};
  auto curve = run_interruptible(threads, py::none(),
                                 [&](const RunOptions& options) { return age_curve(points, config, options); });
  const std::vector<py::ssize_t> shape{static_cast<py::ssize_t>(curve.ages.size())};
  std::vector<double> decay;
  decay.reserve(curve.ages.size());
  for (const auto a : curve.ages) {
    decay.push_back(curve.decay.at(a));
  }
  py::dict result;
  result["ages"] = to_array(std::move(curve.ages));
  result["origins"] = to_array(std::move(curve.origins));
  result["ratio"] = to_array(std::move(curve.ratio));
  result["band"] = to_bounds(curve.band, shape);
  result["decay"] = to_array(std::move(decay));
  result["decay_band"] = to_bounds(curve.decay_band, shape);
  result["floor"] = curve.decay.floor;
  result["floor_band"] = to_pair(curve.floor);
  result["rate"] = curve.decay.rate;
  result["rate_band"] = to_pair(curve.rate);
  result["half_life"] = curve.decay.half_life();
  result["half_life_band"] = to_pair(curve.half_life);
  result["old_ratio"] = curve.old_ratio;
  result["old_band"] = to_pair(curve.old_band);
  result["falls"] = curve.falls;
  return result;
}

[[nodiscard]] py::dict loss_parts_of(const Contiguous<std::int64_t>& origin, const Contiguous<std::int64_t>& age,
                                     const Contiguous<double>& value, const Contiguous<double>& fresh,
                                     std::size_t resamples, double level, std::uint64_t seed, unsigned threads) {
  auto values = to_rows(value, "the values of points and parts");
  auto freshes = to_rows(fresh, "the fresh values of points and parts");
  const auto count = static_cast<std::size_t>(origin.size());
  check_size(static_cast<std::size_t>(age.size()), count, "an age");
  check_size(values.size(), count, "a row of values");
  check_size(freshes.size(), count, "a row of fresh values");
  std::vector<LossPoint> points;
  points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    points.push_back({.origin = to_place(to_span(origin)[i], "an origin"),
                      .age = to_place(to_span(age)[i], "an age"),
                      .value = std::move(values[i]),
                      .fresh = std::move(freshes[i])});
  }
  const BootstrapConfig config{.resamples = resamples, .level = level, .seed = seed};
  auto split = run_interruptible(threads, py::none(),
                                 [&](const RunOptions& options) { return loss_parts(points, config, options); });
  const std::vector<py::ssize_t> shape{static_cast<py::ssize_t>(split.ages.size()), value.shape(1)};
  py::array_t<double> loss(shape);
  double* out = loss.mutable_data();
  std::vector<Interval> bands;
  bands.reserve(static_cast<std::size_t>(loss.size()));
  for (std::size_t a = 0; a < split.ages.size(); ++a) {
    out = std::copy(split.loss[a].begin(), split.loss[a].end(), out);
    bands.insert(bands.end(), split.band[a].begin(), split.band[a].end());
  }
  py::dict result;
  result["ages"] = to_array(std::move(split.ages));
  result["origins"] = to_array(std::move(split.origins));
  result["loss"] = loss;
  result["band"] = to_bounds(bands, shape);
  return result;
}

[[nodiscard]] ServedValues served(const Contiguous<double>& value, const Contiguous<double>& fit_cost) {
  const auto values = to_span(value);
  const auto costs = to_span(fit_cost);
  return {.periods = costs.size(), .value = {values.begin(), values.end()}, .fit_cost = {costs.begin(), costs.end()}};
}

[[nodiscard]] RefitPlan triggered(const Contiguous<std::int64_t>& alarm) {
  std::vector<std::optional<std::uint32_t>> alarms;
  alarms.reserve(static_cast<std::size_t>(alarm.size()));
  for (const auto period : to_span(alarm)) {
    alarms.push_back(period == -1 ? std::nullopt : std::optional(to_place(period, "the period of an alarm")));
  }
  return triggered_plan(alarms);
}

[[nodiscard]] py::dict follow_plan(const Contiguous<double>& value, const Contiguous<double>& fit_cost,
                                   const RefitPlan& plan) {
  auto outcome = follow(served(value, fit_cost), plan);
  py::dict result;
  result["value"] = to_array(std::move(outcome.value));
  result["total"] = outcome.total;
  result["cost"] = outcome.cost;
  result["refits"] = outcome.refits;
  return result;
}

[[nodiscard]] py::dict compare(const Contiguous<double>& plans, const Contiguous<double>& baseline, std::size_t block,
                               std::size_t resamples, double level, std::uint64_t seed, unsigned threads) {
  const auto rows = to_rows(plans, "the values of plans and periods");
  const BootstrapConfig config{.resamples = resamples, .level = level, .seed = seed};
  auto comparison = run_interruptible(threads, py::none(), [&](const RunOptions& options) {
    return compare_plans(rows, to_span(baseline), block, config, options);
  });
  py::list differences;
  for (const auto& pair : comparison.differences) {
    differences.append(py::make_tuple(pair.first, pair.second, pair.difference, to_pair(pair.interval)));
  }
  py::dict result;
  result["block"] = comparison.block;
  result["relative"] = to_array(std::move(comparison.relative));
  result["band"] = to_bounds(comparison.band, {static_cast<py::ssize_t>(rows.size())});
  result["differences"] = differences;
  return result;
}

/// The lists are made without the GIL, which `next` has, on a thread of its own.
[[nodiscard]] py::dict measure_swap(const Model& model, const py::function& next, std::size_t at_least) {
  const auto any = model.any();
  const auto make = [&next]() -> AnyModel {
    const py::gil_scoped_acquire with_gil;
    const py::object made = next();
    if (!py::isinstance<Model>(made)) {
      throw py::type_error("the function must return the next model, a _core.Model; it returned " +
                           std::string(py::str(py::type::of(made))));
    }
    return made.cast<const Model&>().any();
  };
  const auto latency = run_interruptible(
      1, py::none(), [&](const RunOptions& options) { return swap_latency(any, make, at_least, options); });
  py::dict result;
  result["idle_p50"] = latency.idle_p50;
  result["idle_p99"] = latency.idle_p99;
  result["swap_p50"] = latency.swap_p50;
  result["swap_p99"] = latency.swap_p99;
  result["lists"] = latency.lists;
  result["during_swap"] = latency.during_swap;
  result["swap_seconds"] = latency.swap_seconds;
  return result;
}

}  // namespace

void bind_drift_plans(py::module_& module) {
  const py::call_guard<py::gil_scoped_release> without_gil;

  module.def("age_curve", &age_curve_of, py::arg("origin"), py::arg("age"), py::arg("value"), py::arg("fresh"),
             py::arg("resamples"), py::arg("level"), py::arg("seed"), py::arg("threads") = 0);
  module.def("loss_parts", &loss_parts_of, py::arg("origin"), py::arg("age"), py::arg("value"), py::arg("fresh"),
             py::arg("resamples"), py::arg("level"), py::arg("seed"), py::arg("threads") = 0);

  module.def("every_plan", &every_plan, py::arg("periods"), py::arg("k"));
  module.def("random_plan", &random_plan, py::arg("periods"), py::arg("fits"), py::arg("seed"));
  module.def("triggered_plan", &triggered, py::arg("alarm"));
  module.def(
      "oracle_plans",
      [](const Contiguous<double>& value, const Contiguous<double>& fit_cost, std::size_t most) {
        return oracle_plans(served(value, fit_cost), most);
      },
      py::arg("value"), py::arg("fit_cost"), py::arg("most"), without_gil);
  module.def(
      "oracle_plan",
      [](const Contiguous<double>& value, const Contiguous<double>& fit_cost, double price) {
        return oracle_plan(served(value, fit_cost), price);
      },
      py::arg("value"), py::arg("fit_cost"), py::arg("price"), without_gil);
  module.def(
      "cost_aware_plan",
      [](const Contiguous<double>& value, const Contiguous<double>& fit_cost, double price, std::size_t at_first) {
        return cost_aware_plan(served(value, fit_cost), price, at_first);
      },
      py::arg("value"), py::arg("fit_cost"), py::arg("price"), py::arg("at_first") = 4, without_gil);
  module.def("follow", &follow_plan, py::arg("value"), py::arg("fit_cost"), py::arg("plan"));
  module.def("compare_plans", &compare, py::arg("plans"), py::arg("baseline"), py::arg("block"), py::arg("resamples"),
             py::arg("level"), py::arg("seed"), py::arg("threads") = 0);

  py::class_<CostMeter>(module, "CostMeter", "Measures what the process uses from when this is made.")
      .def(py::init<>())
      .def(
          "stop",
          [](const CostMeter& meter) {
            const auto cost = meter.stop();
            return py::make_tuple(cost.wall_seconds, cost.cpu_seconds, cost.peak_bytes);
          },
          "Wall seconds, CPU seconds of all threads, and the peak of resident memory above that at the beginning in "
          "bytes, or None where the system does not tell.");
  module.def("swap_latency", &measure_swap, py::arg("model"), py::arg("next"), py::arg("at_least"));
}

}  // namespace recocore::python
