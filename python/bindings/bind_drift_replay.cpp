#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/drift/injected.hpp>
#include <recocore/drift/replay.hpp>
#include <recocore/drift/timeline.hpp>
#include <recocore/impl/core/names.hpp>

#include "bindings.hpp"
#include "ids.hpp"

namespace recocore::python {

namespace {

/// Without `forcecast`: 1.9 is no instant, and is refused with a TypeError.
using Instants = std::optional<py::array_t<std::int64_t, py::array::c_style>>;

/// `_core.Timeline`: knows besides how its events become interactions.
class TimelineOfInteractions : public Timeline {
 public:
  TimelineOfInteractions(Timeline timeline, const InteractionsConfig& config)
      : Timeline(std::move(timeline)), config_(config) {}

  [[nodiscard]] const InteractionsConfig& config() const noexcept { return config_; }

  /// @param half_life_seconds instead of that of the configuration, if there is one.
  [[nodiscard]] Interactions interactions_of(EventLog log, const std::optional<double>& half_life_seconds) const {
    auto config = config_;
    if (half_life_seconds) {
      config.half_life_seconds = half_life_seconds;
      if (config.duplicates == Duplicates::binary) {
        // What counts 1 fades from its latest event on.
        config.duplicates = Duplicates::max;
        log.weight.clear();
      }
    }
    return Interactions::from_events(std::move(log), config);
  }

