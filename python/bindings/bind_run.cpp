#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include "bindings.hpp"

namespace recocore::python {

namespace {

/// The last thing a worker said of a stage.
struct Progress {
  std::string stage{};
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

/// What the worker and the thread that waits for it share.
class Mailbox {
 public:
  void post(std::string_view stage, std::uint64_t done, std::uint64_t total) {
    const std::scoped_lock lock(mutex_);
    // A stage may be over before anybody looks: each has its own news.
    auto at = std::find_if(news_.begin(), news_.end(), [stage](const Progress& last) { return last.stage == stage; });
    if (at == news_.end()) {
      at = news_.insert(at, Progress{.stage = std::string(stage)});
    }
    at->done = done;
    at->total = total;
  }

  void finish() {
    const std::scoped_lock lock(mutex_);
    finished_ = true;
    changed_.notify_one();
  }

  /// True when the worker has finished; waits a moment for it.
  [[nodiscard]] bool wait() {
    // Short enough for a bar that moves and a Ctrl-C that is felt at once.
    constexpr std::chrono::milliseconds moment{10};
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, moment, [this] { return finished_; });
  }

  [[nodiscard]] std::vector<Progress> take_news() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(news_, {});
  }

 private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
  bool finished_ = false;
  std::vector<Progress> news_{};
};

[[nodiscard]] Limits make_limits(std::optional<double> time_limit, std::optional<std::uint64_t> memory_limit) {
  Limits limits{.memory = memory_limit.value_or(0)};
  if (time_limit) {
    // A century is no limit, and more the clock may not hold.
    constexpr std::chrono::duration<double> century{100.0 * 365.0 * 86'400.0};
    const auto left = std::min(std::chrono::duration<double>(*time_limit), century);
    using Clock = std::chrono::steady_clock;
    limits.deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(left);
  }
  return limits;
}

}  // namespace

void bind_run(py::module_& module) {
  py::class_<Limits>(module, "Limits", "What a fit may use. Its time runs from when this is made.")
      .def(py::init(&make_limits), py::kw_only(), py::arg("time_limit"), py::arg("memory_limit"));
}

void run_on_worker(unsigned threads, const py::object& progress, const std::function<void(const RunOptions&)>& work,
                   const Limits& limits) {
  Mailbox mailbox;
  std::stop_source stop;
  RunOptions options{
      .threads = threads, .stop = stop.get_token(), .deadline = limits.deadline, .memory_limit = limits.memory};
  if (!progress.is_none()) {
    options.progress = [&mailbox](std::string_view stage, std::uint64_t done, std::uint64_t total) {
      mailbox.post(stage, done, total);
    };
  }
  const auto show = [&] {
    for (const auto& news : mailbox.take_news()) {
      progress(news.stage, news.done, news.total);
    }
  };

  std::exception_ptr failure;
  std::jthread worker([&] {
    try {
      work(options);
    } catch (...) {
      failure = std::current_exception();
    }
    mailbox.finish();
  });
  const auto wait = [&mailbox] {
    const py::gil_scoped_release without_gil;
    return mailbox.wait();
  };
  try {
    while (!wait()) {
      if (PyErr_CheckSignals() != 0) {
        throw py::error_already_set();
      }
      show();
    }
    show();
  } catch (...) {
    stop.request_stop();
    const py::gil_scoped_release without_gil;
    worker.join();
    throw;
  }
  {
    const py::gil_scoped_release without_gil;
    worker.join();
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

}  // namespace recocore::python
