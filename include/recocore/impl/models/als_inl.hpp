#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/id.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/random.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/models/als_solver.hpp>
#include <recocore/impl/rank/popular_items_memory.hpp>
#include <recocore/models/als.hpp>

namespace recocore {

namespace detail {

inline constexpr std::uint32_t most_als_factors = 4096;

/// Nearly normal, of mean 0 and variance 1: the sum of twelve uniform numbers less 6 (Irwin, Hall 1927). Only sums, so
/// that it is the same on every machine, which logarithms are not.
[[nodiscard]] inline double nearly_normal(Random& random) {
  double sum = -6.0;
  for (int term = 0; term < 12; ++term) {
    sum += random.uniform();
  }
  return sum;
}

/// What a row weighs in the loss, all columns seen or not: w_u + alpha0 items.
template <class Ix>
[[nodiscard]] double als_frequency(const AlsSolver::Row<Ix>& row, double unobserved_weight, std::size_t columns) {
  double sum = unobserved_weight * static_cast<double>(columns);
  for (std::size_t entry = 0; entry < row.indices.size(); ++entry) {
    sum += std::max(0.0, static_cast<double>(row.weight(entry)));
  }
  return sum;
}

template <class Row, class Col>
[[nodiscard]] AlsSolver::Row<Col> als_row(const SparseRows<Row, Col>& rows, std::size_t row) {
  return {rows.row(Row(row)), rows.row_values(Row(row))};
}

/// lambda of rho.
[[nodiscard]] inline double als_regularization(const Interactions& interactions, const AlsConfig& config) {
  double sum = 0.0;
  const auto add = [&](const auto& rows) {
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      sum += std::pow(als_frequency(als_row(rows, row), config.unobserved_weight, rows.columns),
                      config.frequency_exponent);
    }
  };
  add(interactions.by_user());
  add(interactions.by_item());
  const auto vectors = static_cast<double>(interactions.users().size() + interactions.items().size());
  return sum > 0.0 ? config.regularization * vectors / sum : config.regularization;
}

/// Rows by length, longest first: what takes long is begun first.
template <class Row, class Col>
[[nodiscard]] std::vector<std::uint32_t> longest_first(const SparseRows<Row, Col>& rows) {
  std::vector<std::uint32_t> order(rows.rows());
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto size_a = rows.row_size(Row(a));
    const auto size_b = rows.row_size(Row(b));
    return size_a != size_b ? size_a > size_b : a < b;
  });
  return order;
}

template <class Row, class Col>
[[nodiscard]] std::size_t longest_row(const SparseRows<Row, Col>& rows) {
  std::size_t longest = 0;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    longest = std::max(longest, rows.row_size(Row(row)));
  }
  return longest;
}

/// One fit.
class AlsFit {
 public:
  AlsFit(const Interactions& interactions, const AlsConfig& config, double regularization, const RunOptions& options)
      : interactions_(interactions),
        config_(config),
        regularization_(regularization),
        options_(options),
        users_(longest_first(interactions.by_user())),
        items_(longest_first(interactions.by_item())),
        solvers_(parallel_slots(options)),
        user_factors(users_.size() * config.factors, 0.0F),
        item_factors(items_.size() * config.factors) {
    Random random(config.seed);
    const double deviation = config.init_scale / std::sqrt(static_cast<double>(config.factors));
    for (std::size_t place = 0; place < item_factors.size(); ++place) {
      if (place % 65'536 == 0) {
        throw_if_stopped(options);
      }
      item_factors[place] = static_cast<float>(deviation * nearly_normal(random));
    }
  }

  void run() {
    const std::size_t block = std::min(config_.block_size, config_.factors);
    for (std::uint32_t epoch = 1; epoch <= config_.epochs; ++epoch) {
      const std::string stage = "epoch " + std::to_string(epoch) + " of " + std::to_string(config_.epochs);
      pass(interactions_.by_user(), users_, item_factors, user_factors, block, stage + ", users");
      pass(interactions_.by_item(), items_, user_factors, item_factors, block, stage + ", items");
    }
    pass(interactions_.by_user(), users_, item_factors, user_factors, config_.factors, "vectors of users");
  }