 private:
  InteractionsConfig config_;
};

/// Values as a read-only array that keeps their owner alive; `As` is of the same size, signed or not.
template <class As, class Value>
[[nodiscard]] py::array view(std::span<const Value> values, const py::object& owner) {
  static_assert(sizeof(As) == sizeof(Value));
  const void* data = values.data();
  auto array = py::array_t<As>(static_cast<py::ssize_t>(values.size()), static_cast<const As*>(data), owner);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

/// A read-only property: `values(timeline)` as a view.
template <class As, class Values>
[[nodiscard]] auto view_of(const Values& values) {
  return [values](const py::object& self) {
    return view<As>(std::span(values(py::cast<const TimelineOfInteractions&>(self))), self);
  };
}

/// To the replay an empty column is none; here, only None is.
void check_offers(const Instants& from, const Instants& until) {
  if (from.has_value() != until.has_value()) {
    throw InvalidParameter("of offered_from and offered_until one is None; give both for every item, or none");
  }
  for (const auto* instants : {&from, &until}) {
    if (*instants && ((*instants)->ndim() != 1 || (*instants)->size() == 0)) {
      throw InvalidParameter(
          "offered_from and offered_until must be one-dimensional and not empty; give both for every item, or none");
    }
  }
}

[[nodiscard]] std::span<const std::int64_t> to_span(const Instants& instants) {
  return instants ? std::span(instants->data(), static_cast<std::size_t>(instants->size()))
                  : std::span<const std::int64_t>{};
}

[[nodiscard]] Replay make_replay(const TimelineOfInteractions& timeline, std::size_t n, bool exclude_seen,
                                 const std::string& protocol, const std::string& histories, std::uint32_t retired_after,
                                 std::size_t first, std::uint64_t most_lists, std::uint64_t seed,
                                 const Instants& offered_from, const Instants& offered_until) {
  constexpr std::array<std::string_view, 2> protocols{"period", "next"};
  constexpr std::array<std::string_view, 2> kinds_of_histories{"frozen", "live"};
  const ReplayConfig config{
      .n = n,
      .exclude_seen = exclude_seen,
      .protocol = detail::parse_name<Protocol>("protocol", protocol, protocols),
      .histories = detail::parse_name<Histories>("histories", histories, kinds_of_histories),
      .retired_after = retired_after,
      .first = first,
      .most_lists = most_lists,
      .seed = seed,
  };
  check_offers(offered_from, offered_until);
  const auto from = to_span(offered_from);
  const auto until = to_span(offered_until);
  const py::gil_scoped_release without_gil;
  return {timeline, config, from, until};
}

/// A column with one value a row.
template <class Row, class ValueOf>
[[nodiscard]] auto column(const std::vector<Row>& rows, const ValueOf& value_of) {
  std::vector<std::decay_t<std::invoke_result_t<ValueOf, const Row&>>> values;
  values.reserve(rows.size());
  for (const Row& row : rows) {
    values.push_back(value_of(row));
  }
  return to_array(std::move(values));
}

/// A matrix with a row an age and a column a slice.
template <class Row, class SlicesOf>
[[nodiscard]] py::array matrix(const std::vector<Row>& rows, const SlicesOf& slices_of,
                               std::uint64_t SliceCount::* field) {
  std::vector<std::uint64_t> values;
  values.reserve(rows.size() * slice_names.size());
  for (const Row& row : rows) {
    for (const SliceCount& slice : slices_of(row)) {
      values.push_back(slice.*field);
    }
  }
  return to_array(std::move(values)).reshape({static_cast<py::ssize_t>(rows.size()), py::ssize_t{3}});
}

[[nodiscard]] py::dict to_dict(const AgeScores& scores) {
  static_assert(slice_names.size() == 3);
  const auto& periods = scores.periods;
  const auto slices = [](const PeriodScores& period) -> const SliceCounts& { return period.slices; };
  const auto as_it_is = [](const SliceCounts& counts) { return counts; };
  py::dict columns;
  columns["lists"] = column(periods, [](const PeriodScores& period) { return period.lists; });
  columns["ndcg"] = column(periods, [](const PeriodScores& period) { return period.ndcg; });
  columns["coverage"] = column(periods, [](const PeriodScores& period) { return period.coverage; });
  columns["gini"] = column(periods, [](const PeriodScores& period) { return period.gini; });
  columns["divergence"] = column(periods, [](const PeriodScores& period) { return period.divergence; });
  columns["relevant"] = matrix(periods, slices, &SliceCount::relevant);
  columns["hits"] = matrix(periods, slices, &SliceCount::hits);
  columns["fresh_relevant"] = matrix(scores.fresh, as_it_is, &SliceCount::relevant);
  columns["fresh_hits"] = matrix(scores.fresh, as_it_is, &SliceCount::hits);
  return columns;
}

[[nodiscard]] py::dict score(const Replay& replay, const Model& model, std::size_t origin, std::size_t ages,
                             unsigned threads, const py::object& progress) {
  const auto scored = model.any();
  auto scores = run_interruptible(
      threads, progress, [&](const RunOptions& options) { return replay.score(scored, origin, ages, options); });
  py::list outcomes;
  for (auto& of_period : scores.outcomes) {
    outcomes.append(to_array(std::move(of_period)));
  }
  py::dict result;
  result["all"] = to_dict(scores.all);
  result["live"] = to_dict(scores.live);
  result["outcomes"] = std::move(outcomes);
  return result;
}

[[nodiscard]] py::dict compare(const Replay& replay, const Model& older, const Model& newer, std::size_t period,
                               std::size_t most, unsigned threads) {
  const auto before = older.any();
  const auto after = newer.any();
  const auto change = run_interruptible(threads, py::none(), [&](const RunOptions& options) {
    return replay.compare(before, after, period, most, options);
  });
  py::dict result;
  result["lists"] = change.lists;
  result["jaccard"] = change.jaccard;
  result["rbo"] = change.rbo;
  return result;
}

void bind_timeline(py::module_& module) {
  using Self = TimelineOfInteractions;
  const py::call_guard<py::gil_scoped_release> without_gil;
  const py::class_<Timeline> base(module, "TimelineBase", "Events in periods of equal length.");
  py::class_<Self, Timeline>(module, "Timeline", "Events in periods of equal length.")
      .def(
          py::init([](const Interactions& interactions, std::int64_t length, const std::optional<std::int64_t>& start) {
            return Self(Timeline(interactions.events(), length, start), interactions.config());
          }),
          py::arg("interactions"), py::arg("length"), py::arg("start") = py::none(), without_gil)
      .def_property_readonly("periods", &Self::periods)
      .def_property_readonly("length", &Self::length)
      .def_property_readonly("offsets", view_of<std::int64_t>([](const Self& self) { return self.offsets(); }))
      .def_property_readonly("item_births", view_of<std::uint32_t>([](const Self& self) { return self.item_births(); }))
      .def_property_readonly("item_deaths", view_of<std::uint32_t>([](const Self& self) { return self.item_deaths(); }))
      .def_property_readonly("user_births", view_of<std::uint32_t>([](const Self& self) { return self.user_births(); }))
      .def("start_of", &Self::start_of, py::arg("period"))
      .def("items", [](const Self& self) { return to_python(self.events().items); })
      .def("users", [](const Self& self) { return to_python(self.events().users); })
      .def("event_items", view_of<std::uint32_t>([](const Self& self) -> auto& { return self.events().item; }))
      .def("event_users", view_of<std::uint32_t>([](const Self& self) -> auto& { return self.events().user; }))
      .def("event_times", view_of<std::int64_t>([](const Self& self) -> auto& { return self.events().time; }))
      .def(
          "interactions",
          [](const Self& self, std::size_t from, std::size_t until, const std::optional<double>& half_life_seconds) {
            return self.interactions_of(self.between(from, until), half_life_seconds);
          },
          py::arg("since"), py::arg("until"), py::arg("half_life_seconds") = py::none(), without_gil)
      .def(
          "without_random_events",
          [](const Self& self, std::size_t until, std::uint64_t count, std::uint64_t seed) {
            return self.interactions_of(self.without_random_events(until, count, seed), {});
          },
          py::arg("until"), py::arg("count"), py::arg("seed"), without_gil)
      .def(
          "shuffled",
          [](const Self& self, std::uint64_t seed, bool even) {
            return Self(even ? self.shuffled_evenly(seed) : self.shuffled(seed), self.config());
          },
          py::arg("seed"), py::arg("even") = false, without_gil)
      .def(
          "with_change",
          [](const Self& self, std::size_t at, double share, std::size_t ramp, std::uint64_t seed) {
            return Self(Timeline(with_change(self, {.at = at, .share = share, .ramp = ramp, .seed = seed}),
                                 self.length(), self.start_of(0)),
                        self.config());
          },
          py::arg("at"), py::arg("share"), py::arg("ramp"), py::arg("seed"), without_gil)
      .def("usual_gap", &Self::usual_gap, py::arg("until"), py::arg("share") = 0.99);
}

}  // namespace

void bind_drift_replay(py::module_& module) {
  bind_timeline(module);
  py::class_<Replay>(module, "Replay", "Scores models of the past on what came after them.")
      .def(py::init(&make_replay), py::arg("timeline"), py::kw_only(), py::arg("n") = 10,
           py::arg("exclude_seen") = true, py::arg("protocol") = "period", py::arg("histories") = "frozen",
           py::arg("retired_after") = 0, py::arg("first") = 1, py::arg("most_lists") = 0, py::arg("seed") = 0,
           py::arg("offered_from") = py::none(), py::arg("offered_until") = py::none(), py::keep_alive<1, 2>())
      .def("score", &score, py::arg("model"), py::arg("origin"), py::arg("ages"), py::arg("threads") = 0,
           py::arg("progress") = py::none())
      .def("compare", &compare, py::arg("older"), py::arg("newer"), py::arg("period"), py::arg("most"),
           py::arg("threads") = 0);
}

}  // namespace recocore::python
