// What a multiply-add of a fit costs, beside what the machine can do at most. One thread.
//
//   recocore_kernels [--benchmark_filter=...] [--benchmark_format=json]

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <recocore/core/index.hpp>
#include <recocore/core/random.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/stats/find_similar_rows.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace {

using recocore::ItemIx;
using recocore::Random;
using recocore::UserIx;

/// The time of each of `count` steps of an iteration.
[[nodiscard]] benchmark::Counter time_of_each(double count) {
  return {count, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert};
}

// The machine

[[gnu::always_inline]] inline std::uint64_t sum_of(const std::uint64_t* words, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += words[i];
  }
  return sum;
}

[[gnu::always_inline]] inline std::uint64_t common_bits(const std::uint64_t* a, const std::uint64_t* b,
                                                        std::size_t count) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    bits += static_cast<std::uint64_t>(std::popcount(a[i] & b[i]));
  }
  return bits;
}

// A limit is what this machine can do, so these are compiled for what it may have.
struct Machine {
  std::uint64_t (*sum)(const std::uint64_t*, std::size_t);
  std::uint64_t (*common_bits)(const std::uint64_t*, const std::uint64_t*, std::size_t);
};

#define RECOCORE_MACHINE(name, attributes)                                                                            \
  attributes std::uint64_t sum_##name(const std::uint64_t* words, std::size_t count) { return sum_of(words, count); } \
  attributes std::uint64_t bits_##name(const std::uint64_t* a, const std::uint64_t* b, std::size_t count) {           \
    return common_bits(a, b, count);                                                                                  \
  }                                                                                                                   \
  constexpr Machine machine_##name{sum_##name, bits_##name};

RECOCORE_MACHINE(baseline, )
#if defined(__x86_64__)
RECOCORE_MACHINE(popcnt, [[gnu::target("avx2,popcnt")]])
RECOCORE_MACHINE(avx512, [[gnu::target("avx512f,avx512vpopcntdq,popcnt")]])
#endif

[[nodiscard]] Machine this_machine() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vpopcntdq") != 0) {
    return machine_avx512;
  }
  if (__builtin_cpu_supports("avx2") != 0) {
    return machine_popcnt;
  }
#endif
  return machine_baseline;
}

