#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/core/time.hpp>
#include <recocore/rank/where.hpp>

#include "../support/wine_shop.hpp"

namespace rc = recocore;
using rc::test::Wine;
using rc::test::WineShop;

namespace {

using Truth = std::optional<bool>;

Truth negated(Truth truth) { return truth ? Truth(!*truth) : truth; }

Truth both(Truth a, Truth b) {
  if ((a && !*a) || (b && !*b)) {
    return false;
  }
  return a && b ? Truth(true) : std::nullopt;
}

Truth either(Truth a, Truth b) { return negated(both(negated(a), negated(b))); }

/// What a condition means for a wine, seen from another.
using Meaning = std::function<Truth(const Wine&, const Wine&)>;

struct Condition {
  std::string text;
  Meaning meaning;
};

struct Amount {
  std::string text;
  std::function<std::optional<double>(const Wine&, const Wine&)> of;
};

/// Conditions at random, with their meaning by the definition.
class Conditions {
 public:
  explicit Conditions(std::uint64_t seed) : random_(seed) {}

  Condition any(int depth) {
    if (depth == 0) {
      return term();
    }
    switch (random_.below(4)) {
      case 0: {
        const auto a = any(depth - 1);
        const auto b = any(depth - 1);
        return {"(" + a.text + ") and (" + b.text + ")",
                [a, b](const Wine& w, const Wine& i) { return both(a.meaning(w, i), b.meaning(w, i)); }};
      }
      case 1: {
        const auto a = any(depth - 1);
        const auto b = any(depth - 1);
        return {"(" + a.text + " or " + b.text + ")",
                [a, b](const Wine& w, const Wine& i) { return either(a.meaning(w, i), b.meaning(w, i)); }};
      }
      case 2: {
        const auto a = any(depth - 1);
        return {"not (" + a.text + ")", [a](const Wine& w, const Wine& i) { return negated(a.meaning(w, i)); }};
      }
      default:
        return term();
    }
  }

 private:
  std::string comparator() {
    static const std::vector<std::string> all{"<", "<=", ">", ">=", "==", "!="};
    return all[random_.below(all.size())];
  }
  template <class T>
  static bool compared(const std::string& by, const T& a, const T& b) {
    return by == "<"    ? a < b
           : by == "<=" ? a <= b
           : by == ">"  ? a > b
           : by == ">=" ? a >= b
           : by == "==" ? a == b
                        : a != b;
  }
  std::string country() { return WineShop::countries()[random_.below(WineShop::countries().size())]; }
  std::string grape() { return WineShop::grapes()[random_.below(WineShop::grapes().size())]; }

  Amount amount() {
    switch (random_.below(6)) {
      case 0:
        return {"price", [](const Wine& w, const Wine&) { return w.price; }};
      case 1:
        return {"item.price", [](const Wine&, const Wine& i) { return i.price; }};
      case 2: {
        const auto number = static_cast<double>(random_.below(40));
        return {std::to_string(static_cast<int>(number)), [number](const Wine&, const Wine&) { return number; }};
      }
      case 3:
        return {"1.5 * price - vintage / 100", [](const Wine& w, const Wine&) -> std::optional<double> {
                  if (!w.price || !w.vintage) {
                    return std::nullopt;
                  }
                  return 1.5 * *w.price - static_cast<double>(*w.vintage) / 100.0;
                }};
      case 4:
        return {"-(item.price + 2) / (price - 3)", [](const Wine& w, const Wine& i) -> std::optional<double> {
                  if (!w.price || !i.price || *w.price == 3.0) {
                    return std::nullopt;
                  }
                  return -(*i.price + 2.0) / (*w.price - 3.0);
                }};
      default:
        return {"(vintage - 1990)", [](const Wine& w, const Wine&) -> std::optional<double> {
                  return w.vintage ? std::optional(static_cast<double>(*w.vintage) - 1990.0) : std::nullopt;
                }};
    }
  }

