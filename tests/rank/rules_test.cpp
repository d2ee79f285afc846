#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/rank/rules.hpp>

#include "../support/random_interactions.hpp"
#include "../support/wine_shop.hpp"

namespace rc = recocore;
using rc::test::Wine;
using rc::test::WineShop;

namespace {

/// A model with a fixed opinion: items of odd positions and of those behind the fit none, the others a score that
/// depends on the position alone.
struct Opinion {
  static constexpr std::string_view name = "opinion";
  static constexpr rc::Tier tier = rc::Tier::collaborative;

  rc::Interactions data{};
  rc::PopularItems popular{};
  rc::Catalogue table{};

  [[nodiscard]] const rc::Interactions& interactions() const { return data; }
  [[nodiscard]] const rc::PopularItems& popular_items() const { return popular; }
  [[nodiscard]] const rc::ExtendedIds& items() const { return table.ids(); }
  [[nodiscard]] const rc::Catalogue& catalogue() const { return table; }

  static float score(std::size_t item) {
    rc::Random random(item);
    return static_cast<float>(0.5 + 9.0 * random.uniform());
  }
  void rank(const rc::History& /*history*/, std::size_t n, rc::Scratch& scratch) const {
    scratch.ranked.clear();
    for (std::size_t item = 0; item < data.items().size(); item += 2) {
      if (scratch.mask.allows(rc::ItemIx(item))) {
        scratch.ranked.push_back({rc::ItemIx(item), score(item)});
      }
    }
    rc::keep_best(scratch.ranked, n);
  }
};
static_assert(rc::HasCatalogue<Opinion>);

constexpr std::size_t items = 120;

/// Items of the fit with even ids, as in `WineShop`, and some added behind.
struct Shop {
  rc::Catalogue table;
  rc::AnyModel model;

  explicit Shop(std::uint64_t seed, std::size_t added = 0) : table(tables(seed, added)), model(opinion(table)) {}

  static rc::Catalogue tables(std::uint64_t seed, std::size_t added) {
    WineShop shop(items, seed);
    const auto base = shop.catalogue();
    return added == 0 ? base : shop.changed(base, added, seed);
  }
  static Opinion opinion(const rc::Catalogue& table) {
    auto data = rc::test::random_interactions({.users = 40, .items = items}, 4);
    const rc::PopularItems popular(data);
    return {std::move(data), popular, table};
  }