/// Reading one after the other: cache and memory bandwidth.
void machine_read(benchmark::State& state) {
  const auto machine = this_machine();
  const auto bytes = static_cast<std::size_t>(state.range(0));
  const std::vector<std::uint64_t> words(bytes / sizeof(std::uint64_t), 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(machine.sum(words.data(), words.size()));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(machine_read)->ArgName("bytes")->Arg(32 << 10)->Arg(512 << 10)->Arg(8 << 20)->Arg(256 << 20);

/// Intersections of two sets of bits, in bytes of one of them.
void machine_popcount(benchmark::State& state) {
  const auto machine = this_machine();
  const auto words = static_cast<std::size_t>(state.range(0)) / sizeof(std::uint64_t);
  Random random(1);
  std::vector<std::uint64_t> a(words);
  std::vector<std::uint64_t> b(words);
  std::ranges::generate(a, [&] { return random.next(); });
  std::ranges::generate(b, [&] { return random.next(); });
  for (auto _ : state) {
    benchmark::DoNotOptimize(machine.common_bits(a.data(), b.data(), words));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(machine_popcount)->ArgName("bytes")->Arg(1 << 10)->Arg(16 << 10)->Arg(256 << 10);

/// Adding 1 at random places of an array: what counting costs at least when its places have no order.
template <class Count>
void machine_increment(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0)) / sizeof(Count);
  std::vector<Count> counts(size);
  std::vector<std::uint32_t> places(std::size_t{1} << 16U);
  Random random(2);
  std::ranges::generate(places, [&] { return static_cast<std::uint32_t>(random.below(size)); });
  for (auto _ : state) {
    for (const auto place : places) {
      ++counts[place];
    }
    benchmark::ClobberMemory();
  }
  state.counters["per_increment"] = time_of_each(static_cast<double>(places.size()));
}
#define RECOCORE_INCREMENT(type) \
  BENCHMARK_TEMPLATE(machine_increment, type)->ArgName("bytes")->Arg(32 << 10)->Arg(256 << 10)->Arg(4 << 20)
RECOCORE_INCREMENT(std::uint8_t);
RECOCORE_INCREMENT(std::uint16_t);
RECOCORE_INCREMENT(std::uint32_t);
RECOCORE_INCREMENT(std::uint64_t);

// The kernel

struct Data {
  recocore::SparseRows<ItemIx, UserIx> items;
  recocore::SparseRows<UserIx, ItemIx> users;

  /// Every pair of items of a user is one product.
  [[nodiscard]] double multiply_adds() const {
    double sum = 0.0;
    for (std::size_t user = 0; user < users.rows(); ++user) {
      const auto size = static_cast<double>(users.row_size(UserIx(user)));
      sum += size * size;
    }
    return sum;
  }
};

struct Shape {
  std::size_t users;
  std::size_t items;
  double items_per_user;  ///< on average; activity is exponential
  double zipf;
};

[[nodiscard]] Data generate(const Shape& shape, bool weighted) {
  std::vector<double> popularity(shape.items);
  for (std::size_t item = 0; item < shape.items; ++item) {
    popularity[item] = std::pow(static_cast<double>(item + 1), -shape.zipf);
  }
  std::partial_sum(popularity.begin(), popularity.end(), popularity.begin());
  Random random(3);
  // Popular items lie anywhere in the catalogue.
  std::vector<std::uint32_t> number(shape.items);
  std::iota(number.begin(), number.end(), 0U);
  for (std::size_t last = shape.items; last > 1; --last) {
    std::swap(number[last - 1], number[random.below(last)]);
  }
  Data data;
  data.users.columns = shape.items;
  std::vector<std::uint32_t> row;
  for (std::size_t user = 0; user < shape.users; ++user) {
    const double wanted = 1.0 - shape.items_per_user * std::log1p(-random.uniform());
    row.resize(std::min(static_cast<std::size_t>(wanted), shape.items / 4));
    for (auto& item : row) {
      const auto place = std::ranges::upper_bound(popularity, random.uniform() * popularity.back());
      item = number[std::min(static_cast<std::size_t>(place - popularity.begin()), shape.items - 1)];
    }
    std::ranges::sort(row);
    row.erase(std::ranges::unique(row).begin(), row.end());
    for (const auto item : row) {
      data.users.indices.emplace_back(item);
      if (weighted) {
        data.users.values.push_back(static_cast<float>(random.below(10) + 1) * 0.5F);
      }
    }
    data.users.offsets.push_back(data.users.indices.size());
  }
  data.items = transpose(data.users);
  return data;
}

/// A catalogue as dense as films, and a sparse shop.
constexpr Shape films{6'000, 3'000, 150.0, 0.9};
constexpr Shape shop{100'000, 40'000, 10.0, 0.8};

/// Made once.
[[nodiscard]] const Data& data_of(const Shape& shape, bool weighted) {
  static std::map<std::pair<std::size_t, bool>, Data> made;
  auto& data = made[{shape.users, weighted}];
  if (data.users.rows() == 0) {
    data = generate(shape, weighted);
  }
  return data;
}

void fit(benchmark::State& state, const Shape& shape, const recocore::SimilarRowsConfig& config, bool weighted) {
  const auto& data = data_of(shape, weighted);
  for (auto _ : state) {
    auto neighbours = recocore::similar_rows(data.items, data.users, config, {.threads = 1});
    benchmark::DoNotOptimize(&neighbours);
  }
  state.counters["multiply_adds"] = data.multiply_adds();
  state.counters["per_multiply_add"] = time_of_each(data.multiply_adds());
}

/// Binary cosine the way that is asked for, where the library would choose one.
void fit_by(benchmark::State& state, const Shape& shape, const recocore::detail::KernelPlan& plan) {
  const auto& data = data_of(shape, false);
  for (auto _ : state) {
    auto neighbours = recocore::detail::find_similar_rows(data.items, data.users, {}, {.threads = 1},
                                                          std::array{recocore::Direction::from_row}, &plan);
    benchmark::DoNotOptimize(&neighbours);
  }
  state.counters["per_multiply_add"] = time_of_each(data.multiply_adds());
}

void register_paths() {
  constexpr double never = 1e18;
  for (const auto& [shape_name, shape] : {std::pair{"films", films}, std::pair{"shop", shop}}) {
    const std::vector<std::pair<std::string, recocore::detail::KernelPlan>> plans{
        {"lists, 4-byte counts and ids", {.least_counter = 4, .scan_from_any = never}},
        {"lists", {.narrow_ids = true, .scan_from_any = never}},
        {"scan, 4-byte counts", {.narrow_ids = true, .least_counter = 4}},
        {"scan, 2-byte counts", {.narrow_ids = true, .least_counter = 2}},
        {"scan", {.narrow_ids = true}},
        {"scan, bit sets for 1024 rows", {.narrow_ids = true, .head = 1024}},
        {"bit sets for all rows", {.narrow_ids = true, .head = shape.items}},
    };
    for (const auto& [name, plan] : plans) {
      if (plan.head == shop.items) {
        continue;  // 100,000 x 40,000 bits, squared
      }
      benchmark::RegisterBenchmark(
          ("path/" + std::string(shape_name) + "/" + name).c_str(),
          [shape = shape, plan = plan](benchmark::State& state) { fit_by(state, shape, plan); })
          ->Unit(benchmark::kMillisecond);
    }
  }
}

void register_fits() {
  struct Kind {
    std::string name;
    recocore::SimilarRowsConfig config;
    bool weighted = false;
  };
  const std::vector<Kind> kinds{
      {"cosine", {}},
      {"jaccard", {.similarity = {.similarity = recocore::Similarity::jaccard}}},
      {"tf_idf", {.weighting = {.weighting = recocore::Weighting::tf_idf}}},
      {"weights", {}, true},
  };
  for (const auto& [shape_name, shape] : {std::pair{"films", films}, std::pair{"shop", shop}}) {
    for (const auto& kind : kinds) {
      benchmark::RegisterBenchmark(
          ("fit/" + std::string(shape_name) + "/" + kind.name).c_str(),
          [shape = shape, kind](benchmark::State& state) { fit(state, shape, kind.config, kind.weighted); })
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  register_fits();
  register_paths();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
