/// A shop of wines at random: a column of each kind a filter reads, and the same as plain records.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/random.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/catalogue.hpp>

namespace recocore::test {

struct Wine {
  std::optional<double> price{};
  std::optional<std::int64_t> vintage{};
  std::optional<std::string> country{};
  std::set<std::string> grapes{};
  std::optional<bool> in_stock{};
  std::optional<std::int64_t> listed{};
  std::optional<std::pair<double, double>> cellar{};
  std::string title{};
};

/// Wines by id.
class WineShop {
 public:
  explicit WineShop(std::vector<Wine> wines) {
    for (std::size_t id = 0; id < wines.size(); ++id) {
      wines_[static_cast<std::int64_t>(2 * id)] = std::move(wines[id]);
    }
  }
  WineShop(std::size_t wines, std::uint64_t seed) {
    Random random(seed);
    for (std::size_t id = 0; id < wines; ++id) {
      wines_[static_cast<std::int64_t>(2 * id)] = any_wine(random);
    }
  }

  static const std::vector<std::string>& countries() {
    static const std::vector<std::string> names{"Chile", "France", "Italy", "Spain", "Åland"};
    return names;
  }
  static const std::vector<std::string>& grapes() {
    static const std::vector<std::string> names{"Malbec", "Merlot", "Pinot", "Riesling", "Syrah", "Viura"};
    return names;
  }

  [[nodiscard]] Catalogue catalogue() const { return Catalogue(table(wines_)); }

  /// Changes some wines and adds some, here and in a catalogue.
  [[nodiscard]] Catalogue changed(const Catalogue& catalogue, std::size_t wines, std::uint64_t seed) {
    Random random(seed);
    std::map<std::int64_t, Wine> rows;
    const auto all = 3 * static_cast<std::uint64_t>(wines_.size());
    for (std::size_t i = 0; i < wines; ++i) {
      rows[static_cast<std::int64_t>(random.below(all))] = any_wine(random);
    }
    for (const auto& [id, wine] : rows) {
      wines_[id] = wine;
    }
    return catalogue.updated(table(rows));
  }

  [[nodiscard]] std::vector<Wine> by_position(const Catalogue& catalogue) const {
    std::vector<Wine> result;
    for (std::size_t position = 0; position < catalogue.size(); ++position) {
      result.push_back(wines_.at(std::get<std::int64_t>(catalogue.ids().at(position))));
    }
    return result;
  }

 private:
  static Wine any_wine(Random& random) {
    const auto known = [&] { return random.below(5) > 0; };
    Wine wine;
    if (known()) {
      wine.price = static_cast<double>(random.below(40));
    }
    if (known()) {
      wine.vintage = static_cast<std::int64_t>(1990 + random.below(15));
    }
    if (known()) {
      wine.country = countries()[random.below(countries().size())];
    }
    for (const auto& grape : grapes()) {
      if (random.below(3) == 0) {
        wine.grapes.insert(grape);
      }
    }
    if (known()) {
      wine.in_stock = random.below(2) == 0;
    }
    if (known()) {
      wine.listed = *parse_time("2024-05-01") + static_cast<std::int64_t>(random.below(20)) * microseconds_per_day / 2;
    }
    if (known()) {
      wine.cellar = {static_cast<double>(random.below(160)) - 80.0, static_cast<double>(random.below(340)) - 170.0};
    }
    if (known()) {
      wine.title = std::string(random.below(2) == 0 ? "a red" : "a white") + " one";
    }
    return wine;
  }

  static IdMap map_of(const std::set<std::string>& values) {
    std::vector<std::uint64_t> offsets{0};
    std::string bytes;
    for (const auto& value : values) {
      bytes += value;
      offsets.push_back(bytes.size());
    }
    return values.empty() ? IdMap() : IdMap::from_sorted(std::move(offsets), std::move(bytes));
  }

  static AttributeTable table(const std::map<std::int64_t, Wine>& wines) {
    constexpr double missing = std::numeric_limits<double>::quiet_NaN();
    std::set<std::string> known_countries;
    std::set<std::string> known_grapes;
    std::set<std::int64_t> known_vintages;
    for (const auto& [id, wine] : wines) {
      if (wine.country) {
        known_countries.insert(*wine.country);
      }
      known_grapes.insert(wine.grapes.begin(), wine.grapes.end());
      if (wine.vintage) {
        known_vintages.insert(*wine.vintage);
      }
    }
    std::vector<std::int64_t> ids;
    NumberColumn price;
    CategoryColumn country{.values = map_of(known_countries)};
    CategoryColumn vintage{.values = IdMap::from_sorted({known_vintages.begin(), known_vintages.end()})};
    LabelsColumn variety{.values = map_of(known_grapes)};
    FlagColumn in_stock;
    DateColumn listed;
    PointColumn cellar;
    TextColumn title;
    for (const auto& [id, wine] : wines) {
      ids.push_back(id);
      price.values.push_back(wine.price.value_or(missing));
      country.codes.push_back(wine.country ? *country.values.find(std::string_view(*wine.country))
                                           : CategoryColumn::missing);
      vintage.codes.push_back(wine.vintage ? *vintage.values.find(*wine.vintage) : CategoryColumn::missing);
      for (const auto& grape : wine.grapes) {
        variety.codes.push_back(*variety.values.find(std::string_view(grape)));
      }
      variety.offsets.push_back(variety.codes.size());
      in_stock.values.push_back(wine.in_stock ? static_cast<std::int8_t>(*wine.in_stock ? 1 : 0) : std::int8_t{-1});
      listed.values.push_back(wine.listed.value_or(DateColumn::missing));
      cellar.latitude.push_back(wine.cellar ? wine.cellar->first : missing);
      cellar.longitude.push_back(wine.cellar ? wine.cellar->second : missing);
      title.bytes += wine.title;
      title.offsets.push_back(title.bytes.size());
    }
    return AttributeTable::from_rows(IdColumn(std::span<const std::int64_t>(ids)),
                                     {{"cellar", std::move(cellar)},
                                      {"country", std::move(country)},
                                      {"grape variety", std::move(variety)},
                                      {"in_stock", std::move(in_stock)},
                                      {"listed", std::move(listed)},
                                      {"price", std::move(price)},
                                      {"title", std::move(title)},
                                      {"vintage", std::move(vintage)}});
  }

  std::map<std::int64_t, Wine> wines_{};
};

}  // namespace recocore::test
