#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/rank/where.hpp>
#include <recocore/segments/audience.hpp>
#include <recocore/segments/campaign.hpp>
#include <recocore/segments/look_alikes.hpp>

#include "bindings.hpp"
#include "ids.hpp"

namespace recocore::python {

namespace {

/// The ids at positions: int64, or objects of type str.
[[nodiscard]] py::array ids_at(const ExtendedIds& ids, const std::vector<std::uint32_t>& positions) {
  if (ids.kind() == IdKind::integer) {
    std::vector<std::int64_t> integers;
    integers.reserve(positions.size());
    for (const auto position : positions) {
      integers.push_back(std::get<std::int64_t>(ids.at(position)));
    }
    return to_array(std::move(integers));
  }
  py::array result(py::dtype("O"), std::vector<py::ssize_t>{static_cast<py::ssize_t>(positions.size())});
  auto** slots = static_cast<PyObject**>(result.mutable_data());
  for (std::size_t row = 0; row < positions.size(); ++row) {
    slots[row] = to_python(ids.at(positions[row])).release().ptr();
  }
  return result;
}

/// One value a row.
template <class T, class Rows, class ValueOf>
[[nodiscard]] std::vector<T> column(const Rows& rows, const ValueOf& value_of) {
  std::vector<T> values;
  values.reserve(rows.size());
  for (const auto& row : rows) {
    values.push_back(value_of(row));
  }
  return values;
}

/// @throws IdTypeError text where there are integers, or the reverse.
[[nodiscard]] std::optional<std::uint32_t> find_id(const ExtendedIds& ids, const IdView& id, const std::string& what) {
  if (ids.size() > 0 && kind_of(id) != ids.kind()) {
    throw IdTypeError("the " + what + " ids are " + std::string(to_string(ids.kind())) + ", but " + to_display(id) +
                      " is " + std::string(to_string(kind_of(id))));
  }
  return ids.find(id);
}

[[nodiscard]] std::uint32_t known_position(const ExtendedIds& ids, const IdView& id, const std::string& what) {
  const auto position = find_id(ids, id, what);
  if (!position) {
    throw UnknownId("unknown " + what + " " + to_display(id) + ": it is neither among the interactions nor in a table");
  }
  return *position;
}

/// Without repetitions, in the order given. @param known whether an unknown id is an error; else it is left out.
template <class Ix>
[[nodiscard]] std::vector<Ix> positions_of(const ExtendedIds& ids, const IdColumn& column, const std::string& what,
                                           bool known) {
  std::vector<Ix> positions;
  BitSet seen(ids.size());
  for (std::size_t row = 0; row < column.size(); ++row) {
    const auto position =
        known ? std::optional(known_position(ids, column[row], what)) : find_id(ids, column[row], what);
    if (position && !seen[*position]) {
      seen.set(*position);
      positions.push_back(Ix(*position));
    }
  }
  return positions;
}

/// The users of a call: those of a list and of an expression over the profiles; none for all.
[[nodiscard]] std::optional<BitSet> allowed_users(const ExtendedIds& ids, const Catalogue* profiles, const Ids* users,
                                                  const std::optional<std::string>& where) {
  std::optional<BitSet> allowed;
  if (users != nullptr) {
    allowed.emplace(ids.size());
    for (const auto user : positions_of<UserIx>(ids, users->column(), "user", false)) {
      allowed->set(user.value);
    }
  }
  if (where) {
    if (profiles == nullptr || profiles->size() == 0) {
      throw InvalidParameter(
          "where looks at columns of users, and this model has none: fit one that has with a table of users, as in "
          "rc.Hybrid().fit(interactions, items=items, users=users)");
    }
    auto fitting = Where::parse(*where).evaluate(*profiles);
    fitting.resize(ids.size());
    if (allowed) {
      *allowed &= fitting;
    } else {
      allowed = std::move(fitting);
    }
  }
  return allowed;
}

/// `_core.AudienceFilter`: who may be told, in positions of a model.
struct Filter {
  std::optional<BitSet> allowed{};
  std::vector<std::uint32_t> told{};
  std::uint32_t most_messages = 0;
  std::size_t min_history = 0;