  Condition term() {
    switch (random_.below(13)) {
      case 0:
        return {"in_stock", [](const Wine& w, const Wine&) { return w.in_stock; }};
      case 1: {
        const auto by = comparator();
        const auto a = amount();
        const auto b = amount();
        return {a.text + " " + by + " " + b.text, [by, a, b](const Wine& w, const Wine& i) -> Truth {
                  const auto x = a.of(w, i);
                  const auto y = b.of(w, i);
                  return x && y ? Truth(compared(by, *x, *y)) : std::nullopt;
                }};
      }
      case 2: {
        const auto by = comparator();
        const auto value = country();
        return {"country " + by + " '" + value + "'", [by, value](const Wine& w, const Wine&) -> Truth {
                  return w.country ? Truth(compared(by, *w.country, value)) : std::nullopt;
                }};
      }
      case 3: {
        const bool equal = random_.below(2) == 0;
        return {std::string("country ") + (equal ? "==" : "!=") + " item.country",
                [equal](const Wine& w, const Wine& i) -> Truth {
                  return w.country && i.country ? Truth((*w.country == *i.country) == equal) : std::nullopt;
                }};
      }
      case 4: {
        const auto a = country();
        const auto b = country();
        const bool in = random_.below(2) == 0;
        return {std::string("country ") + (in ? "in" : "not in") + " ['" + a + "', '" + b + "']",
                [a, b, in](const Wine& w, const Wine&) -> Truth {
                  return w.country ? Truth((*w.country == a || *w.country == b) == in) : std::nullopt;
                }};
      }
      case 5: {
        const auto value = grape();
        const bool in = random_.below(2) == 0;
        const auto text = random_.below(2) == 0
                              ? "'" + value + "' " + (in ? "in" : "not in") + " `grape variety`"
                              : "`grape variety` " + std::string(in ? "==" : "!=") + " \"" + value + "\"";
        return {text, [value, in](const Wine& w, const Wine&) -> Truth {
                  return w.grapes.empty() ? std::nullopt : Truth((w.grapes.count(value) > 0) == in);
                }};
      }
      case 6:
        return {"`grape variety` == item.`grape variety`", [](const Wine& w, const Wine& i) -> Truth {
                  if (w.grapes.empty() || i.grapes.empty()) {
                    return std::nullopt;
                  }
                  return std::any_of(w.grapes.begin(), w.grapes.end(),
                                     [&](const std::string& g) { return i.grapes.count(g) > 0; });
                }};
      case 7: {
        const bool missing = random_.below(2) == 0;
        return {std::string("price is ") + (missing ? "null" : "not missing"),
                [missing](const Wine& w, const Wine&) { return Truth(w.price.has_value() != missing); }};
      }
      case 8: {
        const auto by = comparator();
        const auto day = 1 + random_.below(9);
        const auto first = *rc::parse_time("2024-05-0" + std::to_string(day));
        return {"listed " + by + " '2024-05-0" + std::to_string(day) + "'",
                [by, first](const Wine& w, const Wine&) -> Truth {
                  if (!w.listed) {
                    return std::nullopt;
                  }
                  const auto last = first + rc::microseconds_per_day - 1;
                  const bool within = *w.listed >= first && *w.listed <= last;
                  return by == "<"    ? *w.listed < first
                         : by == "<=" ? *w.listed <= last
                         : by == ">"  ? *w.listed > last
                         : by == ">=" ? *w.listed >= first
                         : by == "==" ? within
                                      : !within;
                }};
      }
      case 9: {
        const bool self = random_.below(2) == 0;
        return {std::string("distance(cellar, ") + (self ? "item.cellar" : "48.1, -11.5") + ") < 3000",
                [self](const Wine& w, const Wine& i) -> Truth {
                  const auto from = self ? i.cellar : std::optional(std::pair(48.1, -11.5));
                  if (!w.cellar || !from) {
                    return std::nullopt;
                  }
                  // By the spherical law of cosines.
                  const double to_radians = std::acos(-1.0) / 180.0;
                  const double a = w.cellar->first * to_radians;
                  const double b = from->first * to_radians;
                  const double between = (w.cellar->second - from->second) * to_radians;
                  const double cosine = std::sin(a) * std::sin(b) + std::cos(a) * std::cos(b) * std::cos(between);
                  return 6371.0088 * std::acos(std::min(1.0, cosine)) < 3000.0;
                }};
      }
      case 10:
        return {"10 <= price < 30", [](const Wine& w, const Wine&) -> Truth {
                  return w.price ? Truth(*w.price >= 10.0 && *w.price < 30.0) : std::nullopt;
                }};
      case 11:
        return {"vintage in (1990, 1995, 2001)", [](const Wine& w, const Wine&) -> Truth {
                  return w.vintage ? Truth(*w.vintage == 1990 || *w.vintage == 1995 || *w.vintage == 2001)
                                   : std::nullopt;
                }};
      default:
        return {"'red' in title", [](const Wine& w, const Wine&) -> Truth {
                  return w.title.empty() ? std::nullopt : Truth(w.title.find("red") != std::string::npos);
                }};
    }
  }

