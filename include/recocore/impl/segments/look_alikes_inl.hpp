#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/random.hpp>
#include <recocore/segments/look_alikes.hpp>

namespace recocore {

namespace detail {

/// Rows of users at length 1: see `look_alikes`.
class UserDirections {
 public:
  explicit UserDirections(const Interactions& interactions) : rows_(interactions.by_user()) {
    const auto& by_item = interactions.by_item();
    const auto users = static_cast<double>(rows_.rows());
    idf_.resize(by_item.rows());
    for (std::size_t item = 0; item < idf_.size(); ++item) {
      idf_[item] = std::log((1.0 + users) / (1.0 + static_cast<double>(by_item.row_size(ItemIx(item))))) + 1.0;
    }
  }

  [[nodiscard]] std::size_t users() const noexcept { return rows_.rows(); }
  [[nodiscard]] std::size_t items() const noexcept { return idf_.size(); }
  [[nodiscard]] std::size_t items_of(UserIx user) const noexcept { return rows_.row_size(user); }

  /// sum += x_u scale.
  void add(UserIx user, double scale, std::span<double> sum) const {
    const auto row = rows_.row(user);
    const double length = length_of(user);
    for (std::size_t entry = 0; length > 0.0 && entry < row.size(); ++entry) {
      sum[row[entry].value] += value(user, entry) / length * scale;
    }
  }

  /// x_u . direction.
  [[nodiscard]] double project(UserIx user, std::span<const double> direction) const {
    const auto row = rows_.row(user);
    const double length = length_of(user);
    double sum = 0.0;
    for (std::size_t entry = 0; entry < row.size(); ++entry) {
      sum += value(user, entry) * direction[row[entry].value];
    }
    return length > 0.0 ? sum / length : 0.0;
  }

 private:
  [[nodiscard]] double value(UserIx user, std::size_t entry) const {
    const double idf = idf_[rows_.row(user)[entry].value];
    return rows_.is_binary() ? idf : std::sqrt(std::max(0.0, static_cast<double>(rows_.row_values(user)[entry]))) * idf;
  }

  [[nodiscard]] double length_of(UserIx user) const {
    double squares = 0.0;
    for (std::size_t entry = 0; entry < rows_.row_size(user); ++entry) {
      const double x = value(user, entry);
      squares += x * x;
    }
    return std::sqrt(squares);
  }

