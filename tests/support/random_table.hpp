/// Small random tables of attributes for tests, the same on every platform.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/random.hpp>
#include <recocore/data/attribute_table.hpp>

namespace recocore::test {

inline IdMap value_names(std::size_t count) {
  std::vector<std::uint64_t> offsets{0};
  std::string bytes;
  for (std::size_t v = 0; v < count; ++v) {
    bytes += "value" + std::to_string(100 + v);
    offsets.push_back(bytes.size());
  }
  return IdMap::from_sorted(std::move(offsets), std::move(bytes));
}

/// A column of every kind, about a tenth of all values missing. The ids are integers that ascend from `first_id`.
inline AttributeTable random_table(std::size_t rows, std::int64_t first_id, std::uint64_t seed,
                                   std::int64_t id_step = 1) {
  Random random(seed);
  const auto missing = [&random] { return random.uniform() < 0.1; };
  std::vector<std::int64_t> ids;
  CategoryColumn category{.values = value_names(6)};
  LabelsColumn labels{.values = value_names(12)};
  NumberColumn number;
  FlagColumn flag;
  TextColumn text;
  DateColumn date;
  PointColumn point;
  EmbeddingColumn embedding{.dimensions = 5};
  constexpr std::array<std::string_view, 10> words{"red", "white",  "old",   "Wine",    "château",
                                                   "oak", "葡萄酒", "sweet", "reserva", "brut"};
  for (std::size_t row = 0; row < rows; ++row) {
    ids.push_back(first_id + static_cast<std::int64_t>(row) * id_step);
    category.codes.push_back(missing() ? CategoryColumn::missing : static_cast<std::uint32_t>(random.below(6)));
    for (std::uint32_t label = 0; label < 12; ++label) {
      if (random.uniform() < 0.15) {
        labels.codes.push_back(label);
      }
    }
    labels.offsets.push_back(labels.codes.size());
    number.values.push_back(missing() ? std::numeric_limits<double>::quiet_NaN()
                                      : static_cast<double>(random.below(30)));
    flag.values.push_back(missing() ? std::int8_t{-1} : static_cast<std::int8_t>(random.below(2)));
    for (std::uint64_t word = missing() ? 5 : 0; word < 1 + random.below(4); ++word) {
      text.bytes += words[random.below(words.size())];
      text.bytes += ' ';
    }
    text.offsets.push_back(text.bytes.size());
    date.values.push_back(missing() ? DateColumn::missing
                                    : static_cast<std::int64_t>(random.below(1000)) * 86'400'000'000);
    const bool nowhere = missing();
    point.latitude.push_back(nowhere ? std::numeric_limits<double>::quiet_NaN() : random.uniform() * 100.0 - 50.0);
    point.longitude.push_back(nowhere ? std::numeric_limits<double>::quiet_NaN() : random.uniform() * 360.0 - 180.0);
    const bool no_vector = missing();
    for (std::size_t d = 0; d < embedding.dimensions; ++d) {
      embedding.values.push_back(no_vector ? std::numeric_limits<float>::quiet_NaN()
                                           : static_cast<float>(random.uniform() - 0.4));
    }
  }
  return AttributeTable::from_rows(std::span<const std::int64_t>(ids), {{"type", std::move(category)},
                                                                        {"grapes", std::move(labels)},
                                                                        {"price", std::move(number)},
                                                                        {"stock", std::move(flag)},
                                                                        {"title", std::move(text)},
                                                                        {"since", std::move(date)},
                                                                        {"place", std::move(point)},
                                                                        {"picture", std::move(embedding)}});
}

}  // namespace recocore::test