  [[nodiscard]] rc::RuledList list(const rc::Rules& rules, std::size_t n, const rc::RuleContext& context = {},
                                   const rc::BitSet* allowed = nullptr) const {
    const rc::PreparedRules prepared(rules, model.items(), model.catalogue());
    rc::Scratch scratch;
    rc::RuledList result;
    rc::recommend_with_rules(model, {.n = n, .allowed = allowed}, prepared, context, scratch, result);
    return result;
  }
  [[nodiscard]] std::vector<rc::Recommendation> plain(std::size_t n, const rc::BitSet* allowed = nullptr) const {
    rc::Scratch scratch;
    std::vector<rc::Recommendation> result;
    model.recommend({.n = n, .allowed = allowed}, scratch, result);
    return result;
  }
  [[nodiscard]] std::vector<rc::ItemIx> history() const {
    std::vector<rc::ItemIx> result;
    for (std::size_t item = 1; item < items; item += 7) {
      result.push_back(rc::ItemIx(item));
    }
    return result;
  }
  /// Values of a column as text, by the catalogue itself.
  [[nodiscard]] std::vector<std::string> values(std::string_view column, rc::ItemIx item) const {
    const auto [at, row] = table.locate(item.value);
    const auto& found = *at->find(column);
    std::vector<std::string> result;
    if (rc::is_missing(found, row)) {
      return result;
    }
    if (const auto* category = std::get_if<rc::CategoryColumn>(&found)) {
      const auto id = category->values.at(category->codes[row]);
      result.push_back(rc::to_display(id));
    } else {
      const auto& labels = std::get<rc::LabelsColumn>(found);
      for (const auto code : labels.of(row)) {
        result.push_back(rc::to_display(labels.values.at(code)));
      }
    }
    return result;
  }
  [[nodiscard]] double price(rc::ItemIx item) const {
    const auto [at, row] = table.locate(item.value);
    return std::get<rc::NumberColumn>(*at->find("price")).values[row];
  }
};

std::vector<rc::Recommendation> entries_of(const rc::RuledList& list) {
  std::vector<rc::Recommendation> result;
  for (const auto& entry : list.entries) {
    result.push_back(entry.entry);
  }
  return result;
}

std::set<rc::ItemIx> items_of(const rc::RuledList& list) {
  std::set<rc::ItemIx> result;
  for (const auto& entry : list.entries) {
    result.insert(entry.entry.item);
  }
  return result;
}

/// By the definition. Items with values only.
double divergence(const Shop& shop, const std::vector<rc::ItemIx>& wanted, const std::vector<rc::ItemIx>& shown) {
  std::set<std::string> all;
  const auto mix = [&](const std::vector<rc::ItemIx>& of) {
    std::map<std::string, double> shares;
    double total = 0.0;
    for (const auto item : of) {
      const auto values = shop.values("country", item);
      total += values.empty() ? 0.0 : 1.0;
      for (const auto& value : values) {
        shares[value] += 1.0 / static_cast<double>(values.size());
        all.insert(value);
      }
    }
    for (auto& [value, share] : shares) {
      share /= total;
    }
    return shares;
  };
  auto p = mix(wanted);
  auto q = mix(shown);
  std::vector<double> ps;
  std::vector<double> qs;
  for (const auto& value : all) {
    ps.push_back(p[value]);
    qs.push_back(q[value]);
  }
  return rc::calibration_divergence(ps, qs);
}

bool is_rejected(const Shop& shop, const rc::Rules& rules, const std::string& says) {
  try {
    static_cast<void>(shop.list(rules, 3));
  } catch (const rc::InvalidParameter& error) {
    INFO(std::string(error.what()));
    CHECK(std::string(error.what()).find(says) != std::string::npos);
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("without a rule the list is the model's") {
  const Shop shop(1);
  for (const std::size_t n : {std::size_t{1}, std::size_t{10}, items, std::numeric_limits<std::size_t>::max()}) {
    const auto list = shop.list({}, n);
    CHECK(entries_of(list) == shop.plain(n));
    CHECK(list.effects.empty());
    for (std::size_t p = 0; p < list.entries.size(); ++p) {
      CHECK(list.entries[p].from == p + 1);
      CHECK(list.entries[p].to == p + 1);
      CHECK(list.entries[p].propensity == 1.0F);
    }
  }
  CHECK(rc::Rules{}.empty());
}

TEST_CASE("at most m of a value, n entries where there are n, and none better was passed over without need") {
  rc::Random random(2);
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Shop shop(seed, seed % 3 == 0 ? 20 : 0);
    const std::size_t n = 1 + random.below(40);
    const std::size_t most = 1 + random.below(6);
    const auto list = shop.list({.at_most = {{"country", most}}}, n);
    // By the definition: down the whole ranking, passing over what is full.
    std::map<std::string, std::size_t> count;
    std::vector<rc::Recommendation> expected;
    for (const auto& entry : shop.plain(shop.table.size())) {
      const auto values = shop.values("country", entry.item);
      if (expected.size() < n && (values.empty() || ++count[values.front()] <= most)) {
        expected.push_back(entry);
      }
    }
    CHECK(entries_of(list) == expected);
    CHECK(list.complete == (expected.size() == n));

    const auto labels = shop.list({.at_most = {{"grape variety", most}, {"country", 2 * most}}, .depth = 3}, n);
    std::map<std::string, std::size_t> of_label;
    for (const auto& entry : labels.entries) {
      for (const auto& value : shop.values("grape variety", entry.entry.item)) {
        CHECK(++of_label[value] <= most);
      }
      CHECK(rc::describe(labels, entry).find("from " + std::to_string(entry.from)) ==
            (entry.from == entry.to ? std::string::npos : 0));
    }
    const auto filled = shop.list({.at_most = {{"grape variety", 1}}, .min_relevance = 0.5, .fill_up = true}, n);
    CHECK(filled.entries.size() == n);
    CHECK(items_of(filled).size() == n);
  }
}

TEST_CASE("pins are at their places, wherever they come from, and only if they pass the filters") {
  const Shop shop(5);
  rc::BitSet allowed(items, true);
  allowed.set(30, false);
  const auto last = shop.plain(items).back().item;
  const auto id_of = [&](rc::ItemIx item) { return std::get<std::int64_t>(shop.model.items().at(item.value)); };
  const rc::Rules rules{
      .pins = {{id_of(last), 3}, {id_of(rc::ItemIx(30U)), 1}, {std::int64_t{77'777}, 2}, {id_of(rc::ItemIx(2U)), 30}},
      .at_most = {{"country", 2}}};
  const auto list = shop.list(rules, 8, {}, &allowed);
  REQUIRE(list.entries.size() == 8);
  CHECK(list.entries[2].entry.item == last);
  CHECK(list.entries[2].from == 0);
  CHECK(rc::describe(list, list.entries[2]) == "from further down to 3: pin");
  CHECK(items_of(list).count(rc::ItemIx(30U)) == 0);
  CHECK(items_of(list).size() == 8);
  std::map<std::string, std::size_t> count;
  for (const auto& entry : list.entries) {
    for (const auto& value : shop.values("country", entry.entry.item)) {
      CHECK(++count[value] <= 2);
    }
  }
}

TEST_CASE("boosts move up, buries down, and never further than they may") {
  const Shop shop(6);
  const auto where = rc::Where::parse("in_stock");
  const auto marked = where.evaluate(shop.table);
  const auto plain = shop.plain(items);
  for (const double factor : {0.2, 0.7, 1.5, 10.0}) {
    const auto list = shop.list({.boosts = {{where, factor}}}, 20);
    for (const auto& entry : list.entries) {
      if (entry.from != entry.to && entry.effects > 0) {
        CHECK(marked[entry.entry.item.value] == ((entry.to < entry.from) == (factor > 1.0)));
      }
    }
    const auto bounded = shop.list({.boosts = {{where, factor}}, .max_moves = 3}, items);
    REQUIRE(bounded.entries.size() == items);
    bool moved = false;
    for (const auto& entry : bounded.entries) {
      CHECK(std::max(entry.from, entry.to) - std::min(entry.from, entry.to) <= 3);
      moved = moved || entry.from != entry.to;
    }
    CHECK(moved);
    CHECK(entries_of(shop.list({.boosts = {{where, factor}}, .max_moves = 0}, items)) == plain);
  }
  // By the definition: within what the model says, scores are multiplied.
  const auto list = shop.list({.boosts = {{where, 2.0}}, .depth = items}, 10);
  std::vector<rc::ScoredItem> expected;
  for (const auto& entry : plain) {
    if (entry.tier == rc::Tier::collaborative) {
      expected.push_back({entry.item, entry.score * (marked[entry.item.value] ? 2.0F : 1.0F)});
    }
  }
  std::sort(expected.begin(), expected.end(), rc::ranks_before<rc::ItemIx>);
  for (std::size_t p = 0; p < 10; ++p) {
    CHECK(list.entries[p].entry.item == expected[p].index);
  }
}

TEST_CASE("what is not relevant enough is left out") {
  const Shop shop(7);
  for (const auto& entry : shop.list({.min_relevance = 0.6}, items).entries) {
    CHECK(entry.entry.score >= 0.6F * shop.plain(1).front().score * 0.9999F);
  }
  const auto list = shop.list({.min_score = 5.0}, items);
  const auto plain = shop.plain(items);
  const auto good = std::count_if(plain.begin(), plain.end(), [](const auto& e) { return e.score >= 5.0F; });
  CHECK(list.entries.size() == static_cast<std::size_t>(good));
  CHECK_FALSE(list.complete);
}

TEST_CASE("diversity is maximal marginal relevance") {
  const Shop shop(8);
  const double d = 0.6;
  const auto list = shop.list({.diversity = d, .diversity_columns = {"country", "grape variety"}, .depth = items}, 15);
  const auto plain = shop.plain(items);
  const auto best = static_cast<double>(plain.front().score);
  double lowest = 1.0;
  for (const auto& entry : plain) {
    lowest = entry.score > 0.0F ? static_cast<double>(entry.score) / best : lowest;
  }
  const auto jaccard = [](const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::set<std::string> all(a.begin(), a.end());
    all.insert(b.begin(), b.end());
    const auto common = a.size() + b.size() - all.size();
    return all.empty() ? 0.0 : static_cast<double>(common) / static_cast<double>(all.size());
  };
  std::vector<rc::ItemIx> chosen;
  for (std::size_t p = 0; p < 15; ++p) {
    rc::ItemIx wanted{};
    double largest = -1e9;
    for (const auto& entry : plain) {
      if (std::find(chosen.begin(), chosen.end(), entry.item) != chosen.end()) {
        continue;
      }
      const auto score = static_cast<double>(entry.score);
      double similarity = 0.0;
      for (const auto other : chosen) {
        double sum = 0.0;
        for (const auto* column : {"country", "grape variety"}) {
          sum += jaccard(shop.values(column, entry.item), shop.values(column, other)) / 2.0;
        }
        similarity = std::max(similarity, sum);
      }
      const double key = (1.0 - d) * (score > 0.0 ? score / best : lowest / (1.0 - score)) - d * similarity;
      if (key > largest + 1e-12) {
        largest = key;
        wanted = entry.item;
      }
    }
    chosen.push_back(wanted);
    CHECK(list.entries[p].entry.item == wanted);
  }
  const auto by_call =
      shop.list({.diversity = 1.0,
                 .similarity = [](rc::ItemIx a, rc::ItemIx b) { return a.value % 10 == b.value % 10 ? 1.0 : 0.0; }},
                5);
  std::set<std::uint32_t> digits;
  for (const auto& entry : by_call.entries) {
    digits.insert(entry.entry.item.value % 10);
  }
  CHECK(digits.size() == 5);
}

TEST_CASE("calibration brings a list closer to the user's own mix") {
  const std::vector<double> p{0.7, 0.3};
  const std::vector<double> q{1.0, 0.0};
  CHECK(rc::calibration_divergence(p, q, 0.01) == doctest::Approx(1.13398).epsilon(1e-5));
  CHECK(rc::calibration_divergence(p, p, 0.01) == doctest::Approx(0.0));
  double before = 0.0;
  double after = 0.0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Shop shop(seed);
    const auto history = shop.history();
    const rc::RuleContext context{.history = {.items = history}};
    const auto shown = [&](double weight) {
      const auto list = shop.list({.calibration = weight, .calibration_column = "country"}, 10, context);
      std::vector<rc::ItemIx> result;
      for (const auto& entry : list.entries) {
        result.push_back(entry.entry.item);
      }
      CHECK(result.size() == 10);
      return result;
    };
    before += divergence(shop, history, shown(0.0));
    const auto calibrated = shown(0.99);
    after += divergence(shop, history, calibrated);
    // The last entry is the best by the definition, given those above it.
    auto others = calibrated;
    const double had = divergence(shop, history, calibrated);
    const auto wide = shop.plain(50);
    const auto best = static_cast<double>(wide.front().score);
    const double mine = 0.01 * static_cast<double>(Opinion::score(others.back().value)) / best - 0.99 * had;
    for (const auto& entry : wide) {
      if (entry.score > 0.0F && std::find(calibrated.begin(), calibrated.end(), entry.item) == calibrated.end()) {
        others.back() = entry.item;
        CHECK(0.01 * static_cast<double>(entry.score) / best - 0.99 * divergence(shop, history, others) <= mine + 1e-9);
      }
    }
  }
  CHECK(after < 0.5 * before);
  const Shop shop(1);
  CHECK(entries_of(shop.list({.calibration = 0.9, .calibration_column = "country"}, 10)) == shop.plain(10));
}

TEST_CASE("value has its price, and both are reported as they are") {
  const Shop shop(9);
  const auto plain = shop.plain(50);
  double mean = 0.0;
  double known = 0.0;
  for (std::size_t item = 0; item < items; ++item) {
    if (const double value = shop.price(rc::ItemIx(item)); !std::isnan(value)) {
      mean += value;
      known += 1.0;
    }
  }
  mean /= known;
  const auto worth = [&](const std::vector<rc::Recommendation>& list) {
    double value = 0.0;
    double gain = 0.0;
    double ideal = 0.0;
    for (std::size_t p = 0; p < 10; ++p) {
      const double discount = 1.0 / std::log2(static_cast<double>(p) + 2.0);
      const double relevance = static_cast<double>(list[p].score) / static_cast<double>(plain.front().score);
      const double price = shop.price(list[p].item);
      value += discount * relevance * (std::isnan(price) ? mean : price);
      gain += discount * relevance;
      ideal += discount * static_cast<double>(plain[p].score) / static_cast<double>(plain.front().score);
    }
    return std::pair(value, gain / ideal);
  };
  const auto [value_before, ndcg_before] = worth(plain);
  double last_value = value_before;
  for (const double weight : {0.0, 0.3, 0.7, 1.0}) {
    const auto list = shop.list({.value = weight, .value_column = "price"}, 10);
    REQUIRE(list.price.has_value());
    const auto [value, ndcg] = worth(entries_of(list));
    CHECK(list.price->value_before == doctest::Approx(value_before));
    CHECK(list.price->value_after == doctest::Approx(value));
    CHECK(list.price->ndcg_before == doctest::Approx(1.0));
    CHECK(list.price->ndcg_after == doctest::Approx(ndcg));
    CHECK(list.price->value_gain_percent() == doctest::Approx(100.0 * (value / value_before - 1.0)));
    CHECK(list.price->relevance_loss_percent() == doctest::Approx(100.0 * (1.0 - ndcg)));
    CHECK(value >= last_value - 1e-9);
    last_value = value;
  }
  CHECK(last_value > 1.02 * value_before);
  const rc::PreparedRules rules({.value_column = "price"}, shop.model.items(), &shop.table);
  const std::vector<std::vector<rc::Recommendation>> lists{plain, shop.plain(30)};
  const double found = rc::value_weight_for_loss(lists, 10, rules, &shop.table, 1.0);
  CHECK(found > 0.0);
  CHECK(found < 1.0);
  rc::Scratch scratch;
  rc::RuledList list;
  rc::apply_rules(plain, 10, rules.with_value(found), &shop.table, {}, scratch, list);
  const double loss = list.price->relevance_loss_percent();
  rc::apply_rules(plain, 10, rules.with_value(found + 1.0 / 64.0), &shop.table, {}, scratch, list);
  CHECK(loss <= 2.0);
  CHECK(list.price->relevance_loss_percent() >= loss);
  CHECK(rc::value_weight_for_loss(lists, 10, rules, &shop.table, 100.0) == 1.0);
}

TEST_CASE("what was shown often goes down, and what is alike takes turns") {
  const Shop shop(10);
  const auto plain = shop.plain(10);
  const auto first = std::get<std::int64_t>(shop.model.items().at(plain[0].item.value));
  const auto tired = shop.list({.fatigue = 10.0, .impressions = {{first, 5.0}}}, 10);
  CHECK(tired.entries.front().entry.item == plain[1].item);
  CHECK(items_of(tired).count(plain[0].item) == 0);
  std::set<std::vector<std::uint32_t>> orders;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const rc::Rules rules{.rotation = 0.3, .seed = seed};
    const auto list = shop.list(rules, 10);
    CHECK(list.entries == shop.list({.rotation = 0.3}, 10, {.seed = seed}).entries);
    CHECK(list.entries == shop.list(rules, 10).entries);
    std::vector<std::uint32_t> order;
    for (const auto& entry : list.entries) {
      order.push_back(entry.entry.item.value);
      // Nothing passes what is more than the rotation better.
      CHECK(static_cast<double>(entry.adjusted) >=
            0.7 * static_cast<double>(entry.entry.score) / static_cast<double>(plain[0].score) - 1e-6);
    }
    orders.insert(order);
  }
  CHECK(orders.size() > 10);
}

TEST_CASE("new items have their share, drawn with the probabilities that are reported") {
  const Shop shop(12, 60);
  REQUIRE(shop.table.size() > items + 10);
  const auto is_new = [](rc::ItemIx item) { return item.value >= items; };
  constexpr int rounds = 4000;
  std::map<rc::ItemIx, int> shown;
  std::map<rc::ItemIx, double> reported;
  for (int round = 0; round < rounds; ++round) {
    const auto list = shop.list({.explore = 0.25, .explore_pool = 4}, 10, {.seed = static_cast<std::uint64_t>(round)});
    REQUIRE(list.entries.size() == 10);
    CHECK(items_of(list).size() == 10);
    int fresh = 0;
    for (const auto& entry : list.entries) {
      if (is_new(entry.entry.item)) {
        ++fresh;
        ++shown[entry.entry.item];
        const auto probability = static_cast<double>(entry.propensity);
        CHECK(reported.emplace(entry.entry.item, probability).first->second == probability);
        CHECK(entry.propensity < 1.0F);
        CHECK(entry.to > 1);
      } else {
        CHECK(entry.propensity == 1.0F);
      }
    }
    CHECK(fresh == 3);
  }
  double sum = 0.0;
  for (const auto& [item, probability] : reported) {
    sum += probability;
    const double spread = std::sqrt(probability * (1.0 - probability) / rounds);
    CHECK(std::abs(shown[item] / static_cast<double>(rounds) - probability) < 5.0 * spread);
  }
  CHECK(sum == doctest::Approx(3.0).epsilon(1e-4));
  // Those that a filter says are new, in company of other rules.
  const rc::Rules rules{.pins = {{std::int64_t{0}, 2}},
                        .at_most = {{"country", 3}},
                        .explore = 0.5,
                        .new_items = rc::Where::parse("vintage == 1990 or vintage == 2000")};
  const auto fresh = rules.new_items->evaluate(shop.table);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto list = shop.list(rules, 8, {.seed = seed});
    REQUIRE(list.entries.size() == 8);
    CHECK(items_of(list).size() == 8);
    CHECK(list.entries[1].entry.item == rc::ItemIx(0U));
    std::map<std::string, std::size_t> count;
    std::size_t of_new = 0;
    for (const auto& entry : list.entries) {
      of_new += fresh[entry.entry.item.value] ? 1U : 0U;
      for (const auto& value : shop.values("country", entry.entry.item)) {
        CHECK(++count[value] <= 3);
      }
    }
    CHECK(of_new >= 4);
  }
}

TEST_CASE("rules that make no sense are refused") {
  const Shop shop(13);
  const auto where = rc::Where::parse("in_stock");
  CHECK(is_rejected(shop, {.boosts = {{where, 0.0}}}, "from 0.1 to 10"));
  CHECK(is_rejected(shop, {.boosts = {{rc::Where::parse("in_stok"), 2.0}}}, "did you mean 'in_stock'"));
  CHECK(is_rejected(shop, {.pins = {{std::int64_t{1}, 0}}}, "count from 1"));
  CHECK(is_rejected(shop, {.pins = {{std::int64_t{1}, 2}, {std::int64_t{3}, 2}}}, "two pins"));
  CHECK(is_rejected(shop, {.at_most = {{"country", 0}}}, "at least 1"));
  CHECK(is_rejected(shop, {.at_most = {{"contry", 1}}}, "did you mean 'country'"));
  CHECK(is_rejected(shop, {.at_most = {{"cellar", 1}}}, "of the kind 'point'"));
  CHECK(is_rejected(shop, {.diversity = 0.5}, "diversity_columns"));
  CHECK(is_rejected(shop, {.diversity = 1.5, .diversity_columns = {"country"}}, "from 0 to 1"));
  CHECK(is_rejected(shop, {.calibration = 0.5}, "calibration_column"));
  CHECK(is_rejected(shop, {.value = 0.5}, "value_column"));
  CHECK(is_rejected(shop, {.value = 0.5, .value_column = "country"}, "numbers or flags"));
  CHECK(is_rejected(shop, {.fatigue = -1.0}, "at least 0"));
  CHECK(is_rejected(shop, {.explore = std::numeric_limits<double>::quiet_NaN()}, "from 0 to 1"));
  CHECK_THROWS_AS(rc::PreparedRules({.at_most = {{"country", 1}}}, shop.model.items(), nullptr), rc::InvalidParameter);
}
