#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/core/id.hpp>
#include <recocore/index/vector_index.hpp>

#include "bindings.hpp"
#include "ids.hpp"

namespace recocore::python {

namespace {

using Matrix = py::array_t<float, py::array::c_style | py::array::forcecast>;
using OwnId = std::variant<std::int64_t, std::string>;

[[nodiscard]] OwnId own(const IdView& id) {
  if (const auto* integer = std::get_if<std::int64_t>(&id)) {
    return *integer;
  }
  return std::string(std::get<std::string_view>(id));
}

[[nodiscard]] IdView view(const OwnId& id) {
  if (const auto* integer = std::get_if<std::int64_t>(&id)) {
    return *integer;
  }
  return std::string_view(std::get<std::string>(id));
}

[[nodiscard]] std::span<const float> numbers_of(const Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

/// The results of a search by real ids.
struct Found {
  std::vector<std::uint64_t> offsets{};
  Ids ids{};
  std::vector<float> scores{};
};

/// `_core.VectorIndex`: vectors by real ids. Searches run at the same time, and wait for changes.
class IdVectorIndex {
 public:
  explicit IdVectorIndex(const VectorIndexConfig& config) : index_(config) {}

  void add(const Matrix& vectors, const Ids& ids, const Limits& limits, unsigned threads, const py::object& progress) {
    const auto column = ids.column();
    const auto numbers = numbers_of(vectors);
    run_on_worker(
        threads, progress,
        [&](const RunOptions& options) {
          const std::unique_lock lock(mutex_);
          add_locked(numbers, column, options, [&](const auto& labels) { index_.add(numbers, labels, options); });
        },
        limits);
  }

  [[nodiscard]] std::size_t remove(const Ids& ids) {
    const auto column = ids.column();
    const py::gil_scoped_release without_gil;
    const std::unique_lock lock(mutex_);
    std::vector<VectorLabel> labels;
    for (std::size_t row = 0; row < column.size(); ++row) {
      if (const auto found = labels_.find(own(column[row])); found != labels_.end()) {
        labels.emplace_back(found->second);
        free_.push_back(found->second);
        labels_.erase(found);
      }
    }
    return index_.remove(labels);
  }

  [[nodiscard]] Found search(const Matrix& queries, std::size_t n, const Ids* candidates, const Ids* exclude,
                             unsigned threads, const py::object& progress) const {
    const auto numbers = numbers_of(queries);
    const bool single = numbers.size() == index_.config().dimensions;
    if (single) {
      // Not worth a thread of its own.
      const py::gil_scoped_release without_gil;
      return search_locked(numbers, n, candidates, exclude, {.threads = 1});
    }
    return run_interruptible(threads, progress, [&](const RunOptions& options) {
      return search_locked(numbers, n, candidates, exclude, options);
    });
  }

  [[nodiscard]] std::size_t size() const {
    const py::gil_scoped_release without_gil;
    const std::shared_lock lock(mutex_);
    return index_.size();
  }
  [[nodiscard]] std::uint64_t memory() const {
    const py::gil_scoped_release without_gil;
    const std::shared_lock lock(mutex_);
    return index_.memory();
  }
  [[nodiscard]] bool contains(const py::handle& id) const {
    const auto wanted = own(to_id(id, "id"));
    const py::gil_scoped_release without_gil;
    const std::shared_lock lock(mutex_);
    return labels_.contains(wanted);
  }
  [[nodiscard]] std::size_t dimensions() const { return index_.config().dimensions; }
  [[nodiscard]] bool keeps_vectors() const { return index_.keeps_vectors(); }

  /// Ids, labels and vectors, in one order.
  [[nodiscard]] py::tuple state() const {
    Ids ids;
    VectorIndex::Vectors all;
    {
      const py::gil_scoped_release without_gil;
      const std::shared_lock lock(mutex_);
      all = index_.vectors();
      for (const auto label : all.labels) {
        ids.append(view(ids_[label.value]));
      }
    }
    std::vector<std::uint32_t> labels;
    labels.reserve(all.labels.size());
    for (const auto label : all.labels) {
      labels.push_back(label.value);
    }
    return py::make_tuple(ids.to_array(), to_array(std::move(labels)), to_array(std::move(all.values)));
  }

  [[nodiscard]] static std::unique_ptr<IdVectorIndex> restore(const VectorIndexConfig& config, const Ids& ids,
                                                              const std::vector<std::uint32_t>& labels,
                                                              const Matrix& vectors) {
    auto restored = std::make_unique<IdVectorIndex>(config);
    VectorIndex::Vectors all;
    for (const auto label : labels) {
      all.labels.emplace_back(label);
    }
    const auto numbers = numbers_of(vectors);
    all.values.assign(numbers.begin(), numbers.end());
    const auto column = ids.column();
    if (column.size() != labels.size()) {
      throw InvalidData("the stored vectors are damaged: there are " + std::to_string(column.size()) + " ids for " +
                        std::to_string(labels.size()) + " vectors");
    }
    const py::gil_scoped_release without_gil;
    restored->index_ = VectorIndex::restore(config, all, {.threads = 1});
    const std::size_t size = labels.empty() ? 0 : std::size_t{*std::max_element(labels.begin(), labels.end())} + 1;
    restored->ids_.resize(size);
    for (std::size_t row = 0; row < labels.size(); ++row) {
      restored->ids_[labels[row]] = own(column[row]);
      restored->labels_[own(column[row])] = labels[row];
    }
    for (std::size_t label = 0; label < size; ++label) {
      if (!restored->index_.contains(VectorLabel(label))) {
        restored->free_.push_back(static_cast<std::uint32_t>(label));
      }
    }
    return restored;
  }

 private:
  /// New labels follow the order of the ids.
  template <class Add>
  void add_locked(std::span<const float> numbers, const IdColumn& ids, const RunOptions& options, const Add& add) {
    const std::size_t dimensions = index_.config().dimensions;
    if (numbers.size() != ids.size() * dimensions) {
      throw InvalidParameter("there are " + std::to_string(numbers.size() / dimensions) + " vectors, but " +
                             std::to_string(ids.size()) + " ids; give each vector its id");
    }
    std::vector<OwnId> given;
    given.reserve(ids.size());
    std::unordered_map<OwnId, std::size_t> rows;
    for (std::size_t row = 0; row < ids.size(); ++row) {
      given.push_back(own(ids[row]));
      if (!labels_.empty() && labels_.begin()->first.index() != given.back().index()) {
        throw IdTypeError("row " + std::to_string(row) + ": the id " + to_display(ids[row]) + " is " +
                          std::string(to_string(kind_of(ids[row]))) + ", but those in the index are not; make all of " +
                          "them one or the other");
      }
      const auto [earlier, fresh] = rows.try_emplace(given.back(), row);
      if (!fresh || labels_.contains(given.back())) {
        throw InvalidData("row " + std::to_string(row) + ": the id " + to_display(ids[row]) +
                          (fresh ? " is in the index already; remove it first"
                                 : " is that of row " + std::to_string(earlier->second) + " as well") +
                          "; each vector has an id of its own");
      }
    }
    throw_if_stopped(options);
    std::vector<std::size_t> order(ids.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return given[a] < given[b]; });
    // The smallest that are free, then new ones.
    std::sort(free_.begin(), free_.end());
    const std::size_t reused = std::min(free_.size(), ids.size());
    std::vector<VectorLabel> labels(ids.size());
    for (std::size_t place = 0; place < order.size(); ++place) {
      labels[order[place]] = VectorLabel(place < reused ? free_[place] : ids_.size() + place - reused);
    }
    add(labels);
    free_.erase(free_.begin(), free_.begin() + static_cast<std::ptrdiff_t>(reused));
    ids_.resize(ids_.size() + ids.size() - reused);
    for (std::size_t row = 0; row < ids.size(); ++row) {
      labels_.emplace(given[row], labels[row].value);
      ids_[labels[row].value] = std::move(given[row]);
    }
  }

  [[nodiscard]] BitSet set_of(const Ids& ids) const {
    BitSet set(ids_.size());
    const auto column = ids.column();
    for (std::size_t row = 0; row < column.size(); ++row) {
      if (const auto found = labels_.find(own(column[row])); found != labels_.end()) {
        set.set(found->second);
      }
    }
    return set;
  }

  [[nodiscard]] Found search_locked(std::span<const float> numbers, std::size_t n, const Ids* candidates,
                                    const Ids* exclude, const RunOptions& options) const {
    const std::shared_lock lock(mutex_);
    std::optional<BitSet> allowed;
    if (candidates != nullptr) {
      allowed = set_of(*candidates);
    }
    if (exclude != nullptr) {
      auto others = set_of(*exclude);
      others.flip();
      allowed = allowed ? * allowed &= others : others;
    }
    auto lists = index_.search_all(numbers, n, allowed ? &*allowed : nullptr, options);
    Found found{.offsets = std::move(lists.offsets)};
    found.scores.reserve(lists.entries.size());
    for (const auto& [label, score] : lists.entries) {
      found.ids.append(view(ids_[label.value]));
      found.scores.push_back(score);
    }
    return found;
  }

  mutable std::shared_mutex mutex_{};
  VectorIndex index_;
  std::vector<OwnId> ids_{};
  std::unordered_map<OwnId, std::uint32_t> labels_{};
  std::vector<std::uint32_t> free_{};
};

[[nodiscard]] VectorIndexConfig vector_index_config(std::string factory, const std::string& metric,
                                                    std::uint32_t dimensions, std::uint32_t ef_search,
                                                    std::uint32_t n_probe, std::uint64_t seed) {
  return {.factory = std::move(factory),
          .metric = parse_vector_metric(metric),
          .dimensions = dimensions,
          .ef_search = ef_search,
          .n_probe = n_probe,
          .seed = seed};
}

}  // namespace

void bind_index(py::module_& module) {
  py::class_<VectorIndexConfig>(module, "VectorIndexConfig", "Parameters of a vector index.")
      .def(py::init(&vector_index_config), py::kw_only(), py::arg("factory"), py::arg("metric"), py::arg("dimensions"),
           py::arg("ef_search"), py::arg("n_probe"), py::arg("seed"));
  py::class_<IdVectorIndex>(module, "VectorIndex", "Vectors by ids.")
      .def(py::init<const VectorIndexConfig&>(), py::arg("config"))
      .def("add", &IdVectorIndex::add, py::arg("vectors"), py::arg("ids"), py::arg("limits"), py::arg("threads"),
           py::arg("progress"))
      .def("remove", &IdVectorIndex::remove, py::arg("ids"))
      .def(
          "search",
          [](const IdVectorIndex& self, const Matrix& queries, std::size_t n, const Ids* candidates, const Ids* exclude,
             unsigned threads, const py::object& progress) {
            auto found = self.search(queries, n, candidates, exclude, threads, progress);
            return py::make_tuple(to_array(std::move(found.offsets)), found.ids.to_array(),
                                  to_array(std::move(found.scores)));
          },
          py::arg("queries"), py::arg("n"), py::arg("candidates"), py::arg("exclude"), py::arg("threads"),
          py::arg("progress"))
      .def("contains", &IdVectorIndex::contains, py::arg("id"))
      .def_property_readonly("dimensions", &IdVectorIndex::dimensions)
      .def_property_readonly("memory", &IdVectorIndex::memory)
      .def_property_readonly("keeps_vectors", &IdVectorIndex::keeps_vectors)
      .def("state", &IdVectorIndex::state)
      .def_static("restore", &IdVectorIndex::restore, py::arg("config"), py::arg("ids"), py::arg("labels"),
                  py::arg("vectors"))
      .def("__len__", &IdVectorIndex::size);
  module.def("has_faiss", &has_faiss);
}

}  // namespace recocore::python
