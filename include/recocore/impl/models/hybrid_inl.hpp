#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/models/hybrid_links.hpp>
#include <recocore/models/hybrid.hpp>

namespace recocore {

/// What no addition changes.
struct Hybrid::Base {
  AnyModel collaborative;
  HybridConfig config{};
  /// Row j lists the i with S_ij, ascending: what an item that is added later inherits from.
  Neighbours<ItemIx> columns{};
  /// Row i lists the j with L_ij, ascending.
  Neighbours<ItemIx> links{};
  /// By item.
  Neighbours<ItemIx> relatives{};
  double unit = 1.0;
  BitSet items_in_use{};
  BitSet users_in_use{};
};

/// What came since the fit, in the order of its positions.
struct Hybrid::Added {
  struct Item {
    std::vector<ScoredItem> relatives{};
    /// L_ij of the i of the base.
    std::vector<ScoredItem> links{};
    FeatureRow row{};
  };
  std::vector<std::shared_ptr<const Item>> items{};
  /// Row i of the base lists the added j with L_ij, ascending.
  Neighbours<ItemIx> links{};
};

namespace detail {

/// What a Hybrid needs for a user with a profile.
struct HybridScratch {
  EncodeScratch encode{};
  FeatureRow row{};
  std::vector<float> likeness{};
  std::vector<ScoredItem> alike{};
  std::vector<ScoredItem> relatives{};
};

/// How alike a row is to those of the base of an index.
inline void find_likeness(const ContentIndex& content, const AttributeTable& table, std::size_t row,
                          HybridScratch& scratch) {
  content.features().encode(table, row, scratch.encode, scratch.row);
  content.score_all(scratch.row, scratch.likeness);
}

/// The best `k` of the positions that a set has, with scores above 0, by position.
inline void keep_most_alike(std::span<const float> likeness, const BitSet& among, std::size_t k,
                            std::optional<ItemIx> self, std::vector<ScoredItem>& alike) {
  alike.clear();
  among.for_each([&](std::size_t position) {
    if (likeness[position] > 0.0F && self != ItemIx(position)) {
      alike.push_back({ItemIx(position), likeness[position]});
    }
  });
  keep_best(alike, k);
  std::sort(alike.begin(), alike.end(), [](const ScoredItem& a, const ScoredItem& b) { return a.index < b.index; });
}

/// Which rows have entries.
template <class Row, class Col>
[[nodiscard]] BitSet rows_in_use(const SparseRows<Row, Col>& rows) {
  BitSet result(rows.rows());
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    if (rows.row_size(Row(row)) > 0) {
      result.set(row);
    }
  }
  return result;
}

[[nodiscard]] inline BitSet items_in_use(const Interactions& interactions) {
  BitSet result(interactions.items().size());
  for (std::size_t item = 0; item < interactions.items().size(); ++item) {
    if (interactions.item_support(ItemIx(item)) > 0) {
      result.set(item);
    }
  }
  return result;
}

/// `visitor(weight)` for the score of an item in a row; nothing when the row does not have it.
template <class Visitor>
void visit_entry(std::span<const ScoredItem> row, ItemIx item, const Visitor& visitor) {
  const auto found = std::lower_bound(row.begin(), row.end(), item,
                                      [](const ScoredItem& entry, ItemIx wanted) { return entry.index < wanted; });
  if (found != row.end() && found->index == item) {
    visitor(static_cast<double>(found->score));
  }
}

}  // namespace detail

RECOCORE_INLINE void HybridConfig::validate() const {
  const auto check = [](std::string_view what, double value, double above) {
    constexpr double most = 1e6;
    if (!(value >= above && value <= most)) {
      throw InvalidParameter(std::string(what) + " must be a number from " + detail::number_text(above) + " to " +
                             detail::number_text(most) + "; got " + detail::number_text(value));
    }
  };
  check("half_support", half_support, 0.0);
  check("inheritance", inheritance, 0.0);
  check("likeness", likeness, 0.0);
  check("user_half_support", user_half_support, 0.0);
  if (k < 1 || links < 1 || segment < 1) {
    throw InvalidParameter("k, links and segment must be at least 1; got " + std::to_string(k) + ", " +
                           std::to_string(links) + " and " + std::to_string(segment));
  }
}

