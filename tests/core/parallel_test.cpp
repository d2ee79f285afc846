#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <thread>
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

TEST_CASE("blocks are begun in ascending order, by whichever thread is free") {
  for (const unsigned threads : {1U, 2U, 7U}) {
    CAPTURE(threads);
    const RunOptions options{.threads = threads};
    std::vector<std::vector<std::size_t>> begun(parallel_slots(options));
    std::atomic<bool> blocks_are_full = true;
    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> largest_lead = 0;
    parallel_for(3000, 3, options, "test", [&](std::size_t begin, std::size_t end, unsigned slot) {
      blocks_are_full = blocks_are_full && end == begin + 3;
      begun[slot].push_back(begin);
      // How many of the blocks before this one have not begun: at most one for each of the other threads.
      const auto before = next.fetch_add(1);
      const auto lead = begin / 3 > before ? begin / 3 - before : 0;
      auto seen = largest_lead.load();
      while (seen < lead && !largest_lead.compare_exchange_weak(seen, lead)) {
      }
    });
    CHECK(blocks_are_full);
    std::size_t blocks = 0;
    for (const auto& mine : begun) {
      CHECK(std::is_sorted(mine.begin(), mine.end()));
      blocks += mine.size();
    }
    CHECK(blocks == 1000);
    CHECK(largest_lead < threads);
  }
}

TEST_CASE("a thread that is held up leaves the blocks to the others") {
  std::vector<std::atomic<int>> seen(1000);
  std::atomic<std::size_t> done = 0;
  std::atomic<bool> others_did_the_rest = false;
  parallel_for(seen.size(), 1, {.threads = 2}, "test", [&](std::size_t begin, std::size_t, unsigned) {
    if (begin == 0) {
      for (int patience = 10'000'000; patience > 0 && !others_did_the_rest; --patience) {
        others_did_the_rest = done == seen.size() - 1;
        std::this_thread::yield();
      }
    }
    ++seen[begin];
    ++done;
  });
  CHECK(others_did_the_rest);
  CHECK(std::all_of(seen.begin(), seen.end(), [](const auto& times) { return times == 1; }));
}

TEST_CASE("a loop in a loop") {
  for (const unsigned threads : {1U, 2U, 7U}) {
    CAPTURE(threads);
    const RunOptions options{.threads = threads};
    std::vector<std::atomic<int>> seen(40 * 40);
    std::vector<std::atomic<int>> inside(parallel_slots(options));
    std::atomic<bool> alone = true;
    parallel_for(40, 1, options, "outer", [&](std::size_t outer, std::size_t, unsigned slot) {
      alone = alone && ++inside[slot] == 1;
      parallel_for(40, 1, options, "inner",
                   [&](std::size_t inner, std::size_t, unsigned) { ++seen[outer * 40 + inner]; });
      --inside[slot];
    });
    CHECK(alone);
    CHECK(std::all_of(seen.begin(), seen.end(), [](const auto& times) { return times == 1; }));
  }
}

// More blocks than anybody lives to see: these loops end only because they are ended.
constexpr std::size_t endless = std::size_t{1} << 50U;

TEST_CASE("an exception of the body comes out and ends the loop") {
  for (const unsigned threads : {1U, 2U, 7U}) {
    CAPTURE(threads);
    CHECK_THROWS_WITH_AS(parallel_for(endless, 1, {.threads = threads}, "test",
                                      [](std::size_t begin, std::size_t, unsigned) {
                                        if (begin == 50) {
                                          throw std::runtime_error("from the body");
                                        }
                                      }),
                         "from the body", std::runtime_error);
  }
}

TEST_CASE("a stopped loop throws and ends") {
  for (const unsigned threads : {1U, 2U, 7U}) {
    CAPTURE(threads);
    std::stop_source source;
    CHECK_THROWS_AS(parallel_for(endless, 1, {.threads = threads, .stop = source.get_token()}, "test",
                                 [&](std::size_t, std::size_t, unsigned) { source.request_stop(); }),
                    Cancelled);
  }
}

TEST_CASE("a deadline that is past ends a loop before its first block, one that is far off never does") {
  const auto now = std::chrono::steady_clock::now();
  for (const unsigned threads : {1U, 2U, 7U}) {
    CAPTURE(threads);
    std::atomic<std::size_t> done = 0;
    const auto count = [&](std::size_t, std::size_t, unsigned) { ++done; };
    CHECK_THROWS_AS(parallel_for(1000, 1, {.threads = threads, .deadline = now}, "test", count), DeadlineExceeded);
    CHECK(done == 0);
    CHECK_THROWS_AS(parallel_for(0, 1, {.threads = threads, .deadline = now}, "test", count), DeadlineExceeded);
    CHECK_NOTHROW(parallel_for(1000, 1, {.threads = threads, .deadline = now + std::chrono::hours(1)}, "test", count));
    CHECK(done == 1000);
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
