/// Whether what comes in changes, and whether a model still hits. What the numbers mean is written in the headers of
/// drift/.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/drift/hit_detectors.hpp>
#include <recocore/drift/input_drift.hpp>
#include <recocore/drift/timeline.hpp>

#include "bindings.hpp"

namespace recocore::python {

namespace {

// Without forcecast: what would lose digits is refused.
template <class T>
using Values = py::array_t<T, py::array::c_style>;
using Outcomes = std::vector<Values<std::uint8_t>>;

template <class T>
[[nodiscard]] std::vector<T> to_unsigned(const Values<std::int64_t>& values, const std::string& what) {
  const auto size = static_cast<std::size_t>(values.size());
  std::vector<T> result;
  result.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::int64_t value = values.data()[i];
    if (value < 0 || static_cast<std::uint64_t>(value) > std::numeric_limits<T>::max()) {
      throw InvalidData(what + " " + std::to_string(i) + " is " + std::to_string(value) +
                        "; it must be at least 0 and at most " + std::to_string(std::numeric_limits<T>::max()));
    }
    result.push_back(static_cast<T>(value));
  }
  return result;
}

[[nodiscard]] std::vector<std::vector<std::uint8_t>> to_ages(const Outcomes& outcomes) {
  std::vector<std::vector<std::uint8_t>> ages;
  ages.reserve(outcomes.size());
  for (const auto& age : outcomes) {
    ages.emplace_back(age.data(), age.data() + age.size());
  }
  return ages;
}

[[nodiscard]] PageHinkley::Mode to_mode(const std::string& mode) {
  if (mode == "up") {
    return PageHinkley::Mode::up;
  }
  if (mode == "down") {
    return PageHinkley::Mode::down;
  }
  if (mode == "both") {
    return PageHinkley::Mode::both;
  }
  throw InvalidParameter("mode must be 'up', 'down' or 'both'; got '" + mode + "'");
}

[[nodiscard]] py::dict compare_inputs(const Timeline& timeline, std::size_t origin, std::size_t period,
                                      std::uint32_t reference, double rate, std::uint32_t permutations,
                                      std::uint32_t bins, double rbo_persistence, std::uint64_t seed,
                                      unsigned threads) {
  const InputDriftConfig config{.reference = reference,
                                .rate = rate,
                                .permutations = permutations,
                                .bins = bins,
                                .rbo_persistence = rbo_persistence,
                                .seed = seed};
  const auto drift = run_interruptible(threads, py::none(), [&](const RunOptions& options) {
    return input_drift(timeline, origin, period, config, options);
  });
  py::dict result;
  result["jensen_shannon"] = drift.jensen_shannon;
  result["rank_overlap"] = drift.rank_overlap;
  result["population_stability"] = drift.population_stability;
  result["births"] = drift.births;
  result["deaths"] = drift.deaths;
  result["unknown_users"] = drift.unknown_users;
  result["p_jensen_shannon"] = drift.p_jensen_shannon;
  result["p_rank_overlap"] = drift.p_rank_overlap;
  result["p_population_stability"] = drift.p_population_stability;
  result["p_births"] = drift.p_births;
  result["p_deaths"] = drift.p_deaths;
  result["p_unknown_users"] = drift.p_unknown_users;
  return result;
}

}  // namespace

void bind_drift_detectors(py::module_& module) {
  module.def(
      "jensen_shannon",
      [](const Values<std::int64_t>& a, const Values<std::int64_t>& b) {
        return jensen_shannon(to_unsigned<std::uint64_t>(a, "count"), to_unsigned<std::uint64_t>(b, "count"));
      },
      py::arg("a"), py::arg("b"));
  module.def(
      "population_stability",
      [](const Values<std::int64_t>& a, const Values<std::int64_t>& b, double pseudo) {
        return population_stability(to_unsigned<std::uint64_t>(a, "count"), to_unsigned<std::uint64_t>(b, "count"),
                                    pseudo);
      },
      py::arg("a"), py::arg("b"), py::arg("pseudo") = 0.5);
  module.def(
      "rank_biased_overlap",
      [](const Values<std::int64_t>& a, const Values<std::int64_t>& b, double p) {
        return rank_biased_overlap(to_unsigned<std::uint32_t>(a, "item"), to_unsigned<std::uint32_t>(b, "item"), p);
      },
      py::arg("a"), py::arg("b"), py::arg("p"));

  const InputDriftConfig inputs{};
  module.def("input_drift", &compare_inputs, py::arg("timeline"), py::arg("origin"), py::arg("period"), py::kw_only(),
             py::arg("reference") = inputs.reference, py::arg("rate") = inputs.rate,
             py::arg("permutations") = inputs.permutations, py::arg("bins") = inputs.bins,
             py::arg("rbo_persistence") = inputs.rbo_persistence, py::arg("seed") = inputs.seed,
             py::arg("threads") = 0);

  const Adwin::Config adwin{};
  py::class_<Adwin>(module, "Adwin")
      .def(py::init([](double delta, std::uint32_t clock, std::uint32_t max_buckets, std::uint32_t min_window_length,
                       std::uint32_t grace_period) {
             return Adwin({.delta = delta,
                           .clock = clock,
                           .max_buckets = max_buckets,
                           .min_window_length = min_window_length,
                           .grace_period = grace_period});
           }),
           py::kw_only(), py::arg("delta") = adwin.delta, py::arg("clock") = adwin.clock,
           py::arg("max_buckets") = adwin.max_buckets, py::arg("min_window_length") = adwin.min_window_length,
           py::arg("grace_period") = adwin.grace_period)
      .def("update", &Adwin::update, py::arg("value"))
      .def_property_readonly("mean", &Adwin::mean)
      .def_property_readonly("width", &Adwin::width);

  const PageHinkley::Config page{};
  py::class_<PageHinkley>(module, "PageHinkley")
      .def(py::init(
               [](std::uint32_t min_instances, double delta, double threshold, double alpha, const std::string& mode) {
                 return PageHinkley({.min_instances = min_instances,
                                     .delta = delta,
                                     .threshold = threshold,
                                     .alpha = alpha,
                                     .mode = to_mode(mode)});
               }),
           py::kw_only(), py::arg("min_instances") = page.min_instances, py::arg("delta") = page.delta,
           py::arg("threshold") = page.threshold, py::arg("alpha") = page.alpha, py::arg("mode") = "both")
      .def("update", &PageHinkley::update, py::arg("value"))
      .def_property_readonly("mean", &PageHinkley::mean)
      .def_property_readonly("width", &PageHinkley::width);

  module.def(
      "first_alarm_adwin",
      [](const Outcomes& outcomes, double delta) {
        const auto ages = to_ages(outcomes);
        return run_interruptible(1, py::none(), [&](const RunOptions& options) {
          return first_alarm(ages, Adwin::Config{.delta = delta}, options);
        });
      },
      py::arg("outcomes"), py::arg("delta") = adwin.delta);
  module.def(
      "first_alarm_page_hinkley",
      [](const Outcomes& outcomes, double rate) {
        const auto ages = to_ages(outcomes);
        return run_interruptible(
            1, py::none(), [&](const RunOptions& options) { return first_alarm_page_hinkley(ages, rate, options); });
      },
      py::arg("outcomes"), py::arg("rate") = 0.01);
}

}  // namespace recocore::python
