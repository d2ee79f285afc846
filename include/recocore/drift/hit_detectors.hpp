/// Detectors of change in a stream of numbers: whether the model still hits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <recocore/core/run_options.hpp>

namespace recocore {

/// ADaptive WINdowing (Bifet, Gavalda 2007, "Learning from time-changing data with adaptive windowing"): keeps a window
/// that is cut when two parts of it have means too different for chance. The window is held as buckets of 1, 2, 4, ...
/// values. Parameters and results as river's `drift.ADWIN`, which is the paper's but for this: the window begins anew
/// with the first value after an alarm. The bounds of the paper are for values in [0, 1]; scale others to that.
class Adwin {
 public:
  struct Config {
    double delta = 0.002;                 ///< confidence: 0 < delta < 1
    std::uint32_t clock = 32;             ///< the window is looked at after each this many values
    std::uint32_t max_buckets = 5;        ///< of each size; one more and the two oldest are joined
    std::uint32_t min_window_length = 5;  ///< of either part
    std::uint32_t grace_period = 10;      ///< a window of at most this many values is not cut

    /// @throws InvalidParameter.
    void validate() const;
  };

  /// @throws InvalidParameter.
  explicit Adwin(const Config& config);
  Adwin() : Adwin(Config{}) {}

  /// Adds a value; whether the window was cut. O(log(width)) amortised.
  /// @throws InvalidData a value that is not finite.
  bool update(double value);

  /// Of the window; 0 without values.
  [[nodiscard]] double mean() const noexcept;
  /// The number of values in the window.
  [[nodiscard]] double width() const noexcept;

 private:
  /// `deviation` is the sum of the squared distances from the mean.
  struct Bucket {
    double sum = 0.0;
    double deviation = 0.0;
  };

  void join_buckets();
  void drop_oldest();
  [[nodiscard]] bool parts_differ() const;

  Config config_;
  /// rows_[i]: buckets of 2^i values, oldest first.
  std::vector<std::vector<Bucket>> rows_{};
  Bucket window_{};
  std::uint64_t width_ = 0;
  std::uint64_t seen_ = 0;
  bool begin_anew_ = false;
};

/// The test of Page (1954, "Continuous inspection schemes") with Hinkley's running mean and a factor of forgetting: the
/// sum of the distances from the mean has moved too far from its extreme. Begins anew after an alarm. Parameters and
/// results as river's `drift.PageHinkley`.
class PageHinkley {
 public:
  /// What is an alarm: that the mean rises, falls, or either.
  enum class Mode : std::uint8_t { up, down, both };
  struct Config {
    std::uint32_t min_instances = 30;  ///< no alarm before as many values
    double delta = 0.005;              ///< what a distance is reduced by: changes as small are let pass
    double threshold = 50.0;
    double alpha = 1.0 - 0.0001;  ///< what the sum is multiplied by before each value: 0 < alpha <= 1
    Mode mode = Mode::both;

    /// @throws InvalidParameter.
    void validate() const;
  };

  /// @throws InvalidParameter.
  explicit PageHinkley(const Config& config);
  PageHinkley() : PageHinkley(Config{}) {}

  /// Adds a value; whether that is an alarm. Constant time.
  /// @throws InvalidData a value that is not finite.
  bool update(double value);

  /// Of the values since the beginning or the last alarm, and how many they are.
  [[nodiscard]] double mean() const noexcept;
  [[nodiscard]] double width() const noexcept;

 private:
  struct State {
    std::uint64_t seen = 0;
    double mean = 0.0;
    double up = 0.0;
    double least_up = 0.0;
    double down = 0.0;
    double most_down = 0.0;
  };

  Config config_;
  State state_{};
  bool begin_anew_ = false;
};

/// The outcomes of the lists of a model at each age, 1 for a hit and 0 for none, in the order the lists are looked at.
/// Within an age that order must not tell who hits: without drift the outcomes are exchangeable.
using OutcomesByAge = std::span<const std::vector<std::uint8_t>>;

/// The age at whose end the first alarm is known that the model hits less than before; none: never. An alarm because it
/// hits more is none: for `Adwin` one after which the mean of the window is not below what it was, for `PageHinkley`
/// any but those of `Mode::down`, which it is run with whatever the configuration says.
/// @throws InvalidParameter; InvalidData an outcome other than 0 and 1; Cancelled, DeadlineExceeded.
[[nodiscard]] std::optional<std::size_t> first_alarm(OutcomesByAge outcomes, const Adwin::Config& config,
                                                     const RunOptions& options = {});
[[nodiscard]] std::optional<std::size_t> first_alarm(OutcomesByAge outcomes, const PageHinkley::Config& config,
                                                     const RunOptions& options = {});

/// What `first_alarm` gives with the `PageHinkley` whose `delta` and `threshold` raise false alarms at a nominal rate.
///
/// With s the standard deviation of an outcome, sqrt(p (1 - p)), and m the outcomes of an age, delta = c s / sqrt(m)
/// with c = 1/2, and threshold = h s sqrt(m): without drift the sum is a walk of uncorrelated steps whatever the
/// running mean errs, and the mean time to an alarm, that of a reflected Brownian motion with drift (Taylor 1975, "A
/// stopped Brownian motion formula"), is (e^(2 c h) - 2 c h - 1) / (2 c^2) ages; h makes it 1 / rate. p, with one hit
/// and one miss more, and m are those of all ages before, so that nothing is known in advance; of the first age its
/// own. No value is forgotten (`alpha` 1).
///
/// The running mean follows a fall: one within the first few ages, or one as slow as the mean, is found late or never.
/// @param rate of false alarms an age, 0 < rate < 1.
/// @throws as `first_alarm`.
[[nodiscard]] std::optional<std::size_t> first_alarm_page_hinkley(OutcomesByAge outcomes, double rate = 0.01,
                                                                  const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/drift/hit_detectors_inl.hpp>
#endif
