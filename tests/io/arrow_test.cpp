#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/io/arrow.hpp>
#include <recocore/io/arrow_export.hpp>

namespace {

using recocore::ArrowExportColumn;
using recocore::EventLog;
using recocore::IdView;
using recocore::InvalidData;

ArrowArrayStream stream_of(std::vector<ArrowExportColumn> columns) {
  ArrowArrayStream stream{};
  recocore::export_table(std::move(columns), stream);
  return stream;
}

std::vector<ArrowExportColumn> three_events() {
  std::vector<ArrowExportColumn> columns;
  columns.push_back(recocore::export_values("user_id", "s", std::vector<std::int16_t>{7, -3, 7}));
  columns.push_back(recocore::export_texts("item_id", {"tea", "", "a pot of more than twelve bytes"}));
  columns.push_back(recocore::export_values("stars", "f", std::vector<float>{1.0F, 2.5F, 3.0F}));
  columns.push_back(recocore::export_values("when", "tsm:", std::vector<std::int64_t>{1, 2, -3}));
  return columns;
}

}  // namespace

TEST_SUITE("io/arrow") {
  TEST_CASE("what is exported is read back") {
    auto stream = stream_of(three_events());
    const auto log = recocore::read_events_arrow(stream, {.weight = "stars", .timestamp = "when"});
    CHECK((stream.release == nullptr));
    REQUIRE(log.size() == 3);
    CHECK(log.users.at(log.user[1].value) == IdView(std::int64_t{-3}));
    CHECK(log.items.at(log.item[1].value) == IdView(std::string_view()));
    CHECK(log.items.at(log.item[2].value) == IdView(std::string_view("a pot of more than twelve bytes")));
    CHECK(log.weight == std::vector<float>{1.0F, 2.5F, 3.0F});
    CHECK(log.time == std::vector<std::int64_t>{1'000, 2'000, -3'000});
  }

  TEST_CASE("dictionaries are looked up") {
    auto items = recocore::export_values("item_id", "C", std::vector<std::uint8_t>{1, 0, 1});
    items.dictionary = std::make_shared<const ArrowExportColumn>(recocore::export_texts("", {"pot", "tea"}));
    auto stream = stream_of({recocore::export_values("user_id", "l", std::vector<std::int64_t>{1, 2, 3}), items});
    const auto log = recocore::read_events_arrow(stream);
    CHECK(log.items.at(log.item[0].value) == IdView(std::string_view("tea")));
    CHECK(log.items.at(log.item[1].value) == IdView(std::string_view("pot")));
  }

  TEST_CASE("a code outside the dictionary is an error, not a crash") {
    auto items = recocore::export_values("item_id", "c", std::vector<std::int8_t>{0, -1});
    items.dictionary = std::make_shared<const ArrowExportColumn>(recocore::export_texts("", {"pot", "tea"}));
    auto stream = stream_of({recocore::export_values("user_id", "l", std::vector<std::int64_t>{1, 2}), items});
    CHECK_THROWS_WITH_AS(static_cast<void>(recocore::read_events_arrow(stream)),
                         "row 1, column 'item_id': the dictionary of the column has 2 entries, but entry -1 is named",
                         InvalidData);
  }

  TEST_CASE("a missing column names those there are and the one that may be meant") {
    auto stream = stream_of(three_events());
    CHECK_THROWS_WITH_AS(
        static_cast<void>(recocore::read_events_arrow(stream, {.weight = "star"})),
        "there is no column 'star'; did you mean 'stars'? The columns are 'user_id', 'item_id', 'stars', 'when'",
        recocore::MissingColumn);
    CHECK((stream.release == nullptr));
  }

  TEST_CASE("rows that are null as a whole and negative lengths are refused") {
    const auto read = [](std::int64_t offset, std::int64_t length, std::uint8_t validity) {
      static std::int64_t new_offset = 0;
      static std::int64_t new_length = 0;
      static std::uint8_t new_validity = 0;
      new_offset = offset;
      new_length = length;
      new_validity = validity;
      static ArrowArrayStream inner;
      inner = stream_of(three_events());
      ArrowArrayStream edited{};
      edited.get_schema = [](ArrowArrayStream*, ArrowSchema* out) { return inner.get_schema(&inner, out); };
      edited.get_next = [](ArrowArrayStream*, ArrowArray* out) {
        const int code = inner.get_next(&inner, out);
        if (out->release != nullptr) {
          out->offset = new_offset;
          out->length = new_length;
          out->null_count = -1;
          out->buffers[0] = &new_validity;
        }
        return code;
      };
      edited.get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
      edited.release = [](ArrowArrayStream* self) {
        inner.release(&inner);
        self->release = nullptr;
      };
      return recocore::read_events_arrow(edited).size();
    };
    CHECK(read(0, 3, 0b111) == 3);
    CHECK(read(1, 2, 0b110) == 2);
    CHECK_THROWS_WITH_AS(static_cast<void>(read(0, 3, 0b101)), "row 1 of the table is null as a whole; drop such rows",
                         InvalidData);
    CHECK_THROWS_AS(static_cast<void>(read(1, -1, 0b111)), InvalidData);
    CHECK_THROWS_AS(static_cast<void>(read(-1, 2, 0b111)), InvalidData);
  }

  TEST_CASE("a stop is noticed") {
    auto stream = stream_of(three_events());
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_AS(static_cast<void>(recocore::read_events_arrow(stream, {}, {.stop = stop.get_token()})),
                    recocore::Cancelled);
  }

  TEST_CASE("events without consent are left out") {
    std::uint64_t withheld = 0;
    auto columns = three_events();
    columns.push_back(recocore::export_values("may", "C", std::vector<std::uint8_t>{1, 0, 1}));
    auto stream = stream_of(columns);
    const auto log = recocore::read_events_arrow(stream, {.weight = "stars", .consent = "may"}, {}, &withheld);
    CHECK(withheld == 1);
    REQUIRE(log.size() == 2);
    CHECK(log.users.size() == 1);
    CHECK(!log.items.find(std::string_view()));
    CHECK(log.weight == std::vector<float>{1.0F, 3.0F});

    columns.back() = recocore::export_values("may", "g", std::vector<double>{1.0, std::nan(""), 0.0});
    stream = stream_of(columns);
    CHECK(recocore::read_events_arrow(stream, {.consent = "may"}).size() == 1);
    columns.back() = recocore::export_values("may", "C", std::vector<std::uint8_t>{1, 7, 1});
    stream = stream_of(columns);
    CHECK_THROWS_WITH_AS(static_cast<void>(recocore::read_events_arrow(stream, {.consent = "may"})),
                         doctest::Contains("row 1"), InvalidData);
  }

  TEST_CASE("events of other purposes are left out") {
    std::uint64_t withheld = 0;
    auto columns = three_events();
    columns.push_back(recocore::export_texts("why", {"shop", "billing", ""}));
    auto stream = stream_of(columns);
    CHECK(recocore::read_events_arrow(stream, {.consent = "why", .purposes = {"all", "shop"}}, {}, &withheld).size() ==
          1);
    CHECK(withheld == 2);
    columns.back() = recocore::export_values("why", "c", std::vector<std::int8_t>{1, 1, 0});
    columns.back().dictionary = std::make_shared<const ArrowExportColumn>(recocore::export_texts("", {"pot", "shop"}));
    stream = stream_of(columns);
    CHECK(recocore::read_events_arrow(stream, {.consent = "why", .purposes = {"shop"}}).size() == 2);
    columns.back() = recocore::export_values("why", "c", std::vector<std::int8_t>{1, 2, 0});
    columns.back().dictionary = std::make_shared<const ArrowExportColumn>(recocore::export_texts("", {"pot", "shop"}));
    stream = stream_of(columns);
    CHECK_THROWS_AS(static_cast<void>(recocore::read_events_arrow(stream, {.consent = "why", .purposes = {"shop"}})),
                    InvalidData);
  }

  TEST_CASE("a stream is read once") {
    auto stream = stream_of(three_events());
    static_cast<void>(recocore::read_events_arrow(stream));
    CHECK_THROWS_AS(static_cast<void>(recocore::read_events_arrow(stream)), InvalidData);
  }
}
