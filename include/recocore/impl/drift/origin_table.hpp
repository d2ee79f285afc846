/// Sums over origins that are drawn with replacement, in blocks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/eval/bootstrap.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/drift/moving_blocks.hpp>
#include <recocore/impl/eval/resampling.hpp>

namespace recocore::detail {

/// Columns of numbers, a row for each age of each origin. The rows of an origin lie together.
class OriginTable {
 public:
  struct Key {
    std::uint32_t origin = 0;
    std::uint32_t age = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  /// @param values row by row, `width` of each.
  OriginTable(std::span<const Key> keys, std::span<const double> values, std::size_t width) : width_(width) {
    check(keys, values);
    std::vector<std::size_t> order(keys.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
    ages_.reserve(keys.size());
    for (const auto& key : keys) {
      ages_.push_back(key.age);
    }
    std::sort(ages_.begin(), ages_.end());
    ages_.erase(std::unique(ages_.begin(), ages_.end()), ages_.end());

    values_.reserve(values.size());
    age_of_row_.reserve(keys.size());
    periods_.reserve(keys.size());
    offsets_.reserve(keys.size() + 1);
    for (std::size_t row = 0; row < order.size(); ++row) {
      const auto& key = keys[order[row]];
      if (row > 0 && key == keys[order[row - 1]]) {
        throw InvalidData("age " + count_text(key.age) + " of origin " + count_text(key.origin) +
                          " is given twice; it must be given once");
      }
      if (row == 0 || key.origin != keys[order[row - 1]].origin) {
        offsets_.push_back(row);
      }
      const auto place = std::lower_bound(ages_.begin(), ages_.end(), key.age) - ages_.begin();
      age_of_row_.push_back(static_cast<std::uint32_t>(place));
      periods_.push_back(std::uint64_t{key.origin} + key.age);
      const auto of_row = values.subspan(order[row] * width, width);
      values_.insert(values_.end(), of_row.begin(), of_row.end());
    }
    if (offsets_.size() < 2) {
      throw InvalidParameter("confidence bands over origins need at least 2 origins; there is 1");
    }
    offsets_.push_back(order.size());
    number_periods();
  }

  [[noreturn]] static void throw_bad(const Key& key, double value) {
    throw InvalidData("a value of origin " + count_text(key.origin) + " at age " + count_text(key.age) + " is " +
                      number_text(value) + "; values must be finite and not negative");
  }

  [[nodiscard]] std::size_t origins() const noexcept { return offsets_.size() - 1; }
  /// How many neighbouring origins `resample_origins` draws at once.
  [[nodiscard]] std::size_t block() const noexcept { return cube_root_block(origins()); }
  /// Different ones, ascending.
  [[nodiscard]] std::span<const std::uint32_t> ages() const noexcept { return ages_; }

  /// The columns added up for each age: [age * width + column].
  [[nodiscard]] std::vector<double> totals() const {
    std::vector<double> sums(ages_.size() * width_);
    const Times once{.origin = std::vector<std::uint32_t>(origins(), 1U),
                     .period = std::vector<std::uint32_t>(period_count_, 1U)};
    sum(once, sums);
    return sums;
  }

  /// For each age the rows for which `counts(row)`, of the values of the row, is true.
  template <class Counts>
  [[nodiscard]] std::vector<std::uint32_t> count_origins(const Counts& counts) const {
    std::vector<std::uint32_t> result(ages_.size());
    for (std::size_t row = 0; row < age_of_row_.size(); ++row) {
      result[age_of_row_[row]] += counts(std::span(values_).subspan(row * width_, width_)) ? 1U : 0U;
    }
    return result;
  }

  /// Calls `take(resample, sums)` for each resample of the origins, some at a time. In blocks of `block()`. Depends on
  /// the seed and the number of origins only, not on threads or columns.
  template <class Take>
  void resample_origins(const BootstrapConfig& config, const RunOptions& options, std::string_view stage,
                        const Take& take) const {
    resample(config, options, stage, false, take);
  }
  /// Origins and periods drawn, both in longer blocks: a row counts as often as its origin and its period were drawn,
  /// one times the other (Owen 2007, "The pigeonhole bootstrap").
  template <class Take>
  void resample_both(const BootstrapConfig& config, const RunOptions& options, std::string_view stage,
                     const Take& take) const {
    resample(config, options, stage, true, take);
  }

 private:
  /// How often each was drawn.
  struct Times {
    std::vector<std::uint32_t> origin;
    std::vector<std::uint32_t> period;
  };

  void sum(const Times& times, std::span<double> sums) const noexcept {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t origin = 0; origin < times.origin.size(); ++origin) {
      if (times.origin[origin] == 0) {
        continue;
      }
      const auto of_origin = static_cast<double>(times.origin[origin]);
      for (std::size_t row = offsets_[origin]; row < offsets_[origin + 1]; ++row) {
        const double weight = of_origin * static_cast<double>(times.period[periods_[row]]);
        double* sum = sums.data() + age_of_row_[row] * width_;
        const double* value = values_.data() + row * width_;
        for (std::size_t column = 0; column < width_; ++column) {
          sum[column] += weight * value[column];
        }
      }
    }
  }

  template <class Take>
  void resample(const BootstrapConfig& config, const RunOptions& options, std::string_view stage, bool periods,
                const Take& take) const {
    const auto seeds = resample_seeds(config.resamples, config.seed);
    struct Memory {
      Times times;
      std::vector<double> sums;
    };
    Slots<Memory> memory(parallel_slots(options));
    constexpr std::size_t grain = 4;
    parallel_for(seeds.size(), grain, options, stage, [&](std::size_t begin, std::size_t end, unsigned slot) {
      auto& [times, sums] = memory.get(slot, [this] {
        return Memory{.times = {.origin = std::vector<std::uint32_t>(origins()),
                                .period = std::vector<std::uint32_t>(period_count_, 1U)},
                      .sums = std::vector<double>(ages_.size() * width_)};
      });
      for (std::size_t r = begin; r < end && !should_stop(options); ++r) {
        draw_circular(seeds[r], periods ? long_block(origins()) : block(), times.origin);
        if (periods) {
          draw_circular(~seeds[r], long_block(period_count_), times.period);
        }
        sum(times, sums);
        take(r, std::span<const double>(sums));
      }
    });
  }

  /// From periods to places among those that occur.
  void number_periods() {
    auto different = periods_;
    std::sort(different.begin(), different.end());
    different.erase(std::unique(different.begin(), different.end()), different.end());
    for (auto& period : periods_) {
      period =
          static_cast<std::uint64_t>(std::lower_bound(different.begin(), different.end(), period) - different.begin());
    }
    period_count_ = different.size();
  }

  void check(std::span<const Key> keys, std::span<const double> values) const {
    if (keys.empty()) {
      throw InvalidParameter("there are no points: an age curve needs the values of at least 2 origins");
    }
    const auto bad = std::find_if_not(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    if (bad != values.end()) {
      throw_bad(keys[static_cast<std::size_t>(bad - values.begin()) / width_], *bad);
    }
  }

  std::size_t width_;
  std::vector<std::uint32_t> ages_{};
  std::vector<std::size_t> offsets_{};       ///< of the rows of each origin
  std::vector<std::uint32_t> age_of_row_{};  ///< place in `ages_`
  std::vector<std::uint64_t> periods_{};     ///< of each row
  std::size_t period_count_ = 0;
  std::vector<double> values_{};
};

}  // namespace recocore::detail