RECOCORE_INLINE Neighbours<ItemIx> find_relatives(const ContentIndex& content, const AttributeTable& items,
                                                  const Interactions& interactions, std::size_t k,
                                                  const RunOptions& options) {
  const auto with_users = detail::items_in_use(interactions);
  std::vector<std::vector<ScoredItem>> lists(items.size());
  detail::Slots<detail::HybridScratch> slots(parallel_slots(options));
  constexpr std::size_t grain = 16;
  parallel_for(lists.size(), grain, options, "relatives", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& scratch = slots.get(slot, [] { return detail::HybridScratch{}; });
    for (std::size_t item = begin; item < end; ++item) {
      detail::find_likeness(content, items, item, scratch);
      detail::keep_most_alike(scratch.likeness, with_users, k, ItemIx(item), scratch.alike);
      lists[item] = scratch.alike;
    }
  });
  return detail::joined(lists);
}

RECOCORE_INLINE std::uint64_t Hybrid::estimate_fit_memory(const Interactions& interactions, const AttributeTable& items,
                                                          bool dense, const HybridConfig& config,
                                                          const RunOptions& options) {
  const std::uint64_t count = interactions.items().size();
  // The columns of the collaborative model, and the links by candidate and, transposed, by item of the history.
  const std::uint64_t links = count * std::min<std::uint64_t>(count, config.links);
  const std::uint64_t columns = dense ? count * count : links;
  const std::uint64_t relatives = count * std::min<std::uint64_t>(count, config.k);
  constexpr std::uint64_t bytes_of_an_item = 64;
  return (columns + 3 * links + 2 * relatives) * sizeof(ScoredItem) +
         (parallel_slots(options) + 2) * count * bytes_of_an_item + 2 * ContentFeatures::estimate_memory(items);
}

RECOCORE_INLINE Hybrid Hybrid::fit(const AnyModel& collaborative, Described items, Neighbours<ItemIx> relatives,
                                   Described people, const HybridConfig& config, const RunOptions& options) {
  config.validate();
  const auto& interactions = collaborative.interactions();
  const std::size_t count = interactions.items().size();
  if (!(items.rows.base().ids() == interactions.items()) || !(people.rows.base().ids() == interactions.users())) {
    throw InvalidParameter(
        "a hybrid needs tables of the very items and users of its interactions: extend all to the same ids");
  }
  if (relatives.rows() != count || items.content.base_size() != count ||
      people.content.base_size() != interactions.users().size()) {
    throw InvalidParameter("a hybrid needs relatives of each of its " + std::to_string(count) +
                           " items, and the content of its tables");
  }
  for (const auto& [name, column] : people.rows.base().columns()) {
    const Column* same = items.rows.find(name);
    if (same != nullptr && kind_of(*same) != kind_of(column)) {
      throw InvalidParameter("the column " + to_display(name) + " is of the kind " +
                             std::string(to_string(kind_of(column))) + " for users and " +
                             std::string(to_string(kind_of(*same))) +
                             " for items; give both the same kind, or different names");
    }
    const auto* of_items = same == nullptr ? nullptr : std::get_if<EmbeddingColumn>(same);
    const auto* of_users = std::get_if<EmbeddingColumn>(&column);
    if (of_items != nullptr && of_users != nullptr && of_items->dimensions != of_users->dimensions) {
      throw InvalidParameter("the column " + to_display(name) + " has vectors of " +
                             std::to_string(of_users->dimensions) + " dimensions for users and of " +
                             std::to_string(of_items->dimensions) +
                             " for items; give both the same, or different names");
    }
  }
  auto base = std::make_shared<Base>(Base{.collaborative = collaborative, .config = config});
  base->columns = detail::LinearLinks(collaborative).columns(options);
  base->relatives = std::move(relatives);
  base->unit = detail::unit_of(base->columns);
  base->items_in_use = detail::items_in_use(interactions);
  base->users_in_use = detail::rows_in_use(interactions.by_user());

  std::vector<std::vector<ScoredItem>> lists(count);
  detail::Slots<detail::LinkSums> slots(parallel_slots(options));
  constexpr std::size_t grain = 32;
  parallel_for(count, grain, options, "links", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& sums = slots.get(slot, [] { return detail::LinkSums{}; });
    for (std::size_t j = begin; j < end; ++j) {
      const ItemIx item(j);
      lists[j] = detail::mix_links(item, base->columns.of(item), interactions.item_support(item),
                                   base->relatives.of(item), base->columns, base->unit, config, sums);
    }
  });
  base->links = transpose(detail::joined(lists), options);
  Hybrid model(std::move(base), std::move(items), std::move(people));
  model.added_ = model.link_added(nullptr, {});
  return model;
}

