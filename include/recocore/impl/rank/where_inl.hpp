#pragma once

#include <set>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/rank/where_check.hpp>
#include <recocore/impl/rank/where_evaluate.hpp>
#include <recocore/impl/rank/where_parse.hpp>
#include <recocore/rank/where.hpp>

namespace recocore {

struct Where::Storage {
  std::string text{};
  detail::WhereNode root{};
};

struct PreparedWhere::Storage {
  Where where;
  detail::WhereNode root{};
  /// Kept, so that it can be known again.
  AttributeTable base{};
  std::vector<BitSet> sets{};
};

namespace detail {

inline void note_scopes(const WhereValue& value, WhereNode& node) {
  node.needs_item = node.needs_item || value.scope == WhereScope::item;
  node.needs_user = node.needs_user || value.scope == WhereScope::user;
  for (const auto& part : value.parts) {
    note_scopes(part, node);
  }
}

inline void note_scopes(WhereNode& node) {
  for (const auto& value : node.values) {
    note_scopes(value, node);
  }
  for (auto& part : node.parts) {
    note_scopes(part);
    node.needs_item = node.needs_item || part.needs_item;
    node.needs_user = node.needs_user || part.needs_user;
  }
}

inline void add_columns(const WhereValue& value, std::set<std::string>& names) {
  if (value.kind == WhereValue::Kind::column && value.scope != WhereScope::user) {
    names.insert(value.text);
  }
  for (const auto& part : value.parts) {
    add_columns(part, names);
  }
}

inline void add_columns(const WhereNode& node, std::set<std::string>& names) {
  for (const auto& value : node.values) {
    add_columns(value, names);
  }
  for (const auto& part : node.parts) {
    add_columns(part, names);
  }
}

/// What depends on no context stands together and is numbered.
inline void separate(WhereNode& node, std::vector<const WhereNode*>& fixed) {
  if (!node.needs_item && !node.needs_user) {
    node.prepared = fixed.size();
    fixed.push_back(&node);
    return;
  }
  const auto is_fixed = [](const WhereNode& part) { return !part.needs_item && !part.needs_user; };
  const auto middle = std::stable_partition(node.parts.begin(), node.parts.end(), is_fixed);
  if (middle - node.parts.begin() > 1) {
    WhereNode together{.kind = node.kind, .at = node.at};
    together.parts.assign(std::make_move_iterator(node.parts.begin()), std::make_move_iterator(middle));
    node.parts.erase(node.parts.begin(), middle);
    node.parts.insert(node.parts.begin(), std::move(together));
  }
  for (auto& part : node.parts) {
    separate(part, fixed);
  }
}

/// One row of the columns of a table, all missing.
[[nodiscard]] inline std::shared_ptr<const AttributeTable> nothing_known(const AttributeTable& like) {
  const auto nobody = like.ids().kind() == IdKind::integer && like.size() > 0
                          ? IdMap::from_sorted({std::numeric_limits<std::int64_t>::min()})
                          : IdMap::from_sorted({0, 1}, std::string(1, '\xFF'));  // no text in UTF-8
  return std::make_shared<const AttributeTable>(like.aligned(nobody));
}

/// The rows of a context. @throws InvalidParameter when it lacks one.
[[nodiscard]] inline WhereRows rows_of_context(const std::string& text, const WhereNode& root,
                                               const Catalogue& catalogue, const WhereContext& context) {
  WhereRows rows;
  if (root.needs_item) {
    if (!context.item || *context.item >= catalogue.size()) {
      throw_where(text, text.find("item."), "it mentions an item, and there is none here to compare with");
    }
    rows.item = catalogue.locate(*context.item);
  }
  if (root.needs_user) {
    if (context.users == nullptr) {
      throw_where(text, text.find("user."), "it mentions a user, and there is none here about whom something is known");
    }
    if (context.user && *context.user < context.users->size()) {
      rows.user = context.users->locate(*context.user);
    } else {
      rows.stranger = nothing_known(context.users->base());
      rows.user = {rows.stranger.get(), 0};
    }
  }
  return rows;
}

[[nodiscard]] inline BitSet evaluate_where(const WhereNode& root, WhereRows rows, const Catalogue& catalogue,
                                           std::span<const BitSet> sets) {
  rows.table = &catalogue.base();
  auto result = WhereEvaluator(rows, sets).evaluate(root);
  if (!catalogue.moved().empty()) {
    rows.table = &catalogue.changes();
    const auto changed = WhereEvaluator(rows, {}).evaluate(root);
    result.resize(catalogue.size());
    for (const auto& [position, row] : catalogue.moved()) {
      result.set(position, changed[row]);
    }
  }
  return result;
}

[[nodiscard]] inline bool is_same_table(const AttributeTable& a, const AttributeTable& b) noexcept {
  return a.columns().data() == b.columns().data() && a.columns().size() == b.columns().size() && a.size() == b.size();
}

}  // namespace detail

RECOCORE_INLINE Where::Where(std::shared_ptr<const Storage> storage) noexcept : storage_(std::move(storage)) {}

RECOCORE_INLINE Where Where::parse(std::string_view text) {
  if (text.size() > max_length) {
    throw InvalidParameter("the filter has " + detail::count_text(text.size(), "byte") + "; at most " +
                           detail::count_text(max_length) + " are read. For long lists of items give candidates");
  }
  auto storage = std::make_shared<Storage>();
  storage->text = text;
  storage->root = detail::parse_where(storage->text);
  detail::note_scopes(storage->root);
  return Where(std::move(storage));
}

RECOCORE_INLINE const std::string& Where::text() const noexcept { return storage_->text; }
RECOCORE_INLINE bool Where::needs_item() const noexcept { return storage_->root.needs_item; }
RECOCORE_INLINE bool Where::needs_user() const noexcept { return storage_->root.needs_user; }

RECOCORE_INLINE std::vector<std::string> Where::columns() const {
  std::set<std::string> names;
  detail::add_columns(storage_->root, names);
  return {names.begin(), names.end()};
}

RECOCORE_INLINE void Where::check(const Catalogue& catalogue, const Catalogue* users) const {
  detail::WhereChecker(text(), catalogue, users).check(storage_->root);
}

RECOCORE_INLINE BitSet Where::evaluate(const Catalogue& catalogue, const WhereContext& context) const {
  check(catalogue, context.users);
  return detail::evaluate_where(storage_->root, detail::rows_of_context(text(), storage_->root, catalogue, context),
                                catalogue, {});
}

RECOCORE_INLINE PreparedWhere::PreparedWhere(Where where, const Catalogue& catalogue, const Catalogue* users) {
  where.check(catalogue, users);
  auto storage = std::make_shared<Storage>(Storage{.where = std::move(where), .base = catalogue.base()});
  storage->root = storage->where.storage_->root;
  std::vector<const detail::WhereNode*> fixed;
  detail::separate(storage->root, fixed);
  detail::WhereRows rows;
  rows.table = &storage->base;
  for (const auto* node : fixed) {
    storage->sets.push_back(detail::WhereEvaluator(rows, {}).evaluate(*node));
  }
  storage_ = std::move(storage);
}

RECOCORE_INLINE const Where& PreparedWhere::where() const noexcept { return storage_->where; }

RECOCORE_INLINE BitSet PreparedWhere::evaluate(const Catalogue& catalogue, const WhereContext& context) const {
  if (!detail::is_same_table(catalogue.base(), storage_->base)) {
    return where().evaluate(catalogue, context);
  }
  if (needs_user()) {
    where().check(catalogue, context.users);  // users may be of another table than those it was prepared with
  }
  return detail::evaluate_where(storage_->root,
                                detail::rows_of_context(where().text(), storage_->root, catalogue, context), catalogue,
                                storage_->sets);
}

}  // namespace recocore