 private:
  /// Improves the vectors x of all rows, the y given.
  template <class Row, class Col>
  void pass(const SparseRows<Row, Col>& rows, const std::vector<std::uint32_t>& order, const RawVector<float>& y,
            RawVector<float>& x, std::size_t block, const std::string& stage) {
    const std::size_t d = config_.factors;
    const FactorRows factors{.data = y.data(), .count = rows.columns, .d = d};
    const Eigen::MatrixXf gram = scaled_gram(factors, config_.unobserved_weight, options_, "gram matrix");
    const AlsSolver::Shared shared{.rows = factors, .gram = gram.data()};
    constexpr std::size_t grain = 16;
    parallel_for(order.size(), grain, options_, stage, [&](std::size_t begin, std::size_t end, unsigned slot) {
      auto& solver = solvers_.get(slot, [] { return AlsSolver{}; });
      for (std::size_t place = begin; place < end && !should_stop(options_); ++place) {
        const auto row = als_row(rows, order[place]);
        const double ridge = regularization_ * std::pow(als_frequency(row, config_.unobserved_weight, rows.columns),
                                                        config_.frequency_exponent);
        float* const own = x.data() + order[place] * d;
        const bool good = block < d ? solver.improve(shared, row, ridge, block, options_, own)
                                    : solver.solve(shared, row, ridge, options_, own);
        if (!good && !should_stop(options_)) {
          throw InvalidData(
              "the equations of ALS cannot be solved in floating point; scale the weights down, or raise "
              "regularization (now " +
              std::to_string(config_.regularization) + ")");
        }
      }
    });
    throw_if_stopped(options_);
  }

  const Interactions& interactions_;
  const AlsConfig& config_;
  double regularization_;
  const RunOptions& options_;
  std::vector<std::uint32_t> users_;
  std::vector<std::uint32_t> items_;
  Slots<AlsSolver> solvers_;

 public:
  RawVector<float> user_factors;
  RawVector<float> item_factors;
};

/// What a request needs.
struct AlsScratch {
  AlsSolver solver{};
  std::vector<float> vector{};
};

inline void require_no_negative_weights(const Interactions& interactions) {
  const auto& rows = interactions.by_user();
  const auto negative = std::find_if(rows.values.begin(), rows.values.end(), [](float w) { return w < 0.0F; });
  if (negative == rows.values.end()) {
    return;
  }
  const auto entry = static_cast<std::uint64_t>(negative - rows.values.begin());
  const auto after = std::upper_bound(rows.offsets.begin(), rows.offsets.end(), entry);
  const auto user = static_cast<std::size_t>(after - rows.offsets.begin()) - 1;
  throw InvalidData("ALS needs weights above 0; user " + to_display(interactions.users().at(user)) + " has " +
                    std::to_string(*negative) + " for item " +
                    to_display(interactions.items().at(rows.indices[entry].value)));
}

}  // namespace detail

RECOCORE_INLINE void AlsConfig::validate() const {
  if (factors < 1 || factors > detail::most_als_factors) {
    throw InvalidParameter("factors must be from 1 to " + std::to_string(detail::most_als_factors) + "; got " +
                           std::to_string(factors));
  }
  if (epochs < 1) {
    throw InvalidParameter("epochs must be at least 1; got 0");
  }
  if (block_size < 1) {
    throw InvalidParameter("block_size must be at least 1; got 0");
  }
  const auto above_0 = [](std::string_view what, double value) {
    if (!std::isfinite(value) || value <= 0.0) {
      throw InvalidParameter(std::string(what) + " must be a number above 0; got " + std::to_string(value));
    }
  };
  above_0("regularization", regularization);
  above_0("unobserved_weight", unobserved_weight);
  above_0("init_scale", init_scale);
  if (!(frequency_exponent >= 0.0 && frequency_exponent <= 2.0)) {
    throw InvalidParameter("frequency_exponent must be from 0 to 2; got " + std::to_string(frequency_exponent));
  }
}

RECOCORE_INLINE Als::Als(Interactions interactions, const AlsConfig& config, std::shared_ptr<const Parts> parts)
    : config_(config),
      interactions_(std::move(interactions)),
      parts_(std::move(parts)),
      popular_items_(interactions_) {}

RECOCORE_INLINE Als Als::fit(Interactions interactions, const AlsConfig& config, const RunOptions& options) {
  require_memory(estimate_fit_memory(interactions, config, options), options, "fitting Als",
                 "fewer factors or threads need less");
  detail::require_no_negative_weights(interactions);
  const double regularization = detail::als_regularization(interactions, config);
  RawVector<float> user_factors;
  RawVector<float> item_factors;
  {
    detail::AlsFit work(interactions, config, regularization, options);
    work.run();
    user_factors = std::move(work.user_factors);
    item_factors = std::move(work.item_factors);
  }
  return from_parts(std::move(interactions), config, std::move(item_factors), std::move(user_factors), regularization);
}