  rc::Random random_;
};

std::set<std::size_t> positions(const rc::BitSet& set) {
  std::set<std::size_t> result;
  set.for_each([&](std::size_t position) { result.insert(position); });
  return result;
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const rc::InvalidParameter& error) {
    return error.what();
  }
  return {};
}

/// Where the caret is, in characters of the line above.
std::size_t caret_of(const std::string& message) { return message.size() - message.rfind('\n') - 1 - 2 - 1; }

}  // namespace

TEST_CASE("random conditions are true of what they are true of by definition, also of changed catalogues") {
  WineShop shop(150, 3);
  const auto first = shop.catalogue();
  rc::Random random(5);
  std::size_t true_of_some = 0;
  for (std::uint64_t round = 0; round < 400; ++round) {
    auto now = shop;
    const auto later = round % 2 == 0 ? first : now.changed(first, 30, round);
    const auto condition = Conditions(round).any(static_cast<int>(round % 4));
    CAPTURE(condition.text);
    const auto where = rc::Where::parse(condition.text);
    const rc::PreparedWhere prepared(where, first);
    const auto item = static_cast<std::uint32_t>(random.below(later.size()));
    const rc::WhereContext context{.item = item};
    const auto wines = now.by_position(later);
    rc::BitSet expected(later.size());
    for (std::size_t position = 0; position < later.size(); ++position) {
      expected.set(position, condition.meaning(wines[position], wines[item]) == Truth(true));
    }
    CHECK(positions(where.evaluate(later, context)) == positions(expected));
    CHECK(prepared.evaluate(later, context) == expected);
    // Of a catalogue that has nothing in common with the one it was prepared for.
    const auto other = WineShop(40, round).catalogue();
    CHECK(prepared.evaluate(other, {.item = 7}) == where.evaluate(other, {.item = 7}));
    true_of_some += expected.count() > 0 && expected.count() < expected.size() ? 1U : 0U;
  }
  CHECK(true_of_some > 200);
}

TEST_CASE("nothing is said of what is missing, neither yes nor no") {
  const WineShop shop({{.price = 5.0, .in_stock = true}, {}, {.price = 50.0, .in_stock = false}});
  const auto catalogue = shop.catalogue();
  const auto of = [&](std::string_view text) { return positions(rc::Where::parse(text).evaluate(catalogue)); };
  using Set = std::set<std::size_t>;
  CHECK(of("price < 10") == Set{0});
  CHECK(of("not price < 10") == Set{2});
  CHECK(of("price >= 10") == Set{2});
  CHECK(of("price != 5") == Set{2});
  CHECK(of("price < 10 or price is missing") == Set{0, 1});
  CHECK(of("not (price < 10 or price is missing)") == Set{2});
  CHECK(of("price < 10 or price >= 10") == Set{0, 2});
  CHECK(of("in_stock") == Set{0});
  CHECK(of("not in_stock") == Set{2});
  CHECK(of("in_stock != true") == Set{2});
  CHECK(of("in_stock == true or true") == Set{0, 1, 2});
  CHECK(of("country is missing") == Set{0, 1, 2});
  CHECK(of("1 / (price - 5) > 0 or not 1 / (price - 5) > 0") == Set{2});
  CHECK(of("NOT in_stock AND price IS NOT NULL") == Set{2});
}

