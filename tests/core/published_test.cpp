#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/published.hpp>

namespace recocore::test {
namespace {

/// Counts those that live; whole while all its words agree.
struct Version {
  explicit Version(std::uint64_t value, std::atomic<int>& all) : alive(all) {
    words.fill(value);
    ++alive;
  }
  Version(const Version&) = delete;
  Version& operator=(const Version&) = delete;
  ~Version() {
    words.fill(0xDEAD);
    --alive;
  }
  [[nodiscard]] bool whole() const {
    for (const auto word : words) {
      if (word != words.front() || word == 0xDEAD) {
        return false;
      }
    }
    return true;
  }

  std::array<std::uint64_t, 16> words{};
  std::atomic<int>& alive;
};

using Reading = Published<Version>::Reading;

}  // namespace

TEST_CASE("a reader keeps the version there was when it came, and no other") {
  std::atomic<int> alive{0};
  {
    Published<Version> published(std::make_unique<const Version>(1, alive));
    const Reading first(published);
    published.publish(std::make_unique<const Version>(2, alive));
    {
      const Reading second(published);
      CHECK(first->words[0] == 1);
      CHECK(second->words[0] == 2);
      for (std::uint64_t value = 3; value < 10; ++value) {
        published.publish(std::make_unique<const Version>(value, alive));
      }
      CHECK(alive == 3);
      CHECK(published.kept() == 2);
      CHECK(second->words[0] == 2);
    }
    published.collect();
    CHECK(alive == 2);
    CHECK(first->whole());
    CHECK(published.current().words[0] == 9);
  }
  CHECK(alive == 0);
}

TEST_CASE("more readers than slots still read, and versions are freed after") {
  std::atomic<int> alive{0};
  Published<Version> published(std::make_unique<const Version>(0, alive));
  std::deque<Reading> readers;
  for (std::uint64_t value = 1; value <= 300; ++value) {
    readers.emplace_back(published);
    published.publish(std::make_unique<const Version>(value, alive));
  }
  CHECK(alive == 301);
  for (std::uint64_t value = 0; value < 300; ++value) {
    CHECK(readers[value]->words[0] == value);
  }
  while (readers.size() > 10) {
    readers.pop_front();
  }
  published.collect();
  CHECK(alive == 11);
  readers.clear();
  published.collect();
  CHECK(alive == 1);
}

TEST_CASE("threads that read meanwhile see whole versions, none older than one they saw before") {
  std::atomic<int> alive{0};
  Published<Version> published(std::make_unique<const Version>(1, alive));
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int thread = 0; thread < 4; ++thread) {
    readers.emplace_back([&] {
      std::uint64_t last = 0;
      while (!done) {
        const Reading outer(published);
        const Reading inner(published);
        wrong +=
            outer->whole() && inner->whole() && outer->words[0] >= last && inner->words[0] >= outer->words[0] ? 0 : 1;
        last = inner->words[0];
      }
    });
  }
  for (std::uint64_t value = 2; value < 3000; ++value) {
    published.publish(std::make_unique<const Version>(value, alive));
  }
  done = true;
  for (auto& reader : readers) {
    reader.join();
  }
  published.collect();
  CHECK(wrong == 0);
  CHECK(alive == 1);
  CHECK(published.kept() == 0);
}

}  // namespace recocore::test
