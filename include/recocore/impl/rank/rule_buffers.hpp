/// Memory for applying rules, and the rules made ready.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <recocore/impl/rank/rule_mix.hpp>
#include <recocore/impl/rank/rule_values.hpp>
#include <recocore/rank/rules.hpp>

namespace recocore {

struct PreparedRules::Storage {
  Rules rules{};
  std::vector<PreparedWhere> boosts{};
  std::optional<PreparedWhere> new_items{};
  /// By place.
  std::vector<std::pair<ItemIx, std::size_t>> pins{};
  std::vector<std::pair<ItemIx, double>> impressions{};
  std::size_t fitted_items = 0;
  double value_mean = 0.0;
  double value_largest = 0.0;
};

namespace detail {

inline constexpr std::size_t rule_count = 9;
using RuleAmounts = std::array<double, rule_count>;

[[nodiscard]] constexpr std::size_t slot(Rule rule) noexcept { return static_cast<std::size_t>(rule); }

struct RuleCandidate {
  Recommendation entry{};
  std::uint32_t from = 0;
  std::uint32_t boost = 0;  ///< the first that applies
  double relevance = 0.0;
  double adjusted = 0.0;  ///< before value
  double value = 0.0;     ///< as a share of the largest
  double utility = 0.0;
  double similarity = 0.0;  ///< the largest with what is placed
  double key = 0.0;
  RuleAmounts amounts{};
  bool sufficient = true;  ///< relevant enough
  bool pinned = false;
  bool is_new = false;
  bool extra = false;  ///< only to be pinned or drawn
  bool taken = false;
  bool blocked = false;
  std::uint32_t blocked_by = 0;
};

struct RulePlace {
  std::size_t candidate = 0;
  double propensity = 1.0;
  RuleAmounts amounts{};
  std::uint32_t cap = 0;
};

struct RuleCap {
  RuleCodes codes{};
  std::vector<std::pair<std::uint64_t, std::size_t>> counts{};
};

struct RuleBuffers {
  std::vector<Recommendation> fetched{};
  std::vector<Recommendation> extras{};
  std::vector<Recommendation> more{};
  std::vector<ItemIx> items{};
  std::vector<ItemIx> known{};
  std::vector<RuleCandidate> candidates{};
  std::vector<RulePlace> places{};
  std::vector<RulePlace> drawn{};
  std::vector<std::size_t> order{};
  std::vector<double> sorted{};
  std::vector<RuleCap> caps{};
  std::vector<RuleCodes> diversity{};
  RuleCodes mix_codes{};
  RuleCodes history{};
  RuleMix mix{};
  std::vector<BitSet> boosted{};
  BitSet new_items{};
  std::vector<double> weights{};
};

}  // namespace detail

}  // namespace recocore
