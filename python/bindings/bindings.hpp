/// What the files of the extension module share.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <recocore/core/run_options.hpp>
#include <recocore/live/live_model.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore::python {

namespace py = pybind11;

void bind_errors(py::module_& module);
void bind_run(py::module_& module);
void bind_ids(py::module_& module);
void bind_data(py::module_& module);
void bind_catalogue(py::module_& module);
void bind_results(py::module_& module);
void bind_models(py::module_& module);
void bind_content(py::module_& module);
void bind_drift_detectors(py::module_& module);
void bind_drift_plans(py::module_& module);
void bind_drift_replay(py::module_& module);
void bind_ease(py::module_& module);
void bind_graph_filter(py::module_& module);
void bind_index(py::module_& module);
void bind_files(py::module_& module);
void bind_live(py::module_& module);
void bind_filters(py::module_& module);
void bind_hybrid(py::module_& module);
void bind_item_knn(py::module_& module);
void bind_blend(py::module_& module);
void bind_popularity(py::module_& module);
void bind_als(py::module_& module);
void bind_next_basket(py::module_& module);
void bind_parameters(py::module_& module);
void bind_rules(py::module_& module);
void bind_rp3beta(py::module_& module);
void bind_session_knn(py::module_& module);
void bind_slim(py::module_& module);
void bind_user_knn(py::module_& module);
void bind_eval(py::module_& module);
void bind_segments(py::module_& module);

/// `_core.Model`: a fitted model that may change, with scratch memory that calls lend and give back, so that a list for
/// one user allocates next to nothing and any number of Python threads may ask at once.
class Model {
 public:
  explicit Model(AnyModel model, const IdMap& retired = {}) : live_(std::move(model), retired) {}

  [[nodiscard]] LiveModel& live() noexcept { return live_; }
  [[nodiscard]] const LiveModel& live() const noexcept { return live_; }

  /// The model as it is now, as a value. May wait for a change that is under way, without the GIL.
  [[nodiscard]] AnyModel any() const {
    if (PyGILState_Check() == 0) {
      return live_.snapshot();
    }
    const py::gil_scoped_release without_gil;
    return live_.snapshot();
  }

  /// Calls `work(scratch)`.
  template <class Work>
  auto with_scratch(const Work& work) const {
    auto lent = take();
    auto result = work(*lent);
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock.owns_lock()) {
      free_.push_back(std::move(lent));
    }
    return result;
  }

 private:
  // Waits for nobody: in a forked child the lock may be that of a thread which is not there.
  [[nodiscard]] std::unique_ptr<Scratch> take() const {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock() || free_.empty()) {
      return std::make_unique<Scratch>();
    }
    auto lent = std::move(free_.back());
    free_.pop_back();
    return lent;
  }

  LiveModel live_;
  mutable std::mutex mutex_{};
  mutable std::vector<std::unique_ptr<Scratch>> free_{};
};

/// A NumPy array that takes the values over without a copy.
template <class T>
[[nodiscard]] py::array_t<T> to_array(std::vector<T> values) {
  auto owner = std::make_unique<std::vector<T>>(std::move(values));
  auto* held = owner.get();
  const py::capsule base(owner.release(), [](void* memory) { delete static_cast<std::vector<T>*>(memory); });
  return py::array_t<T>(static_cast<py::ssize_t>(held->size()), held->data(), base);
}

/// `_core.Limits`: what a fit may use. Its time runs from when this is made.
struct Limits {
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  std::uint64_t memory = 0;
};

/// Runs `work` on a thread of its own without the GIL, so that signals and the progress bar are served meanwhile: see
/// the template below.
void run_on_worker(unsigned threads, const py::object& progress, const std::function<void(const RunOptions&)>& work,
                   const Limits& limits);

/// The result of `work(options)`, computed without the GIL. Ctrl-C stops it within milliseconds and raises
/// KeyboardInterrupt.
/// @param threads as in RunOptions. @param progress None, or a callable (stage, done, total) called by this thread.
template <class Work>
[[nodiscard]] auto run_interruptible(unsigned threads, const py::object& progress, const Work& work,
                                     const Limits& limits = {}) {
  std::optional<std::invoke_result_t<Work, const RunOptions&>> result;
  run_on_worker(threads, progress, [&](const RunOptions& options) { result.emplace(work(options)); }, limits);
  return std::move(*result);
}

}  // namespace recocore::python