RECOCORE_INLINE Hybrid Hybrid::from_parts(const AnyModel& collaborative, const Catalogue& items,
                                          std::vector<double> weights, const Catalogue& people,
                                          std::vector<double> people_weights, const HybridConfig& config,
                                          const RunOptions& options) {
  config.validate();
  if (!(items.base().ids() == collaborative.interactions().items()) ||
      !(people.base().ids() == collaborative.interactions().users())) {
    throw InvalidData("the tables of a hybrid are not those of the items and users of its interactions");
  }
  const auto describe = [&options](const Catalogue& rows, std::vector<double> of_columns) {
    auto features = ContentFeatures::fit(rows.base(), options);
    const auto encoded = features.encode_all(rows.base(), options);
    return Described{.rows = Catalogue(rows.base()),
                     .content = ContentIndex::make(std::move(features), std::move(of_columns), encoded, options)};
  };
  auto described = describe(items, std::move(weights));
  auto relatives = find_relatives(described.content, items.base(), collaborative.interactions(), config.k, options);
  auto model = fit(collaborative, std::move(described), std::move(relatives),
                   describe(people, std::move(people_weights)), config, options);
  model.items_.rows = items;
  model.people_.rows = people;
  model.added_ = model.link_added(nullptr, {});
  return model;
}

RECOCORE_INLINE Hybrid::Hybrid(std::shared_ptr<const Base> base, Described items, Described people)
    : base_(std::move(base)), items_(std::move(items)), people_(std::move(people)) {}

RECOCORE_INLINE const HybridConfig& Hybrid::config() const noexcept { return base_->config; }
RECOCORE_INLINE const AnyModel& Hybrid::collaborative() const noexcept { return base_->collaborative; }

RECOCORE_INLINE std::size_t Hybrid::support(ItemIx item) const noexcept {
  return item.value < interactions().items().size() ? interactions().item_support(item) : 0;
}

RECOCORE_INLINE std::size_t Hybrid::common_users(ItemIx a, ItemIx b) const noexcept {
  if (support(a) == 0 || support(b) == 0) {
    return 0;
  }
  const auto of_a = interactions().by_item().row(a);
  const auto of_b = interactions().by_item().row(b);
  std::size_t common = 0;
  for (auto x = of_a.begin(), y = of_b.begin(); x != of_a.end() && y != of_b.end();) {
    common += *x == *y ? 1U : 0U;
    const bool first = *x <= *y;
    const bool second = *y <= *x;
    x += first ? 1 : 0;
    y += second ? 1 : 0;
  }
  return common;
}

RECOCORE_INLINE std::span<const ScoredItem> Hybrid::relatives_of(ItemIx item) const noexcept {
  const std::size_t base = base_->relatives.rows();
  return item.value < base ? base_->relatives.of(item) : std::span(added_->items[item.value - base]->relatives);
}