RECOCORE_INLINE std::uint64_t Als::estimate_fit_memory(const Interactions& interactions, const AlsConfig& config,
                                                       const RunOptions& options) {
  config.validate();
  const std::uint64_t users = interactions.users().size();
  const std::uint64_t items = interactions.items().size();
  const std::uint64_t d = config.factors;
  const std::uint64_t slots = parallel_slots(options);
  const std::uint64_t model =
      (users + items) * d * sizeof(float) + d * d * sizeof(float) + items * detail::popular_item_bytes;
  const bool blocked = config.block_size < config.factors;
  const std::uint64_t longest =
      blocked ? std::max(detail::longest_row(interactions.by_user()), detail::longest_row(interactions.by_item())) : 0;
  const std::uint64_t gram_blocks = std::max(users / detail::gram_block(users), items / detail::gram_block(items)) + 1;
  const std::uint64_t grams = d * d * ((gram_blocks + 2) * sizeof(double) + (slots + 1) * sizeof(float));
  return model + (users + items) * sizeof(std::uint32_t) + grams +
         slots * detail::AlsSolver::memory(d, std::min(config.block_size, config.factors), longest);
}

RECOCORE_INLINE Als Als::from_parts(Interactions interactions, const AlsConfig& config, RawVector<float> item_factors,
                                    RawVector<float> user_factors, std::optional<double> scaled_regularization) {
  config.validate();
  const std::size_t users = interactions.users().size();
  const std::size_t items = interactions.items().size();
  const auto is_sound = [&](const RawVector<float>& factors, std::size_t rows) {
    return factors.size() == rows * config.factors &&
           std::all_of(factors.begin(), factors.end(), [](float value) { return std::isfinite(value); });
  };
  if (!is_sound(item_factors, items) || !is_sound(user_factors, users)) {
    throw InvalidData("these are not " + std::to_string(config.factors) + " finite factors for each of " +
                      std::to_string(items) + " items and " + std::to_string(users) + " users");
  }
  if (scaled_regularization && !(std::isfinite(*scaled_regularization) && *scaled_regularization > 0.0)) {
    throw InvalidData("the scaled regularization must be a number above 0; got " +
                      std::to_string(*scaled_regularization));
  }
  const double regularization =
      scaled_regularization ? *scaled_regularization : detail::als_regularization(interactions, config);
  const Eigen::MatrixXf gram = detail::scaled_gram({.data = item_factors.data(), .count = items, .d = config.factors},
                                                   config.unobserved_weight, {.threads = 1}, "gram matrix");
  auto parts = std::make_shared<const Parts>(Parts{.item_factors = std::move(item_factors),
                                                   .user_factors = std::move(user_factors),
                                                   .gram = std::vector<float>(gram.data(), gram.data() + gram.size()),
                                                   .regularization = regularization});
  return {std::move(interactions), config, std::move(parts)};
}

RECOCORE_INLINE std::span<const float> Als::vector_of(const History& history, Scratch& scratch) const {
  const std::size_t d = config_.factors;
  if (history.user) {
    return std::span(parts_->user_factors).subspan(history.user->value * d, d);
  }
  auto& own = scratch.parts.get<detail::AlsScratch>();
  own.vector.assign(d, 0.0F);
  if (!history.items.empty()) {
    const std::size_t items = interactions_.items().size();
    const detail::AlsSolver::Shared shared{.rows = {.data = parts_->item_factors.data(), .count = items, .d = d},
                                           .gram = parts_->gram.data()};
    const detail::AlsSolver::Row<ItemIx> row{history.items, history.weights};
    const double frequency = detail::als_frequency(row, config_.unobserved_weight, items);
    const double ridge = parts_->regularization * std::pow(frequency, config_.frequency_exponent);
    // Without a solution the vector is zeros, and nothing is ranked.
    static_cast<void>(own.solver.solve(shared, row, ridge, {}, own.vector.data()));
  }
  return own.vector;
}

RECOCORE_INLINE void Als::rank(const History& history, std::size_t n, Scratch& scratch) const {
  const std::size_t d = config_.factors;
  const std::size_t items = interactions_.items().size();
  const auto x = vector_of(history, scratch);
  const auto scores = scratch.dense.start(items);
  for (std::size_t item = 0; item < items; ++item) {
    const float score = detail::dot(parts_->item_factors.data() + item * d, x.data(), d);
    scores[item] = std::isnan(score) ? 0.0F : score;
  }
  scratch.dense.rank(n, scratch.mask, scratch.ranked);
}

}  // namespace recocore