  [[nodiscard]] AudienceFilter view() const noexcept {
    return {.allowed = allowed ? &*allowed : nullptr,
            .told = told,
            .most_messages = most_messages,
            .min_history = min_history};
  }
};

[[nodiscard]] Filter make_filter(const Model& model, const Ids* users, const std::optional<std::string>& where,
                                 const Ids* told_users, const std::vector<std::uint32_t>& told,
                                 std::uint32_t most_messages, std::size_t min_history) {
  const auto any = model.any();
  const auto& ids = any.users();
  Filter filter{.allowed = allowed_users(ids, any.profiles(), users, where),
                .most_messages = most_messages,
                .min_history = min_history};
  if (told_users != nullptr) {
    const auto column = told_users->column();
    filter.told.assign(ids.size(), 0);
    for (std::size_t row = 0; row < column.size(); ++row) {
      if (const auto position = find_id(ids, column[row], "user")) {
        filter.told[*position] = told.at(row);
      }
    }
  }
  return filter;
}

/// Columns of what `addressee(row)` gives for each row.
template <class Rows, class AddresseeOf>
[[nodiscard]] py::dict addressee_columns(const AnyModel& model, const Rows& rows, const AddresseeOf& addressee) {
  py::dict columns;
  columns["user_id"] =
      ids_at(model.users(), column<std::uint32_t>(rows, [&](const auto& row) { return addressee(row).user.value; }));
  columns["rank"] = to_array(column<std::uint32_t>(rows, [&](const auto& row) { return addressee(row).rank; }));
  columns["meaning"] = to_array(column<float>(rows, [&](const auto& row) { return addressee(row).meaning; }));
  columns["score"] = to_array(column<float>(rows, [&](const auto& row) { return addressee(row).score; }));
  columns["evidence"] = to_array(column<std::uint32_t>(rows, [&](const auto& row) { return addressee(row).evidence; }));
  return columns;
}

[[nodiscard]] py::dict find_audience(const Model& model, const py::handle& item, const AudienceBars& bars,
                                     const Filter& filter, std::size_t n, bool ranks, unsigned threads,
                                     const py::object& progress) {
  const auto any = model.any();
  const ItemIx position(known_position(any.items(), to_id(item, "item id"), "item"));
  const auto found = run_interruptible(threads, progress, [&](const RunOptions& run) {
    return recocore::audience(any, position, bars, {.n = n, .filter = filter.view(), .ranks = ranks}, run);
  });
  return addressee_columns(any, found, std::identity{});
}

[[nodiscard]] py::dict plan_campaign(const Model& model, const Ids* users, const Ids& items, const AudienceBars& bars,
                                     const Filter& filter, std::uint32_t per_user, std::uint32_t per_item,
                                     double min_meaning, double tolerance, bool ranks, unsigned threads,
                                     const Limits& limits, const py::object& progress) {
  const auto any = model.any();
  std::vector<UserIx> to;
  if (users != nullptr) {
    to = positions_of<UserIx>(any.users(), users->column(), "user", false);
  } else {
    for (std::size_t user = 0; user < any.users().size(); ++user) {
      to.emplace_back(user);
    }
  }
  const auto about = positions_of<ItemIx>(any.items(), items.column(), "item", true);
  const auto planned = run_interruptible(
      threads, progress,
      [&](const RunOptions& run) {
        return recocore::campaign(any, to, about, bars,
                                  {.per_user = per_user,
                                   .per_item = per_item,
                                   .filter = filter.view(),
                                   .min_meaning = min_meaning,
                                   .tolerance = tolerance,
                                   .ranks = ranks},
                                  run);
      },
      limits);
  auto columns =
      addressee_columns(any, planned.messages, [](const Message& row) -> const Addressee& { return row.to; });
  columns["item_id"] =
      ids_at(any.items(), column<std::uint32_t>(planned.messages, [](const Message& row) { return row.item.value; }));
  columns["total"] = planned.total;
  columns["upper_bound"] = planned.upper_bound;
  return columns;
}

[[nodiscard]] py::dict find_look_alikes(const Interactions& interactions, const Model* model, const Ids& seeds,
                                        const Ids* users, const std::optional<std::string>& where, std::size_t n,
                                        const std::optional<double>& hidden, std::uint64_t seed, unsigned threads,
                                        const py::object& progress) {
  const ExtendedIds ids(interactions.users());
  const auto like = positions_of<UserIx>(ids, seeds.column(), "user", true);
  const auto allowed = allowed_users(model == nullptr ? ids : model->any().users(),
                                     model == nullptr ? nullptr : model->any().profiles(), users, where);
  const LookAlikesOptions options{.n = n, .allowed = allowed ? &*allowed : nullptr};
  auto [found, check] = run_interruptible(threads, progress, [&](const RunOptions& run) {
    std::pair<std::vector<ScoredUser>, LookAlikesCheck> both{look_alikes(interactions, like, options, run), {}};
    if (hidden && like.size() > 1) {
      both.second = check_look_alikes(interactions, like, *hidden, seed, options, run);
    }
    return both;
  });
  py::dict columns;
  columns["user_id"] = ids_at(ids, column<std::uint32_t>(found, [](const ScoredUser& row) { return row.index.value; }));
  columns["score"] = to_array(column<float>(found, [](const ScoredUser& row) { return row.score; }));
  columns["hidden"] = check.hidden;
  columns["candidates"] = check.candidates;
  py::list at;
  for (const auto& one : check.at) {
    at.append(py::make_tuple(one.k, one.recall, one.random, one.most_active));
  }
  columns["at"] = at;
  return columns;
}

}  // namespace

void bind_segments(py::module_& module) {
  py::class_<AudienceBars>(module, "AudienceBars", "What an item has to stand up to, for each user of a model.")
      .def_static(
          "of",
          [](const Model& model, std::size_t alternative, unsigned threads, const py::object& progress) {
            return run_interruptible(threads, progress, [&](const RunOptions& run) {
              return AudienceBars::of(model.any(), alternative, run);
            });
          },
          py::arg("model"), py::arg("alternative"), py::arg("threads"), py::arg("progress"));
  py::class_<Filter>(module, "AudienceFilter", "Who may be told, for one model.")
      .def(py::init(&make_filter), py::kw_only(), py::arg("model"), py::arg("users"), py::arg("where"),
           py::arg("told_users"), py::arg("told"), py::arg("most_messages"), py::arg("min_history"));
  module.def("audience", &find_audience, py::arg("model"), py::arg("item"), py::arg("bars"), py::arg("filter"),
             py::arg("n"), py::arg("ranks"), py::arg("threads"), py::arg("progress"));
  module.def("campaign", &plan_campaign, py::arg("model"), py::arg("users"), py::arg("items"), py::arg("bars"),
             py::arg("filter"), py::arg("per_user"), py::arg("per_item"), py::arg("min_meaning"), py::arg("tolerance"),
             py::arg("ranks"), py::arg("threads"), py::arg("limits"), py::arg("progress"));
  module.def("look_alikes", &find_look_alikes, py::arg("interactions"), py::arg("model"), py::arg("seeds"),
             py::arg("users"), py::arg("where"), py::arg("n"), py::arg("hidden"), py::arg("seed"), py::arg("threads"),
             py::arg("progress"));
}

}  // namespace recocore::python
