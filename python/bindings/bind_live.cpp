#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/live/live_model.hpp>
#include <recocore/models/content_knn.hpp>
#include <recocore/models/hybrid.hpp>

#include "bindings.hpp"
#include "fitting.hpp"
#include "ids.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] py::dict to_dict(const ChangeReport& report) {
  py::dict fields;
  fields["version"] = report.version;
  fields["events_added"] = report.events_added;
  fields["events_removed"] = report.events_removed;
  fields["users_changed"] = report.users_changed;
  fields["refitted"] = report.refitted;
  return fields;
}

[[nodiscard]] EventLog events_or_none(const Interactions* interactions) {
  return interactions == nullptr ? EventLog() : interactions->events();
}

/// As `run_interruptible`, but by this thread where no fit is needed: a thread of its own costs more than a repair.
/// What needs a fit looks at the deadline before it begins, and has changed nothing then.
template <class Work>
[[nodiscard]] auto run_quickly(unsigned threads, const py::object& progress, const Work& work, const Limits& limits) {
  try {
    const py::gil_scoped_release without_gil;
    return work(RunOptions{.threads = 1, .deadline = std::chrono::steady_clock::time_point::min()});
  } catch (const DeadlineExceeded&) {
    return run_interruptible(threads, progress, work, limits);
  }
}

[[nodiscard]] py::dict change(Model& model, const Interactions* removed, const Interactions* added, unsigned threads,
                              const Limits& limits, const py::object& progress) {
  return to_dict(run_quickly(
      threads, progress,
      [&](const RunOptions& options) {
        return model.live().change(events_or_none(removed), events_or_none(added), options);
      },
      limits));
}

[[nodiscard]] py::dict forget(Model& model, const py::handle& user, unsigned threads, const Limits& limits,
                              const py::object& progress) {
  const auto id = to_id(user, "user id");
  const auto receipt = run_quickly(
      threads, progress, [&](const RunOptions& options) { return model.live().forget(id, options); }, limits);
  py::dict fields;
  fields["known"] = receipt.known;
  fields["events"] = receipt.events;
  fields["interactions"] = receipt.interactions;
  fields["version_before"] = receipt.version_before;
  fields["version_after"] = receipt.version_after;
  fields["digest_before"] = receipt.digest_before;
  fields["digest_after"] = receipt.digest_after;
  return fields;
}

[[nodiscard]] py::dict drop_before(Model& model, std::int64_t time, unsigned threads, const Limits& limits,
                                   const py::object& progress) {
  return to_dict(run_interruptible(
      threads, progress, [&](const RunOptions& options) { return model.live().drop_before(time, options); }, limits));
}

[[nodiscard]] py::dict merge(Model& model, const Model& other, unsigned threads, const Limits& limits,
                             const py::object& progress) {
  const auto any = other.any();
  return to_dict(run_interruptible(
      threads, progress, [&](const RunOptions& options) { return model.live().merge(any, options); }, limits));
}

/// item ids, weights, and times in microseconds or None: the events of a user in their order.
[[nodiscard]] py::tuple events_of(const Model& model, const py::handle& user) {
  const auto id = to_id(user, "user id");
  EventLog log;
  {
    const py::gil_scoped_release without_gil;
    log = model.live().events_of(id);
  }
  py::list items;
  py::list weights;
  for (std::size_t event = 0; event < log.size(); ++event) {
    items.append(to_python(log.items.at(log.item[event].value)));
    weights.append(static_cast<double>(log.weight_at(event)));
  }
  return py::make_tuple(items, weights,
                        log.time.empty() ? py::object(py::none()) : py::object(to_array(std::move(log.time))));
}

[[nodiscard]] AnyModel with_items(const AnyModel& model, const AttributeTable& rows) {
  const auto* hybrid = model.get_if<Hybrid>();
  return hybrid != nullptr ? AnyModel(hybrid->with_items(rows)) : AnyModel(held<ContentKnn>(model).with_items(rows));
}

/// Ids of retired items, of the catalogue or of the model.
[[nodiscard]] py::object retired(const Model& model) {
  const auto view = model.live().view();
  const auto* catalogue = view.model().catalogue();
  if (catalogue == nullptr) {
    return to_python(view.retired());
  }
  std::vector<std::uint32_t> rows;
  catalogue->retired_set().for_each([&rows](std::size_t row) { rows.push_back(static_cast<std::uint32_t>(row)); });
  IdEncoder encoder("item");
  for (const auto row : rows) {
    std::visit([&encoder](const auto& id) { encoder.encode(id); }, catalogue->ids().at(row));
  }
  return to_python(encoder.finish().ids);
}

/// A change that takes no longer than a list.
template <class Work>
[[nodiscard]] py::dict without_gil(const Work& work) {
  ChangeReport report;
  {
    const py::gil_scoped_release released;
    report = work();
  }
  return to_dict(report);
}

}  // namespace

void bind_live(py::module_& module) {
  module.def("live_change", &change, py::arg("model"), py::arg("removed"), py::arg("added"), py::arg("threads"),
             py::arg("limits"), py::arg("progress"));
  module.def("live_forget", &forget, py::arg("model"), py::arg("user"), py::arg("threads"), py::arg("limits"),
             py::arg("progress"));
  module.def("live_drop_before", &drop_before, py::arg("model"), py::arg("time"), py::arg("threads"), py::arg("limits"),
             py::arg("progress"));
  module.def("live_merge", &merge, py::arg("model"), py::arg("other"), py::arg("threads"), py::arg("limits"),
             py::arg("progress"));
  module.def(
      "live_retire",
      [](Model& model, const Ids& ids, bool back) {
        return without_gil(
            [&] { return back ? model.live().restore(ids.column()) : model.live().retire(ids.column()); });
      },
      py::arg("model"), py::arg("ids"), py::arg("back"));
  module.def(
      "live_add_items",
      [](Model& model, const AttributeTable& rows) {
        return without_gil(
            [&] { return model.live().replace([&](const AnyModel& any) { return with_items(any, rows); }); });
      },
      py::arg("model"), py::arg("rows"));
  module.def(
      "live_add_users",
      [](Model& model, const AttributeTable& rows) {
        return without_gil([&] {
          return model.live().replace(
              [&](const AnyModel& any) -> AnyModel { return held<Hybrid>(any).with_users(rows); });
        });
      },
      py::arg("model"), py::arg("rows"));
  module.def("live_retired", &retired, py::arg("model"));
  module.def("format_time", &format_time, py::arg("microseconds"));
  module.def("live_events_of", &events_of, py::arg("model"), py::arg("user"));
  module.def("live_version", [](const Model& model) { return model.live().version(); }, py::arg("model"));
  module.def(
      "live_events_version", [](const Model& model) { return model.live().view().events_version(); }, py::arg("model"));
  module.def(
      "live_snapshot", [](const Model& model) { return std::make_unique<Model>(model.any(), model.live().retired()); },
      py::arg("model"));
}

}  // namespace recocore::python
