/// What a shop wants of a list beyond relevance: boosts, pins, variety, margin, room for what is new.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/extended_ids.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/rank/any_model.hpp>
#include <recocore/rank/where.hpp>

namespace recocore {

/// Why an entry is not where its relevance alone would have put it.
enum class Rule : std::uint8_t {
  boost,        ///< or bury
  pin,          ///< put at this place
  at_most,      ///< entries before it were passed over: too many of a value
  diversity,    ///< less, or more, like those above it than others
  calibration,  ///< brings the list closer to the user's own mix, or not
  value,        ///< margin, stock
  fatigue,      ///< shown often already
  rotation,     ///< by turns
  explore,      ///< a new item, drawn
};
[[nodiscard]] std::string_view to_string(Rule rule) noexcept;

/// An id that is owned.
using OwnedId = std::variant<std::int64_t, std::string>;

struct Boost {
  Where where;
  /// 0.1 to 10; above 1 boosts, below buries. The score of what `where` is true of is multiplied by it.
  double factor = 1.0;
};
struct Pin {
  OwnedId item{};
  /// Counts from 1.
  std::size_t place = 1;
};
struct AtMost {
  std::string column{};
  /// Entries with the same value. An item with several labels counts for each; one without for none.
  std::size_t count = 1;
};

/// All off by default. Relevance r is the score as a share of the best, 0 to 1: s / s_1 for s > 0; below these, of
/// entries that are filled in by popularity (s <= 0), r_last / (1 - s).
struct Rules {
  std::vector<Boost> boosts{};
  /// Ranks that boosts may move an item up or down, at most. None: as far as it goes.
  std::optional<std::size_t> max_moves{};
  std::vector<Pin> pins{};
  std::vector<AtMost> at_most{};
  /// Entries of less are left out.
  std::optional<double> min_score{};
  double min_relevance = 0.0;
  /// Maximal marginal relevance (Carbonell, Goldstein 1998): (1 - d) u(i) - d max sim(i, j) over the entries j above.
  double diversity = 0.0;
  /// sim is the mean over these columns of the share of values in common (Jaccard); of a category 0 or 1.
  std::vector<std::string> diversity_columns{};
  /// Instead of columns.
  std::function<double(ItemIx, ItemIx)> similarity{};
  /// Calibration (Steck 2018): greedily (1 - c) sum u(i) - c KL(p | q), p the user's mix of the column's values, q that
  /// of the list, q' = (1 - alpha) q + alpha p in the logarithm.
  double calibration = 0.0;
  std::string calibration_column{};
  double calibration_alpha = 0.01;
  /// u(i) = r (1 - w + w v(i) / v_max): w = 1 ranks by expected value. A missing v is the mean of the column.
  double value = 0.0;
  std::string value_column{};
  /// r / (1 + fatigue x impressions).
  double fatigue = 0.0;
  std::vector<std::pair<OwnedId, double>> impressions{};
  /// r (1 - rotation x t) with t, 0 to 1, drawn from the seed and the item.
  double rotation = 0.0;
  /// The share of places, rounded up, that new items have at least.
  double explore = 0.0;
  /// Which items are new. None: those added to the model since its fit.
  std::optional<Where> new_items{};
  /// New items a place given to them is drawn from.
  std::size_t explore_pool = 20;
  std::uint64_t seed = 0;
  /// Where rules leave too few entries: fill up with the best of what at_most, min_score and min_relevance left out.
  bool fill_up = false;
  /// Entries looked at for a list of n: at least this, and 5 n. More where rules leave too few.
  std::size_t depth = 50;

  /// @throws InvalidParameter
  void validate() const;
  /// Whether they change anything.
  [[nodiscard]] bool empty() const noexcept;
};

struct RuleContext {
  /// For calibration. Items of the model.
  History history{};
  /// Of filters with `item.` and `user.`.
  WhereContext where{};
  /// Ascending by item, instead of those of the rules.
  std::span<const std::pair<ItemIx, double>> impressions{};
  /// Instead of those of the rules.
  const BitSet* new_items = nullptr;
  /// Instead of that of the rules: a number of the user, the day.
  std::optional<std::uint64_t> seed{};
};

/// How much a rule did for an entry.
struct RuleEffect {
  Rule rule = Rule::boost;
  /// Of `boost` and `at_most`: which one of the rules.
  std::uint32_t which = 0;
  /// What the rule added to the entry's standing, in relevance, beyond what it added to the others that were still to
  /// be placed: above 0 it moved up. Of `pin` and `explore` the place; of `at_most` the entries passed over.
  float amount = 0.0F;