RECOCORE_INLINE std::shared_ptr<const Hybrid::Added> Hybrid::link_added(const Hybrid* before,
                                                                        const AttributeTable& changed) const {
  const std::size_t base = base_->relatives.rows();
  const auto& ids = catalogue().ids().added();
  auto now = std::make_shared<Added>();
  now->items.reserve(ids.size());
  detail::HybridScratch scratch;
  detail::LinkSums sums;
  std::uint64_t entries = 0;
  for (std::size_t place = 0; place < ids.size(); ++place) {
    const auto id = ids.at(place);
    const auto known = before == nullptr ? std::nullopt : before->catalogue().ids().added().find(id);
    if (known && !changed.ids().find(id)) {
      now->items.push_back(before->added_->items[*known]);
    } else {
      auto item = std::make_shared<Added::Item>();
      const auto where = catalogue().locate(base + place);
      detail::find_likeness(content(), *where.table, where.row, scratch);
      detail::keep_most_alike(scratch.likeness, base_->items_in_use, config().k, std::nullopt, item->relatives);
      item->links =
          detail::mix_links(ItemIx(base + place), {}, 0, item->relatives, base_->columns, base_->unit, config(), sums);
      item->row = scratch.row;
      now->items.push_back(std::move(item));
    }
    entries += now->items.back()->links.size();
  }
  // By the items of the base; those that were added ascend in each.
  auto& offsets = now->links.offsets;
  offsets.assign(base + 1, 0);
  for (const auto& item : now->items) {
    for (const auto& link : item->links) {
      ++offsets[link.index.value + 1];
    }
  }
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  now->links.entries.resize(entries);
  std::vector<std::uint64_t> next(offsets.begin(), offsets.end() - 1);
  for (std::size_t place = 0; place < now->items.size(); ++place) {
    for (const auto& link : now->items[place]->links) {
      now->links.entries[next[link.index.value]++] = {ItemIx(base + place), link.score};
    }
  }
  return now;
}

RECOCORE_INLINE Hybrid Hybrid::with_items(const AttributeTable& rows) const {
  Hybrid model(*this);
  model.items_.rows = catalogue().updated(rows);
  model.added_ = model.link_added(this, rows);
  return model;
}

RECOCORE_INLINE Hybrid Hybrid::with_retired(const IdColumn& ids) const {
  Hybrid model(*this);
  model.items_.rows = catalogue().retired(ids);
  return model;
}

RECOCORE_INLINE Hybrid Hybrid::with_users(const AttributeTable& rows) const {
  Hybrid model(*this);
  model.people_.rows = profiles().updated(rows);
  return model;
}

template <class Visitor>
void Hybrid::visit_item(ItemIx item, float weight, const Visitor& visitor) const {
  const auto visit_links = [&](ItemIx of, float factor) {
    visitor(base_->links.of(of), factor);
    visitor(added_->links.of(of), factor);
  };
  if (support(item) > 0) {
    visit_links(item, weight);
    return;
  }
  const auto relatives = relatives_of(item);
  const double total = detail::total_of(relatives);
  if (const double inherited = static_cast<double>(weight) * config().inheritance; inherited != 0.0 && total > 0.0) {
    for (const auto& relative : relatives) {
      visit_links(relative.index, static_cast<float>(inherited * static_cast<double>(relative.score) / total));
    }
  }
  visitor(relatives, static_cast<float>(static_cast<double>(weight) * config().likeness * base_->unit));
}