  const SparseRows<UserIx, ItemIx>& rows_;
  std::vector<double> idf_{};
};

/// Without repetitions, ascending. @throws InvalidParameter none, or one outside the users.
[[nodiscard]] inline std::vector<UserIx> sorted_seeds(const Interactions& interactions, std::span<const UserIx> seeds) {
  std::vector<UserIx> sorted(seeds.begin(), seeds.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  if (sorted.empty()) {
    throw InvalidParameter("look-alikes need at least one user to be like; got none");
  }
  if (sorted.back().value >= interactions.users().size()) {
    throw InvalidParameter("there is no user at position " + std::to_string(sorted.back().value) + ": there are " +
                           std::to_string(interactions.users().size()));
  }
  return sorted;
}

[[nodiscard]] inline bool is_candidate(const LookAlikesOptions& options, UserIx user) noexcept {
  return options.allowed == nullptr || (user.value < options.allowed->size() && (*options.allowed)[user.value]);
}

}  // namespace detail

RECOCORE_INLINE void LookAlikesOptions::validate() const {
  if (n < 1) {
    throw InvalidParameter("n, the number of look-alikes, must be at least 1; got 0");
  }
}

RECOCORE_INLINE std::vector<ScoredUser> look_alikes(const Interactions& interactions, std::span<const UserIx> seeds,
                                                    const LookAlikesOptions& options, const RunOptions& run) {
  options.validate();
  const auto sorted = detail::sorted_seeds(interactions, seeds);
  const detail::UserDirections users(interactions);
  require_memory((2 * users.items() + users.users()) * sizeof(double), run, "finding look-alikes", "");

  // Two sums in the order of the users.
  std::vector<double> direction(users.items(), 0.0);
  constexpr std::size_t between_looks = 4096;
  for (std::size_t user = 0; user < users.users(); ++user) {
    if (user % between_looks == 0) {
      throw_if_stopped(run);
    }
    users.add(UserIx(user), -1.0 / static_cast<double>(users.users()), direction);
  }
  for (const UserIx seed : sorted) {
    users.add(seed, 1.0 / static_cast<double>(sorted.size()), direction);
  }

  BitSet is_seed(users.users());
  for (const UserIx seed : sorted) {
    is_seed.set(seed.value);
  }
  std::vector<ScoredUser> scored(users.users());
  constexpr std::size_t grain = 1024;
  parallel_for(users.users(), grain, run, "look-alikes", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    for (std::size_t position = begin; position < end; ++position) {
      const UserIx user(position);
      const bool is_asked_for = !is_seed[position] && detail::is_candidate(options, user);
      scored[position] = {user, is_asked_for ? static_cast<float>(users.project(user, direction)) : 0.0F};
    }
  });
  std::erase_if(scored, [](const ScoredUser& user) { return !(user.score > 0.0F); });
  keep_best(scored, options.n);
  return scored;
}

RECOCORE_INLINE LookAlikesCheck check_look_alikes(const Interactions& interactions, std::span<const UserIx> seeds,
                                                  double fraction, std::uint64_t seed, const LookAlikesOptions& options,
                                                  const RunOptions& run) {
  auto drawn = detail::sorted_seeds(interactions, seeds);
  if (drawn.size() < 2 || !(fraction > 0.0 && fraction < 1.0)) {
    throw InvalidParameter(
        "to check look-alikes a part of at least two users, above 0 and below 1, is put aside; got " +
        std::to_string(fraction) + " of " + std::to_string(drawn.size()));
  }
  // Fisher, Yates: the first are hidden. Only those who can be found again count.
  Random random(seed);
  for (std::size_t place = 0; place + 1 < drawn.size(); ++place) {
    std::swap(drawn[place], drawn[place + random.below(drawn.size() - place)]);
  }
  const auto wanted = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(drawn.size())));
  const std::size_t aside = std::clamp<std::size_t>(wanted, 1, drawn.size() - 1);
  const auto shown = std::span<const UserIx>(drawn).subspan(aside);
  BitSet is_hidden(interactions.users().size());
  BitSet is_shown(interactions.users().size());
  LookAlikesCheck check;
  for (const UserIx user : std::span<const UserIx>(drawn).first(aside)) {
    if (detail::is_candidate(options, user)) {
      is_hidden.set(user.value);
      ++check.hidden;
    }
  }
  for (const UserIx user : shown) {
    is_shown.set(user.value);
  }
  std::vector<ScoredUser> by_activity;
  for (std::size_t position = 0; position < interactions.users().size(); ++position) {
    const UserIx user(position);
    if (!is_shown[position] && detail::is_candidate(options, user)) {
      by_activity.push_back({user, static_cast<float>(interactions.by_user().row_size(user))});
    }
  }
  check.candidates = by_activity.size();
  if (check.hidden == 0) {
    return check;
  }
  constexpr std::array<std::size_t, 4> multiples{1, 2, 5, 10};
  auto wide = options;
  wide.n = check.hidden * multiples.back();
  const auto found = look_alikes(interactions, shown, wide, run);
  keep_best(by_activity, wide.n);
  const auto share = [&](const std::vector<ScoredUser>& ranking, std::size_t among) {
    const auto end = ranking.begin() + static_cast<std::ptrdiff_t>(std::min(among, ranking.size()));
    const auto hits =
        std::count_if(ranking.begin(), end, [&](const ScoredUser& user) { return is_hidden[user.index.value]; });
    return static_cast<double>(hits) / static_cast<double>(check.hidden);
  };
  for (const std::size_t k : multiples) {
    const std::size_t among = check.hidden * k;
    check.at.push_back({.k = k,
                        .recall = share(found, among),
                        .random = std::min(1.0, static_cast<double>(among) / static_cast<double>(check.candidates)),
                        .most_active = share(by_activity, among)});
  }
  return check;
}

}  // namespace recocore
