#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>

using namespace recocore;

TEST_CASE("every number is covered once, in blocks no larger than the grain") {
  for (const unsigned threads : {0U, 1U, 2U, 7U}) {
    for (const std::size_t count : {0U, 1U, 9U, 10U, 11U, 1000U}) {
      CAPTURE(threads);
      CAPTURE(count);
      std::vector<std::atomic<int>> seen(count);
      std::atomic<bool> blocks_fit = true;
      parallel_for(count, 10, {.threads = threads}, "test", [&](std::size_t begin, std::size_t end, unsigned) {
        blocks_fit = blocks_fit && begin < end && end - begin <= 10;
        for (auto number = begin; number < end; ++number) {
          ++seen[number];
        }
      });
      CHECK(blocks_fit);
      CHECK(std::all_of(seen.begin(), seen.end(), [](const auto& times) { return times == 1; }));
    }
  }
}

TEST_CASE("a slot is used by one call at a time") {
  const RunOptions options{.threads = 4};
  const auto slots = parallel_slots(options);
  REQUIRE(slots == 4);
  std::vector<std::atomic<int>> inside(slots);
  std::atomic<bool> alone = true;
  parallel_for(2000, 1, options, "test", [&](std::size_t, std::size_t, unsigned slot) {
    alone = alone && slot < slots && ++inside[slot] == 1;
    --inside[slot];
  });
  CHECK(alone);
}

TEST_CASE("an exception of the body comes out") {
  for (const unsigned threads : {1U, 3U}) {
    CHECK_THROWS_WITH_AS(parallel_for(100, 1, {.threads = threads}, "test",
                                      [](std::size_t begin, std::size_t, unsigned) {
                                        if (begin == 50) {
                                          throw std::runtime_error("from the body");
                                        }
                                      }),
                         "from the body", std::runtime_error);
  }
}

TEST_CASE("a stopped loop throws and ends early") {
  for (const unsigned threads : {1U, 3U}) {
    std::stop_source source;
    std::atomic<std::size_t> done = 0;
    CHECK_THROWS_AS(parallel_for(100'000, 1, {.threads = threads, .stop = source.get_token()}, "test",
                                 [&](std::size_t, std::size_t, unsigned) {
                                   ++done;
                                   source.request_stop();
                                 }),
                    Cancelled);
    CHECK(done < 100'000);
  }
}

TEST_CASE("progress ascends and ends with everything") {
  for (const unsigned threads : {1U, 3U}) {
    std::vector<std::uint64_t> reports;
    RunOptions options{.threads = threads};
    options.progress = [&reports](std::string_view stage, std::uint64_t done, std::uint64_t total) {
      CHECK(stage == "test");
      CHECK(total == 5000);
      reports.push_back(done);
    };
    parallel_for(5000, 3, options, "test", [](std::size_t, std::size_t, unsigned) {});
    REQUIRE_FALSE(reports.empty());
    CHECK(std::is_sorted(reports.begin(), reports.end()));
    CHECK(reports.back() == 5000);
    CHECK(reports.size() <= 300);
  }
}