  friend bool operator==(const RuleEffect&, const RuleEffect&) = default;
};

struct RuledEntry {
  /// With the model's own score.
  Recommendation entry{};
  /// Rank by the model alone among what may be recommended, from 1; 0: further down than was looked at.
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  /// Relevance after boosts, fatigue, rotation and value.
  float adjusted = 0.0F;
  /// With what probability this item is in the list: below 1 for what was drawn.
  float propensity = 1.0F;
  /// Its own, of `RuledList::effects`.
  std::uint32_t first_effect = 0;
  std::uint32_t effects = 0;

  friend bool operator==(const RuledEntry&, const RuledEntry&) = default;
};

/// What value costs: both lists by all rules, with and without that of value. Discounts are 1 / log2(place + 1).
struct RulePrice {
  /// Sum of discount x r x v, of the list without, and with.
  double value_before = 0.0;
  double value_after = 0.0;
  /// NDCG with r as gains and the model's own list as ideal.
  double ndcg_before = 1.0;
  double ndcg_after = 1.0;

  /// "+3 %" is 3.
  [[nodiscard]] double value_gain_percent() const noexcept;
  /// "-1 %" is 1.
  [[nodiscard]] double relevance_loss_percent() const noexcept;
};

struct RuledList {
  std::vector<RuledEntry> entries{};
  std::vector<RuleEffect> effects{};
  /// All rules satisfied, for as many entries as were asked for.
  bool complete = false;
  /// Only where there is a rule of value.
  std::optional<RulePrice> price{};

  [[nodiscard]] std::span<const RuleEffect> effects_of(const RuledEntry& entry) const noexcept {
    return std::span(effects).subspan(entry.first_effect, entry.effects);
  }
};

/// Rules made ready for a model: filters over its catalogue, columns found, ids looked up. Immutable, safe to use from
/// many threads; copies share everything.
class PreparedRules {
 public:
  /// @param catalogue none: rules that read columns cannot be used. @param users what `user.` in filters means.
  /// @throws InvalidParameter as `Rules::validate`, a column that does not exist or is of a kind a rule cannot use.
  PreparedRules(Rules rules, const ExtendedIds& items, const Catalogue* catalogue, const Catalogue* users = nullptr);

  [[nodiscard]] const Rules& rules() const noexcept;
  /// The same with another weight of value.
  [[nodiscard]] PreparedRules with_value(double weight) const;

  struct Storage;
  [[nodiscard]] const Storage& storage() const noexcept { return *storage_; }

 private:
  explicit PreparedRules(std::shared_ptr<const Storage> storage) noexcept : storage_(std::move(storage)) {}

  std::shared_ptr<const Storage> storage_;
};

/// The first n of a list by the rules. `ranked` is what may be recommended, best first, scores descending; new items of
/// `explore` and pinned ones are taken from it.
/// @param catalogue of which `ranked` has positions; that of the preparation or a later version. Null if that was.
void apply_rules(std::span<const Recommendation> ranked, std::size_t n, const PreparedRules& rules,
                 const Catalogue* catalogue, const RuleContext& context, Scratch& scratch, RuledList& list);

/// A list of n entries by the rules: asks the model for more than n, and for more still until n satisfy the rules or
/// all were seen. So it has n entries whenever n items pass the request's filters and the rules; where several columns
/// have an at_most, it may end earlier. Pins and new items need not be among the best: they need only pass the filters.
///
/// Runs on the caller's thread without a lock.
void recommend_with_rules(const AnyModel& model, const Request& request, const PreparedRules& rules,
                          const RuleContext& context, Scratch& scratch, RuledList& list);

/// The largest weight of value, in steps of 1/64, at which it and all smaller ones cost no more than `loss_percent` of
/// relevance, on average over these lists. @throws InvalidParameter rules without a column of value.
[[nodiscard]] double value_weight_for_loss(std::span<const std::vector<Recommendation>> lists, std::size_t n,
                                           const PreparedRules& rules, const Catalogue* catalogue, double loss_percent);

/// KL(p | q') with q' = (1 - alpha) q + alpha p, natural logarithm (Steck 2018, "Calibrated recommendations").
[[nodiscard]] double calibration_divergence(std::span<const double> p, std::span<const double> q, double alpha = 0.01);

/// "from 7 to 3: value, boost". Empty when nothing moved it.
[[nodiscard]] std::string describe(const RuledList& list, const RuledEntry& entry);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/rank/rules_inl.hpp>
#endif
