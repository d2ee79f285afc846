#include <limits>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>
#include <recocore/core/time.hpp>

using namespace recocore;

TEST_CASE("ISO 8601 times are read") {
  const std::pair<std::string_view, std::int64_t> known[] = {
      {"1970-01-01", 0},
      {"1970-01-01T00:00:01Z", 1'000'000},
      {"1969-12-31 23:59:59", -1'000'000},
      {"2021-12-31", 1'640'908'800'000'000},
      {"2021-12-31 23:59", 1'640'995'140'000'000},
      {"2021-12-31T23:59:58", 1'640'995'198'000'000},
      {"2021-12-31T23:59:58.5", 1'640'995'198'500'000},
      {"2021-12-31t23:59:58,000001z", 1'640'995'198'000'001},
      {"2021-12-31T23:59:58.123456789Z", 1'640'995'198'123'456},
      {"2022-01-01T01:59:58+02:00", 1'640'995'198'000'000},
      {"2022-01-01T01:59:58+0200", 1'640'995'198'000'000},
      {"2021-12-31T18:29-05:30", 1'640'995'140'000'000},
      {"2021-12-31T23:59+00", 1'640'995'140'000'000},
      {"2000-02-29", 951'782'400'000'000},
      {"0000-01-01", -62'167'219'200'000'000},
      {"9999-12-31T23:59:59.999999Z", 253'402'300'799'999'999},
  };
  for (const auto& [text, microseconds] : known) {
    CAPTURE(text);
    CHECK(parse_time(text) == microseconds);
  }
}

TEST_CASE("what is no time is not read") {
  for (const std::string_view text : {"",
                                      "2021",
                                      "2021-1-01",
                                      "2021-13-01",
                                      "2021-00-01",
                                      "2021-02-29",
                                      "1900-02-29",
                                      "2021-12-32",
                                      "2021-12-31T",
                                      "2021-12-31T23",
                                      "2021-12-31T24:00",
                                      "2021-12-31T23:60",
                                      "2021-12-31T23:59:60",
                                      "2021-12-31T23:59:5",
                                      "2021-12-31T23:59:58.",
                                      "2021-12-31T23:59:58X",
                                      "2021-12-31T23:59:58+2",
                                      "2021-12-31T23:59+02:",
                                      "2021-12-31T23:59+02:60",
                                      "2021-12-31T23:59+24",
                                      "2021-12-31Z",
                                      "2021-12-31 ",
                                      " 2021-12-31",
                                      "+021-12-31",
                                      "2021-+1-31",
                                      "2021/12/31",
                                      "31.12.2021",
                                      "1640995198",
                                      "2021-12-31T23:59:58ZZ"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text));
  }
}

TEST_CASE("times are written") {
  CHECK(format_time(0) == "1970-01-01T00:00:00Z");
  CHECK(format_time(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(format_time(1'640'995'198'500'000) == "2021-12-31T23:59:58.5Z");
  CHECK(format_time(1'640'995'198'000'010) == "2021-12-31T23:59:58.00001Z");
  CHECK(format_time(-62'167'219'200'000'001) == "-0001-12-31T23:59:59.999999Z");
}

TEST_CASE("the ends of the 64-bit range are written") {
  CHECK(format_time(std::numeric_limits<std::int64_t>::max()) == "294247-01-10T04:00:54.775807Z");
  CHECK(format_time(std::numeric_limits<std::int64_t>::min()) == "-290308-12-21T19:59:05.224192Z");
}

TEST_CASE("what is written reads back") {
  Random random(1);
  const auto first = *parse_time("0000-01-01");
  const auto span = static_cast<std::uint64_t>(*parse_time("9999-12-31T23:59:59.999999") - first) + 1;
  for (int round = 0; round < 10'000; ++round) {
    const auto time = first + static_cast<std::int64_t>(random.below(span));
    CAPTURE(format_time(time));
    REQUIRE(parse_time(format_time(time)) == time);
  }
}
