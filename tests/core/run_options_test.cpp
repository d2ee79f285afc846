#include <chrono>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>

#include <doctest/doctest.h>

#include <recocore/core/run_options.hpp>
#include <recocore/impl/core/text.hpp>

#include "../support/events.hpp"

using namespace recocore;
using recocore::test::message_of;

TEST_CASE("a stop and a deadline are told apart") {
  std::stop_source source;
  const auto now = std::chrono::steady_clock::now();
  RunOptions options{.stop = source.get_token()};
  CHECK_FALSE(should_stop(options));
  CHECK_NOTHROW(throw_if_stopped(options));
  options.deadline = now + std::chrono::hours(1);
  CHECK_FALSE(should_stop(options));
  CHECK_NOTHROW(throw_if_stopped(options));
  options.deadline = std::chrono::steady_clock::time_point::max();
  CHECK_FALSE(should_stop(options));
  options.deadline = now;
  CHECK(should_stop(options));
  CHECK_THROWS_AS(throw_if_stopped(options), DeadlineExceeded);
  source.request_stop();
  CHECK(should_stop(options));
  CHECK_THROWS_AS(throw_if_stopped(options), Cancelled);
  options.deadline.reset();
  CHECK(should_stop(options));
  CHECK_THROWS_AS(throw_if_stopped(options), Cancelled);
}

TEST_CASE("a limit on memory") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  CHECK_NOTHROW(require_memory(most, {}, "fitting"));
  CHECK_NOTHROW(require_memory(0, {.memory_limit = 1}, "fitting"));
  CHECK_NOTHROW(require_memory(1000, {.memory_limit = 1000}, "fitting"));
  CHECK_THROWS_AS(require_memory(1001, {.memory_limit = 1000}, "fitting"), MemoryLimitExceeded);

  const auto message = [](std::uint64_t bytes, std::uint64_t limit, std::string_view advice) {
    return message_of<MemoryLimitExceeded>(
        [&] { require_memory(bytes, {.memory_limit = limit}, "fitting ItemKnn", advice); });
  };
  CHECK(message(1'530'000'000, 1'000'000'000, "a smaller k needs less") ==
        "fitting ItemKnn needs about 1.53 GB of memory beside its input, above the limit of 1 GB; "
        "a smaller k needs less");
  CHECK(message(1'000'001, 1'000'000, "") ==
        "fitting ItemKnn needs about 1,000,001 bytes of memory beside its input, above the limit of 1,000,000 bytes");
}

TEST_CASE("bytes as text") {
  CHECK(detail::byte_text(0) == "0 bytes");
  CHECK(detail::byte_text(1) == "1 byte");
  CHECK(detail::byte_text(999) == "999 bytes");
  CHECK(detail::byte_text(1000) == "1 kB");
  CHECK(detail::byte_text(1500) == "1.5 kB");
  CHECK(detail::byte_text(12'345) == "12.3 kB");
  CHECK(detail::byte_text(999'400) == "999 kB");
  CHECK(detail::byte_text(999'600) == "1 MB");
  CHECK(detail::byte_text(1'500'000'000) == "1.5 GB");
  CHECK(detail::byte_text(std::numeric_limits<std::uint64_t>::max()) == "18.4 EB");
}
