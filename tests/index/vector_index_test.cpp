#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/index/vector_index.hpp>

namespace rc = recocore;
using rc::BitSet;
using rc::ScoredVector;
using rc::VectorIndex;
using rc::VectorIndexConfig;
using rc::VectorLabel;
using rc::VectorMetric;

namespace {

constexpr std::array metrics{VectorMetric::inner_product, VectorMetric::cosine, VectorMetric::l2};

/// Around a few centres, so that there is something to be near to.
std::vector<float> random_vectors(std::size_t count, std::size_t dimensions, std::uint64_t seed) {
  rc::Random random(seed);
  std::vector<float> centres(8 * dimensions);
  for (auto& value : centres) {
    value = static_cast<float>(random.uniform() - 0.5);
  }
  std::vector<float> vectors(count * dimensions);
  for (std::size_t row = 0; row < count; ++row) {
    const std::size_t centre = random.below(8);
    for (std::size_t d = 0; d < dimensions; ++d) {
      vectors[row * dimensions + d] = centres[centre * dimensions + d] + static_cast<float>(random.uniform() - 0.5);
    }
  }
  return vectors;
}

std::span<const float> row_of(const std::vector<float>& vectors, std::size_t row, std::size_t dimensions) {
  return std::span(vectors).subspan(row * dimensions, dimensions);
}

/// In double.
double naive_score(std::span<const float> query, std::span<const float> vector, VectorMetric metric) {
  double dot = 0.0;
  double query_square = 0.0;
  double square = 0.0;
  double distance = 0.0;
  for (std::size_t d = 0; d < query.size(); ++d) {
    const auto q = static_cast<double>(query[d]);
    const auto v = static_cast<double>(vector[d]);
    dot += q * v;
    query_square += q * q;
    square += v * v;
    distance += (q - v) * (q - v);
  }
  switch (metric) {
    case VectorMetric::inner_product:
      return dot;
    case VectorMetric::cosine:
      return dot / std::sqrt(query_square * square);
    case VectorMetric::l2:
      return -distance;
  }
  return 0.0;
}

using Twin = std::map<std::uint32_t, std::vector<float>>;

std::vector<std::pair<double, std::uint32_t>> naive_search(const Twin& twin, std::span<const float> query,
                                                           VectorMetric metric, const BitSet* allowed) {
  std::vector<std::pair<double, std::uint32_t>> all;
  for (const auto& [label, vector] : twin) {
    if (allowed == nullptr || (label < allowed->size() && (*allowed)[label])) {
      all.emplace_back(-naive_score(query, vector, metric), label);
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<ScoredVector> search(const VectorIndex& index, std::span<const float> query, std::size_t k,
                                 const BitSet* allowed = nullptr) {
  rc::VectorScratch scratch;
  std::vector<ScoredVector> found;
  index.search(query, k, scratch, found, allowed);
  return found;
}

/// The list is right but for what rounding to float cannot tell apart.
void check_exact(const std::vector<ScoredVector>& found, const Twin& twin, std::span<const float> query, std::size_t k,
                 VectorMetric metric, const BitSet* allowed) {
  const auto expected = naive_search(twin, query, metric, allowed);
  REQUIRE(found.size() == std::min(k, expected.size()));
  CHECK(std::is_sorted(found.begin(), found.end(), rc::ranks_before<VectorLabel>));
  for (std::size_t place = 0; place < found.size(); ++place) {
    const auto label = found[place].index.value;
    REQUIRE(twin.contains(label));
    CHECK((allowed == nullptr || (label < allowed->size() && (*allowed)[label])));
    const double score = static_cast<double>(found[place].score);
    CHECK(score == doctest::Approx(naive_score(query, twin.at(label), metric)).epsilon(1e-5));
    CHECK(score == doctest::Approx(-expected[place].first).epsilon(1e-5));
  }
}

BitSet random_set(std::size_t size, double share, rc::Random& random) {
  BitSet set(size);
  for (std::size_t position = 0; position < size; ++position) {
    set.set(position, random.uniform() < share);
  }
  return set;
}

std::vector<VectorLabel> labels_from(std::uint32_t first, std::size_t count) {
  std::vector<VectorLabel> labels;
  for (std::size_t row = 0; row < count; ++row) {
    labels.emplace_back(first + static_cast<std::uint32_t>(row));
  }
  return labels;
}

std::string message_of(const auto& work) {
  try {
    work();
  } catch (const rc::Error& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("exact search finds what a naive one finds, whatever the sizes") {
  rc::Random random(1);
  for (const auto metric : metrics) {
    for (const std::size_t dimensions : {1U, 2U, 7U, 16U, 33U, 64U}) {
      for (const std::size_t count : {1U, 63U, 64U, 65U, 500U}) {
        const auto vectors = random_vectors(count, dimensions, 10 * dimensions + count);
        Twin twin;
        for (std::size_t row = 0; row < count; ++row) {
          const auto vector = row_of(vectors, row, dimensions);
          twin[static_cast<std::uint32_t>(row)] = {vector.begin(), vector.end()};
        }
        const auto index =
            VectorIndex::build({.metric = metric, .dimensions = static_cast<std::uint32_t>(dimensions)}, vectors);
        CHECK(index.size() == count);
        const auto queries = random_vectors(9, dimensions, 77);
        const auto some = random_set(count, 0.3, random);
        for (const std::size_t k : {std::size_t{1}, std::size_t{10}, count, count + 5}) {
          for (const BitSet* allowed : {static_cast<const BitSet*>(nullptr), &some}) {
            const auto lists = index.search_all(queries, k, allowed, {.threads = 1});
            REQUIRE(lists.size() == 9);
            for (std::size_t q = 0; q < 9; ++q) {
              const auto query = row_of(queries, q, dimensions);
              const auto found = search(index, query, k, allowed);
              check_exact(found, twin, query, k, metric, allowed);
              CHECK(std::equal(found.begin(), found.end(), lists[q].begin(), lists[q].end()));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("a score is the sum over the dimensions in their order, to the bit") {
  const std::size_t dimensions = 37;
  const auto vectors = random_vectors(100, dimensions, 3);
  const auto query = random_vectors(1, dimensions, 4);
  const auto dot = VectorIndex::build({.metric = VectorMetric::inner_product, .dimensions = 37}, vectors);
  const auto l2 = VectorIndex::build({.metric = VectorMetric::l2, .dimensions = 37}, vectors);
  for (const auto& [label, score] : search(dot, query, 100)) {
    float sum = 0.0F;
    for (std::size_t d = 0; d < dimensions; ++d) {
      sum += query[d] * vectors[label.value * dimensions + d];
    }
    CHECK(score == sum);
  }
  for (const auto& [label, score] : search(l2, query, 100)) {
    float sum = 0.0F;
    for (std::size_t d = 0; d < dimensions; ++d) {
      const float difference = query[d] - vectors[label.value * dimensions + d];
      sum += difference * difference;
    }
    CHECK(score == -sum);
  }
}

TEST_CASE("ties are in the order of the labels, whatever the order they came in") {
  std::vector<float> vectors;
  std::vector<VectorLabel> labels;
  for (std::uint32_t label = 300; label-- > 0;) {
    vectors.insert(vectors.end(), {1.0F, label % 2 == 0 ? 1.0F : -1.0F});
    labels.emplace_back(label);
  }
  VectorIndex index({.metric = VectorMetric::inner_product, .dimensions = 2});
  index.add(vectors, labels);
  const auto found = search(index, std::vector<float>{0.0F, 2.0F}, 200);
  REQUIRE(found.size() == 200);
  for (std::size_t place = 0; place < 150; ++place) {
    CHECK(found[place] == ScoredVector{VectorLabel(2 * place), 2.0F});
  }
  CHECK(found[150] == ScoredVector{VectorLabel(1U), -2.0F});
  const auto zero = search(index, std::vector<float>{0.0F, 0.0F}, 300);
  for (std::size_t place = 0; place < 300; ++place) {
    CHECK(zero[place] == ScoredVector{VectorLabel(place), 0.0F});
  }
}

TEST_CASE("any program of additions and removals leaves what a twin holds") {
  std::vector<std::string> factories{"exact"};
  if (rc::has_faiss()) {
    factories.insert(factories.end(), {"Flat", "HNSW16", "IVF4,Flat", "SQfp16", "RR12,Flat"});
  }
  const std::size_t dimensions = 12;
  for (const auto& factory : factories) {
    CAPTURE(factory);
    const auto metric = VectorMetric::cosine;
    rc::Random random(5);
    const auto pool = random_vectors(3000, dimensions, 6);
    VectorIndex index({.factory = factory, .metric = metric, .dimensions = 12, .ef_search = 500, .n_probe = 4});
    Twin twin;
    std::uint32_t next = 0;
    for (std::size_t step = 0; step < 60; ++step) {
      if (random.uniform() < 0.6 || step == 0) {
        std::vector<VectorLabel> labels;
        std::vector<float> vectors;
        for (std::size_t many = step == 0 ? 100 : random.below(40); many > 0; --many, ++next) {
          const auto vector = row_of(pool, next, dimensions);
          vectors.insert(vectors.end(), vector.begin(), vector.end());
          // Labels come in no order, and come again once they were removed.
          auto label = static_cast<std::uint32_t>(random.below(2000));
          while (twin.contains(label)) {
            ++label;
          }
          labels.emplace_back(label);
          twin[label] = {vector.begin(), vector.end()};
        }
        index.add(vectors, labels);
      } else {
        std::vector<VectorLabel> labels{VectorLabel(5000U)};
        const double share = random.uniform();
        for (const auto& [label, vector] : twin) {
          if (random.uniform() < share) {
            labels.emplace_back(label);
          }
        }
        CHECK(index.remove(labels) == labels.size() - 1);
        for (const auto label : labels) {
          twin.erase(label.value);
        }
      }
      REQUIRE(index.size() == twin.size());
      for (const auto& [label, vector] : twin) {
        REQUIRE(index.contains(VectorLabel(label)));
      }
      const auto allowed = random_set(2100, 0.4, random);
      const auto query = row_of(pool, random.below(3000), dimensions);
      for (const BitSet* filter : {static_cast<const BitSet*>(nullptr), &allowed}) {
        const auto found = search(index, query, 10, filter);
        if (factory == "SQfp16") {
          REQUIRE(found.size() == std::min<std::size_t>(10, naive_search(twin, query, metric, filter).size()));
          for (const auto& [label, score] : found) {
            REQUIRE(twin.contains(label.value));
            CHECK(static_cast<double>(score) ==
                  doctest::Approx(naive_score(query, twin[label.value], metric)).epsilon(0.05));
          }
        } else {
          check_exact(found, twin, query, 10, metric, filter);
        }
      }
      if (index.keeps_vectors()) {
        const auto kept = index.vectors();
        REQUIRE(kept.labels.size() == twin.size());
        if (factory == "exact" || factory == "Flat") {
          const auto restored = VectorIndex::restore(index.config(), kept);
          CHECK(search(restored, query, 10) == search(index, query, 10));
        }
      }
      if (step % 20 == 19) {
        auto copy = index.clone();
        const auto before = search(index, query, 10);
        CHECK(search(copy, query, 10) == before);
        copy.remove(labels_from(0, 2100));
        CHECK(copy.size() == 0);
        CHECK(search(copy, query, 10).empty());
        CHECK(search(index, query, 10) == before);
      }
    }
  }
}

TEST_CASE("results do not depend on the number of threads") {
  std::vector<std::string> factories{"exact"};
  if (rc::has_faiss()) {
    factories.insert(factories.end(), {"Flat", "HNSW16", "IVF16,Flat", "IVF16,PQ4", "PQ4"});
  }
  const auto vectors = random_vectors(2000, 16, 8);
  const auto queries = random_vectors(300, 16, 9);
  rc::Random random(10);
  const auto some = random_set(2000, 0.2, random);
  for (const auto& factory : factories) {
    CAPTURE(factory);
    const VectorIndexConfig config{.factory = factory, .dimensions = 16};
    const auto one = VectorIndex::build(config, vectors, {.threads = 1});
    const auto two = VectorIndex::build(config, vectors, {.threads = 2});
    for (const BitSet* allowed : {static_cast<const BitSet*>(nullptr), &some}) {
      const auto lists = one.search_all(queries, 10, allowed, {.threads = 1});
      CHECK(lists.entries.size() == 3000);
      CHECK(lists == one.search_all(queries, 10, allowed, {.threads = 3}));
      CHECK(lists == two.search_all(queries, 10, allowed, {.threads = 2}));
      for (std::size_t q = 0; q < 300; q += 37) {
        const auto found = search(one, row_of(queries, q, 16), 10, allowed);
        CHECK(std::equal(found.begin(), found.end(), lists[q].begin(), lists[q].end()));
      }
    }
  }
}

TEST_CASE("searches may run at the same time") {
  const auto vectors = random_vectors(1500, 8, 11);
  const auto queries = random_vectors(64, 8, 12);
  for (const std::string factory : {"exact", "HNSW8"}) {
    if (factory != "exact" && !rc::has_faiss()) {
      continue;
    }
    const auto index = VectorIndex::build({.factory = factory, .dimensions = 8}, vectors, {.threads = 1});
    const auto expected = index.search_all(queries, 5, nullptr, {.threads = 1});
    std::vector<std::thread> threads;
    std::vector<int> right(4, 0);
    for (std::size_t t = 0; t < right.size(); ++t) {
      threads.emplace_back([&, t] {
        rc::VectorScratch scratch;
        std::vector<ScoredVector> found;
        for (std::size_t q = 0; q < 64; ++q) {
          index.search(row_of(queries, q, 8), 5, scratch, found);
          right[t] += std::equal(found.begin(), found.end(), expected[q].begin(), expected[q].end()) ? 1 : 0;
        }
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    CHECK(right == std::vector<int>(4, 64));
  }
}

TEST_CASE("indexes of Faiss find most of the nearest, and as many as are allowed") {
  if (!rc::has_faiss()) {
    return;
  }
  const std::size_t dimensions = 16;
  const auto vectors = random_vectors(3000, dimensions, 13);
  const auto queries = random_vectors(50, dimensions, 14);
  rc::Random random(15);
  struct Case {
    std::string factory;
    double recall;
  };
  for (const auto& [factory, recall] :
       {Case{"Flat", 1.0}, Case{"HNSW32", 0.8}, Case{"IVF16,Flat", 0.8}, Case{"IVF16,SQ8", 0.8}, Case{"IVF16,PQ8", 0.4},
        Case{"PQ8", 0.4}, Case{"SQ8", 0.8}, Case{"OPQ2,IVF4,PQ2x4", 0.05}, Case{"PCA12,Flat", 0.4},
        Case{"IVF16,PQ4x4fs", 0.05}, Case{"PQ8,RFlat", 0.4}}) {
    for (const auto metric : {VectorMetric::cosine, VectorMetric::l2}) {
      CAPTURE(factory);
      CAPTURE(rc::to_string(metric));
      const auto exact = VectorIndex::build({.metric = metric, .dimensions = 16}, vectors);
      const auto index =
          VectorIndex::build({.factory = factory, .metric = metric, .dimensions = 16, .n_probe = 8}, vectors);
      for (const double share : {1.0, 0.5, 0.02, 0.001}) {
        const auto allowed = random_set(3000, share, random);
        const auto filter = share < 1.0 ? &allowed : nullptr;
        const auto expected = exact.search_all(queries, 10, filter);
        const auto found = index.search_all(queries, 10, filter);
        std::size_t hits = 0;
        for (std::size_t q = 0; q < 50; ++q) {
          // Nothing makes Faiss look through more lists of such codes than it was told to.
          const bool all = factory != "IVF16,PQ4x4fs";
          CHECK((all ? found[q].size() == expected[q].size() : found[q].size() <= expected[q].size()));
          for (const auto& entry : found[q]) {
            CHECK((filter == nullptr || allowed[entry.index.value]));
            hits += std::any_of(expected[q].begin(), expected[q].end(),
                                [&](const auto& other) { return other.index == entry.index; })
                        ? 1U
                        : 0U;
          }
        }
        CHECK(static_cast<double>(hits) >= recall * static_cast<double>(expected.entries.size()));
      }
    }
  }
}

TEST_CASE("what cannot be used is named") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  VectorIndex index({.dimensions = 2});
  const auto add = [&](const std::vector<float>& vectors, std::uint32_t first = 0) {
    return message_of([&] { index.add(vectors, labels_from(first, vectors.size() / 2)); });
  };
  CHECK(contains(add({1, 2, 3, nan}), "row 1: the vector has nan in dimension 1"));
  CHECK(contains(add({1, 2, std::numeric_limits<float>::infinity(), 3}), "row 1: the vector has inf in dimension 0"));
  CHECK(contains(add({1, 2, 0, 0}), "row 1: the vector is zero"));
  CHECK(contains(add({1e30F, 2}), "more than 1e18"));
  CHECK(index.size() == 0);
  CHECK(add({1, 2, 3, 4}).empty());
  CHECK(contains(add({5, 6, 7, 8}, 1), "row 0: there is a vector with the label 1 already"));
  CHECK_THROWS_AS(index.add(std::vector<float>(6, 1.0F), labels_from(7, 2)), rc::InvalidParameter);
  CHECK_THROWS_AS(index.add(std::vector<float>(4, 1.0F), std::vector{VectorLabel(9U), VectorLabel(9U)}),
                  rc::InvalidData);
  CHECK_THROWS_AS(index.add(std::vector<float>(2, 1.0F), labels_from(0x7FFF'FFFF, 1)), rc::CapacityExceeded);
  CHECK_THROWS_AS(index.add(std::vector<float>(2, 1.0F), labels_from(7, 1), {.memory_limit = 1}),
                  rc::MemoryLimitExceeded);
  CHECK(index.size() == 2);

  CHECK_THROWS_AS(search(index, std::vector<float>{1, 2, 3}, 1), rc::InvalidParameter);
  CHECK_THROWS_AS(search(index, std::vector<float>{0, 0}, 1), rc::InvalidData);
  CHECK_THROWS_AS(search(index, std::vector<float>{nan, 0}, 1), rc::InvalidData);
  CHECK(contains(message_of([&] { static_cast<void>(index.search_all(std::vector<float>{1, 1, 0, 0}, 1)); }), "row 1"));
  CHECK(search(index, std::vector<float>{1, 2}, 0).empty());

  CHECK_THROWS_AS(VectorIndex({.dimensions = 0}), rc::InvalidParameter);
  CHECK_THROWS_AS(VectorIndex({.factory = "", .dimensions = 2}), rc::InvalidParameter);
  CHECK_THROWS_AS(VectorIndex({.dimensions = 2, .ef_search = 0}), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::parse_vector_metric("euclid")), rc::InvalidParameter);
}

TEST_CASE("a score cannot overflow, and a cosine is at most 1") {
  const std::vector<float> large{9e17F, 1.0F, -9e17F, 1.0F};
  for (const auto metric : metrics) {
    const auto index = VectorIndex::build({.metric = metric, .dimensions = 2}, large);
    for (const auto& entry : search(index, std::vector<float>{9e17F, 0.0F}, 2)) {
      CHECK(std::isfinite(entry.score));
    }
  }
  const auto vectors = random_vectors(500, 40, 16);
  const auto index = VectorIndex::build({.dimensions = 40}, vectors);
  for (std::size_t row = 0; row < 500; ++row) {
    const auto found = search(index, row_of(vectors, row, 40), 500);
    CHECK(found.front().score <= 1.0F);
    CHECK(found.back().score >= -1.0F);
  }
}

TEST_CASE("Faiss's complaints are ours") {
  if (!rc::has_faiss()) {
    CHECK(contains(message_of([] { VectorIndex({.factory = "Flat", .dimensions = 2}); }),
                   "this build of recocore has no Faiss"));
    return;
  }
  for (const std::string factory : {"Flatt", "IVF,Flat", "PQ7", "IDMap,Flat", "Flat,IDMap2", "exact ", "LSH"}) {
    CAPTURE(factory);
    CHECK_THROWS_AS(VectorIndex({.factory = factory, .dimensions = 16}), rc::InvalidParameter);
  }
  const auto vectors = random_vectors(200, 16, 17);
  VectorIndex index({.factory = "IVF256,Flat", .dimensions = 16});
  const auto message = message_of([&] { index.add(vectors, labels_from(0, 200)); });
  CHECK(contains(message, "at least 256"));
  CHECK(contains(message, "got 200"));
  CHECK(index.size() == 0);
  const auto more = random_vectors(300, 16, 18);
  index.add(more, labels_from(0, 300));
  CHECK(index.size() == 300);
  CHECK(contains(
      message_of([&] { static_cast<void>(VectorIndex::build({.factory = "PQ8", .dimensions = 16}, vectors)); }),
      "at least 256"));
  const auto codes = VectorIndex::build({.factory = "PQ8", .dimensions = 16}, more);
  CHECK_FALSE(codes.keeps_vectors());
  CHECK_THROWS_AS(static_cast<void>(codes.vectors()), rc::InvalidParameter);
}

TEST_CASE("a stop leaves the index as it was") {
  std::vector<std::string> factories{"exact"};
  if (rc::has_faiss()) {
    factories.insert(factories.end(), {"HNSW8", "IVF4,Flat"});
  }
  const auto vectors = random_vectors(2000, 8, 19);
  for (const auto& factory : factories) {
    CAPTURE(factory);
    auto index = VectorIndex::build({.factory = factory, .dimensions = 8}, std::span(vectors).first(400));
    const auto query = row_of(vectors, 1999, 8);
    const auto before = search(index, query, 20);
    std::stop_source source;
    rc::RunOptions options{.threads = 1, .stop = source.get_token()};
    // Faiss's are stopped half way.
    options.progress = [&source](std::string_view, std::uint64_t, std::uint64_t) { source.request_stop(); };
    if (factory == "exact") {
      source.request_stop();
    }
    CHECK_THROWS_AS(index.add(std::span(vectors).subspan(400), labels_from(50, 1950), options), rc::Cancelled);
    CHECK(index.size() == 50);
    CHECK(search(index, query, 20) == before);
    CHECK_THROWS_AS(static_cast<void>(index.search_all(vectors, 5, nullptr, options)), rc::Cancelled);
    index.add(std::span(vectors).subspan(400), labels_from(50, 1950));
    CHECK(index.size() == 2000);
    CHECK(search(index, query, 1).front().index == VectorLabel(1999U));
  }
}

TEST_CASE("memory is what the vectors take") {
  const auto vectors = random_vectors(6400, 32, 20);
  auto index = VectorIndex::build({.dimensions = 32}, vectors);
  CHECK(index.memory() >= 6400 * 32 * 4);
  CHECK(index.memory() <= 6400 * 32 * 5);
  index.remove(labels_from(0, 6000));
  CHECK(index.memory() <= 6400 * 32 * 2);
}