TEST_CASE("what belongs to a user") {
  const WineShop shop({{.country = "Italy"}, {.country = "France"}, {}});
  const auto catalogue = shop.catalogue();
  const auto users = WineShop({{.country = "France"}, {}}).catalogue();
  const auto where = rc::Where::parse("country == user.country");
  CHECK(where.needs_user());
  CHECK_FALSE(where.needs_item());
  CHECK(positions(where.evaluate(catalogue, {.users = &users, .user = 0})) == std::set<std::size_t>{1});
  CHECK(where.evaluate(catalogue, {.users = &users, .user = 1}).count() == 0);
  const rc::PreparedWhere prepared(where, catalogue, &users);
  CHECK(positions(prepared.evaluate(catalogue, {.users = &users, .user = 0})) == std::set<std::size_t>{1});
  // Of a stranger nothing is known, so nothing is known to be true.
  CHECK(where.evaluate(catalogue, {.users = &users}).count() == 0);
  CHECK(prepared.evaluate(catalogue, {.users = &users, .user = 1000}).count() == 0);
  CHECK(error_of([&] { static_cast<void>(where.evaluate(catalogue, {})); }).find("no table of them") !=
        std::string::npos);
  CHECK(error_of([&] { where.check(catalogue); }).find("no table of them") != std::string::npos);
  CHECK(rc::Where::parse("b < 1 and (item.c is missing or user.z and a)").columns() ==
        std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("an error points at the character and says what is right") {
  const auto catalogue = WineShop(20, 1).catalogue();
  struct Wrong {
    std::string text;
    std::size_t caret;
    std::string says;
  };
  const std::vector<Wrong> all{
      {"", 0, "a condition is expected"},
      {"price", 0, "not a condition"},
      {"price <", 7, "a value is expected"},
      {"price = 3", 6, "did you mean '=='"},
      {"price <> 3", 6, "did you mean '!='"},
      {"in_stock && price < 3", 9, "did you mean 'and'"},
      {"in_stock || price < 3", 9, "did you mean 'or'"},
      {"!in_stock", 0, "did you mean 'not'"},
      {"(in_stock", 9, "a ')' is expected"},
      {"in_stock)", 8, "or the end is expected"},
      {"price 80", 6, "a comparison"},
      {"pric < 80", 0, "did you mean 'price'? The columns are 'cellar', 'country'"},
      {"in_stock and pric < 80", 13, "did you mean 'price'"},
      {"price < '80'", 6, "'price' (a number) and text cannot be compared"},
      {"country == 3", 8, "'country' (a category of text) and a number cannot be compared"},
      {"country == price", 8, "(a category of text) and 'price' (a number)"},
      {"vintage == 'old'", 8, "'vintage' (a category of whole numbers) and text"},
      {"in_stock == 1", 9, "a flag, true or false) and a number"},
      {"`grape variety` < 'Merlot'", 16, "have no order"},
      {"'a' in country", 7, "is no list"},
      {"price in ['a']", 6, "cannot be compared"},
      {"listed > 'May'", 9, "write it as '2024-05-31'"},
      {"cellar == 3", 0, "did you mean distance(cellar"},
      {"distance(cellar, price) < 3", 17, "distance needs places"},
      {"distance(cellar) < 3", 0, "distance needs two places"},
      {"distance(cellar, 95, 5) < 3", 17, "-90 to 90"},
      {"far(cellar) < 3", 0, "there is no function far"},
      {"title + 1 < 3", 0, "only numbers"},
      {"price is red", 9, "'missing' or 'not missing'"},
      {"price == null", 9, "did you mean 'is missing'"},
      {"country == 'x", 13, "the text is not closed"},
      {"country in ['a', ]", 17, "in the list"},
      {"shop.price < 3", 4, "only 'item' and 'user'"},
      {"1 + (price < 3) < 2", 5, "this is a condition; a value is needed"},
      {"price between 3 and 4", 6, "write 10 <= price <= 20"},
      {"price < 1e999", 8, "beyond what a double can hold"},
      {"größe < 3", 0, "there is no column 'größe'"},
      {"title == 'größe' x", 17, "or the end"},
  };
  for (const auto& wrong : all) {
    CAPTURE(wrong.text);
    const auto message = error_of([&] { rc::Where::parse(wrong.text).check(catalogue); });
    INFO(message);
    CHECK(message.find(wrong.says) != std::string::npos);
    CHECK(message.find("\n  " + wrong.text + "\n") != std::string::npos);
    CHECK(caret_of(message) == wrong.caret);
  }
  const auto no_item =
      error_of([&] { return static_cast<void>(rc::Where::parse("price < item.price").evaluate(catalogue)); });
  CHECK(no_item.find("mentions an item") != std::string::npos);
  CHECK(caret_of(no_item) == 8);
}

TEST_CASE("nonsense of any length is an error, and never more") {
  const std::vector<std::string> pieces{
      "price",    "(",    ")",    "[",   "]",   "'",        "\"",   "`",
      "not ",     "and ", "or ",  "in ", "is ", "<",        "=",    "!",
      "-",        "+",    "*",    "/",   ".",   ",",        "1",    "e9",
      "item",     "\\",   "null", " ",   "\n",  "\xC3\xA4", "\xFF", std::string(1, '\0'),
      "distance("};
  rc::Random random(11);
  std::size_t read = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::size_t i = 0; i < 1 + random.below(12); ++i) {
      text += pieces[random.below(pieces.size())];
    }
    read += error_of([&] { static_cast<void>(rc::Where::parse(text)); }).empty() ? 1U : 0U;
  }
  CHECK(read > 10);
  const auto repeated = [](const std::string& piece, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) {
      text += piece;
    }
    return text;
  };
  for (const std::string piece : {"(", "not ", "-", "[", "distance(", "a<", "a+", "a and ", "((a) and ", "'"}) {
    CAPTURE(piece);
    CHECK_FALSE(error_of([&] { static_cast<void>(rc::Where::parse(repeated(piece, 19'000 / piece.size()))); }).empty());
  }
  CHECK(error_of([&] { static_cast<void>(rc::Where::parse(repeated("x", 30'000))); }).find("30,000 bytes") !=
        std::string::npos);
  const auto nested = [&](std::size_t times) { return repeated("(", times) + "in_stock" + repeated(")", times); };
  CHECK_NOTHROW(static_cast<void>(rc::Where::parse(nested(rc::Where::max_depth - 1))));
  CHECK(error_of([&] { static_cast<void>(rc::Where::parse(nested(rc::Where::max_depth + 1))); }).find("nested") !=
        std::string::npos);
  // Long, but flat.
  const auto catalogue = WineShop(20, 1).catalogue();
  CHECK(rc::Where::parse("price < 1" + repeated("+1", 9'000)).evaluate(catalogue).count() > 0);
  CHECK(rc::Where::parse("in_stock" + repeated(" or in_stock", 1'500)).evaluate(catalogue) ==
        rc::Where::parse("in_stock").evaluate(catalogue));
}

TEST_CASE("an empty catalogue has nothing") {
  const auto catalogue = WineShop(std::vector<Wine>{}).catalogue();
  CHECK(rc::Where::parse("price < 3 or not in_stock").evaluate(catalogue).size() == 0);
  CHECK(error_of([] { static_cast<void>(rc::Where::parse("x < 3").evaluate(rc::Catalogue())); }).find("no column") !=
        std::string::npos);
}

TEST_CASE("a day on the left is the same day") {
  const auto noon = *rc::parse_time("2024-05-31T12:00:00");
  const auto catalogue = WineShop({{.listed = noon}, {.listed = noon + rc::microseconds_per_day}, {}}).catalogue();
  const auto of = [&catalogue](std::string_view text) {
    return positions(rc::Where::parse(text).evaluate(catalogue, {}));
  };
  using Set = std::set<std::size_t>;
  CHECK(of("'2024-05-31' >= listed") == Set{0});
  CHECK(of("listed <= '2024-05-31'") == Set{0});
  CHECK(of("'2024-05-31' <= listed <= '2024-05-31'") == Set{0});
  CHECK(of("'2024-05-31' > listed").empty());
  CHECK(of("not '2024-05-31' > listed") == Set{0, 1});
}