template <class Visitor>
void Hybrid::visit_profile(const History& history, Scratch& scratch, const Visitor& visitor) const {
  if (!history.user || profiles().base().columns().empty()) {
    return;
  }
  const double items = static_cast<double>(history.items.size());
  const double share = config().user_half_support / (items + config().user_half_support);
  constexpr double hardly = 0.02;
  if (!(share > hardly)) {  // not a number: both are 0
    return;
  }
  auto& own = scratch.parts.get<detail::HybridScratch>();
  const auto where = profiles().locate(history.user->value);
  detail::find_likeness(content(), *where.table, where.row, own);
  detail::keep_most_alike(own.likeness, base_->items_in_use, config().k, std::nullopt, own.relatives);
  if (const double total = detail::total_of(own.relatives); total > 0.0) {
    for (const auto& relative : own.relatives) {
      const auto factor = static_cast<float>(share * static_cast<double>(relative.score) / total);
      visitor(base_->links.of(relative.index), factor);
      visitor(added_->links.of(relative.index), factor);
    }
  }
  // What fits is recommended itself, whether anybody has it or not.
  own.alike.clear();
  const std::size_t base = base_->relatives.rows();
  for (std::size_t item = 0; item < base; ++item) {
    if (own.likeness[item] > 0.0F) {
      own.alike.push_back({ItemIx(item), own.likeness[item]});
    }
  }
  for (std::size_t place = 0; place < added_->items.size(); ++place) {
    if (const float likeness = content().score(own.row, added_->items[place]->row); likeness > 0.0F) {
      own.alike.push_back({ItemIx(base + place), likeness});
    }
  }
  visitor(std::span<const ScoredItem>(own.alike), static_cast<float>(share * base_->unit));
}

template <class Visitor>
void Hybrid::visit_rows(const History& history, Scratch& scratch, const Visitor& visitor) const {
  for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
    visit_item(history.items[entry], history.weight(entry),
               [&](std::span<const ScoredItem> row, float weight) { visitor(entry, row, weight); });
  }
  visit_profile(history, scratch,
                [&](std::span<const ScoredItem> row, float weight) { visitor(history.items.size(), row, weight); });
}

RECOCORE_INLINE void Hybrid::rank(const History& history, std::size_t n, Scratch& scratch) const {
  auto& sums = scratch.sums;
  sums.start(items().size());
  visit_rows(history, scratch,
             [&sums](std::size_t /*entry*/, std::span<const ScoredItem> row, float weight) { sums.add(row, weight); });
  sums.rank(n, scratch.mask, scratch.ranked);
}

RECOCORE_INLINE void Hybrid::rank_similar(ItemIx item, std::size_t n, Scratch& scratch) const {
  scratch.mask.forbid(item);
  rank({.items = std::span(&item, 1)}, n, scratch);
}

RECOCORE_INLINE void Hybrid::fill(const History& history, std::size_t n, Scratch& scratch) const {
  scratch.ranked.clear();
  if (!history.user || profiles().base().columns().empty()) {
    return;
  }
  auto& own = scratch.parts.get<detail::HybridScratch>();
  const auto where = profiles().locate(history.user->value);
  detail::find_likeness(people_.content, *where.table, where.row, own);
  // Positions of users, in the memory of items.
  detail::keep_most_alike(own.likeness, base_->users_in_use, config().segment, ItemIx(history.user->value),
                          own.relatives);
  const auto scores = scratch.dense.start(items().size());
  const auto total = static_cast<float>(detail::total_of(own.relatives));
  for (const auto& person : own.relatives) {
    for (const ItemIx item : interactions().by_user().row(UserIx(person.index.value))) {
      scores[item.value] += person.score / total;
    }
  }
  scratch.dense.rank(n, scratch.mask, scratch.ranked);
}

RECOCORE_INLINE Hybrid::Shares Hybrid::shares(const History& history, ItemIx item, Scratch& scratch) const {
  Shares result{.of_history = std::vector<double>(history.items.size(), 0.0)};
  visit_rows(history, scratch, [&](std::size_t entry, std::span<const ScoredItem> row, float weight) {
    detail::visit_entry(row, item, [&](double link) {
      const double term = static_cast<double>(weight) * link;
      (entry < result.of_history.size() ? result.of_history[entry] : result.of_profile) += term;
      result.score += term;
    });
  });
  return result;
}

}  // namespace recocore
