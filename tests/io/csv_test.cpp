#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/io/csv.hpp>

#include "../support/events.hpp"

using namespace recocore;
using namespace recocore::test;
using namespace std::string_literals;

namespace {

/// A file that goes when the test ends.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text, const std::string& extension = ".csv")
      : path_(std::filesystem::temp_directory_path() /
              ("recocore_csv_test_" + std::to_string(std::hash<std::string_view>{}(text)) + extension)) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

EventLog read(std::string_view text, const CsvConfig& config = {}) {
  return read_events_csv(TemporaryFile(text).path(), config);
}

/// The message without the folder of the file.
template <class Expected = InvalidData>
std::string refused(std::string_view text, const CsvConfig& config = {}) {
  const TemporaryFile file(text);
  auto message = message_of<Expected>([&] { (void)read_events_csv(file.path(), config); });
  if (const auto at = message.find(file.path().string()); at != std::string::npos) {
    message.replace(at, file.path().string().size(), "FILE");
  }
  return message;
}

const CsvConfig weighted{.weight = "w"};
const CsvConfig timed{.timestamp = "t"};

}  // namespace

TEST_CASE("events without consent are left out") {
  const std::string_view text =
      "user_id,item_id,may\n1,tea,1\n2,tea, TRUE\n3,pot,yes\nx,tea,0\n5,cup,false\n6,cup,No\n7,cup,\n";
  std::uint64_t withheld = 0;
  const auto log = read_events_csv(TemporaryFile(text).path(), {.consent = "may"}, {}, &withheld);
  CHECK(withheld == 4);
  CHECK(log.size() == 3);
  // What is left decides what kind the ids are of.
  CHECK(log.users.kind() == IdKind::integer);
  CHECK(!log.items.find(std::string_view("cup")));
  CHECK(read(text, {.consent = "may", .purposes = {"0", "No"}}).size() == 2);
  CHECK(refused("user_id,item_id,may\n1,tea,perhaps\n", {.consent = "may"}).find("line 2: the consent 'perhaps'") !=
        std::string::npos);
}

TEST_CASE("csv: columns are found by name, others are ignored") {
  const auto log = read("x,item_id,w,user_id\n?,a,2.5,u1\n?,b,1e1,u2\n", weighted);
  CHECK(log == log_of({{"u1", "a", 2.5F}, {"u2", "b", 10.0F}}));
}

TEST_CASE("csv: line ends of all kinds, empty lines and none at the end") {
  const auto expected = log_of({{"u", "a"}, {"v", "b"}});
  for (const auto* text :
       {"user_id,item_id\nu,a\nv,b\n", "user_id,item_id\nu,a\nv,b", "user_id,item_id\r\nu,a\r\nv,b\r\n",
        "user_id,item_id\ru,a\rv,b\r", "\n\nuser_id,item_id\n\n\nu,a\r\n\r\nv,b\n\n",
        "\xEF\xBB\xBFuser_id,item_id\nu,a\nv,b\n", "\xEF\xBB\xBF\"user_id\",item_id\nu,a\nv,b\n"}) {
    CAPTURE(text);
    CHECK(read(text) == expected);
  }
}

TEST_CASE("csv: quoted fields hold delimiters, quotes and line ends; spaces belong to a field") {
  const auto log = read("user_id,item_id\n\"u,1\",\"the \"\"best\"\"\"\n\"two\nlines\",\" b \"\n c,\td \n");
  CHECK(log == log_of({{"u,1", "the \"best\""}, {"two\nlines", " b "}, {" c", "\td "}}));
}

TEST_CASE("csv: delimiters") {
  const auto expected = log_of({{"u", "a,b"}});
  CHECK(read("user_id;item_id\nu;a,b\n", {.delimiter = ';'}) == expected);
  CHECK(read_events_csv(TemporaryFile("user_id\titem_id\nu\ta,b\n", ".tsv").path()) == expected);
  CHECK_THROWS_AS(read("user_id,item_id\nu,a\n", {.delimiter = '"'}), InvalidParameter);
}

TEST_CASE("csv: ids are integers when all of a column are") {
  const auto log = read("user_id,item_id\n10,7\n9,x\n-3,7\n");
  CHECK(log.users == IdMap::from_sorted(std::vector<std::int64_t>{-3, 9, 10}));
  CHECK(log.user == std::vector{UserIx(2U), UserIx(1U), UserIx(0U)});
  CHECK(log.items.kind() == IdKind::text);
}

TEST_CASE("csv: ids that integers would not give back stay text") {
  for (const auto* id : {"007", "+7", "-0", "7.0", " 7", "9223372036854775808", "0x7"}) {
    CAPTURE(id);
    const auto log = read("user_id,item_id\n1,1\n"s + id + ",1\n");
    CHECK(log.users.kind() == IdKind::text);
    CHECK(log.users.find(std::string_view(id)));
  }
  CHECK(read("user_id,item_id\n9223372036854775807,0\n").users.kind() == IdKind::integer);
}

TEST_CASE("csv: the kind of the ids can be given") {
  const auto text = "user_id,item_id\n7,007\n";
  CHECK(read(text, {.user_kind = IdKind::text}).users.find(std::string_view("7")));
  CHECK(read(text, {.item_kind = IdKind::integer}).items.find(std::int64_t{7}));
  CHECK(refused("user_id,item_id\n7,1\nseven,2\n", {.user_kind = IdKind::integer}) ==
        "FILE, line 3: the user id 'seven' is not a 64-bit integer; read these ids as text");
}

TEST_CASE("csv: weights times event weights") {
  const CsvConfig config{.weight = "w", .event = "e", .event_weights = {{"view", 1.0}, {"cart", 3.0}}};
  const auto log = read("user_id,item_id,w,e\nu,a, 2 ,view\nu,b,2,cart\n", config);
  CHECK(log.weight == std::vector{2.0F, 6.0F});
  const CsvConfig only_events{.event = "e", .event_weights = {{"view", 1.0}}};
  CHECK(read("user_id,item_id,e\nu,a,view\n", only_events).weight.empty());
}

TEST_CASE("csv: timestamps are ISO 8601 or seconds") {
  const auto log =
      read("user_id,item_id,t\nu,a,2021-12-31 23:59:58\nu,b,1640995198\nu,c, 1640995198.25 \nu,d,-1\n", timed);
  CHECK(log.time ==
        std::vector<std::int64_t>{1'640'995'198'000'000, 1'640'995'198'000'000, 1'640'995'198'250'000, -1'000'000});
}

TEST_CASE("csv: what is wrong in a row is named with its line") {
  CHECK(refused("user_id,item_id\nu,a\nu\n") == "FILE, line 3: the row has 1 field, the header has 2");
  CHECK(refused("user_id,item_id\nu,a,b\n") == "FILE, line 2: the row has 3 fields, the header has 2");
  CHECK(refused("user_id,item_id\nu,\n") == "FILE, line 2: the item id is empty; every event needs one");
  CHECK(refused("user_id,item_id,w\nu,a,1\nu,b,4 stars\n", weighted) ==
        "FILE, line 3: the weight '4 stars' is not a number");
  CHECK(refused("user_id,item_id,w\nu,a,\n", weighted) == "FILE, line 2: the weight '' is not a number");
  CHECK(refused("user_id,item_id,w\nu,a,NaN\n", weighted) ==
        "FILE, line 2: the weight is nan; weights must be finite numbers");
  CHECK(contains(refused("user_id,item_id,w\nu,a,1e39\n", weighted), "line 2: the weight 1e+39"));
  CHECK(refused("user_id,item_id,t\nu,a,2021-02-30\n", timed) ==
        "FILE, line 2: the timestamp '2021-02-30' is neither ISO 8601 (2021-12-31T23:59:58Z) nor a number of seconds "
        "since 1970");
  for (const auto* time : {"nan", "inf", "1e300", "9223372036854775807", ""}) {
    CAPTURE(time);
    CHECK(contains(refused("user_id,item_id,t\nu,a,"s + time + "\n", timed), "line 2: the timestamp"));
  }
  CHECK(refused("user_id,item_id,e\nu,a,veiw\n", {.event = "e", .event_weights = {{"view", 1.0}}}) ==
        "FILE, line 2: the event type 'veiw' has no weight; known event types are 'view'");
}

TEST_CASE("csv: lines are those of the file, also after quoted line ends and empty lines") {
  const auto rest = "u,a,1\n\n\"two\nlines\",b,1\n\nu,c,bad\n"s;
  CHECK(contains(refused("user_id,item_id,w\n" + rest, weighted), "line 7:"));
  std::string windows = "user_id,item_id,w\r\n";
  for (const char character : rest) {
    windows += character == '\n' ? "\r\n" : std::string(1, character);
  }
  CHECK(contains(refused(windows, weighted), "line 7:"));
}

TEST_CASE("csv: broken quoting is refused") {
  for (const auto* text : {"user_id,item_id\nu,\"a\n", "user_id,item_id\nu,\"a\"b\n", "user_id,item_id\nu,a\"b\n"}) {
    CAPTURE(text);
    CHECK(contains(refused(text), "FILE, line 2: a quote"));
  }
}

TEST_CASE("csv: missing columns are named with those there are") {
  CHECK(refused("user,item_id\nu,a\n") ==
        "FILE has no column 'user_id' for the user; its columns are 'user', 'item_id' (the delimiter is ',')");
  CHECK(contains(refused("user_id,item_id\nu,a\n", timed), "no column 't' for the timestamp"));
  CHECK(contains(refused("user_id,item_id,user_id\nu,a,v\n"), "'user_id' for the user is there twice"));
  CHECK(contains(refused("user_id,item_id\nu,a\n", {.weight = "item_id"}), "wanted for something else"));
}

TEST_CASE("csv: files without events") {
  CHECK(contains(refused(""), "FILE is empty"));
  CHECK(contains(refused("\n\n"), "FILE is empty"));
  CHECK(refused("user_id,item_id\n") == "FILE has a header but no rows");
}

TEST_CASE("csv: files that cannot be read") {
  CHECK_THROWS_AS((void)read_events_csv("no/such/file.csv"), IoError);
  CHECK_THROWS_AS((void)read_events_csv(std::filesystem::temp_directory_path()), IoError);
}

TEST_CASE("csv: event column and event weights belong together") {
  CHECK_THROWS_AS(read("user_id,item_id,e\nu,a,view\n", {.event = "e"}), InvalidParameter);
  CHECK_THROWS_AS(read("user_id,item_id\nu,a\n", {.event_weights = {{"view", 1.0}}}), InvalidParameter);
}

TEST_CASE("csv: blocks of the file do not show") {
  // Rows of all lengths, so that block ends fall everywhere; one id is longer than several blocks.
  std::string text = "user_id,item_id,w\n";
  std::vector<Row> rows;
  for (int row = 0; row < 100'000; ++row) {
    rows.push_back({"u\"" + std::string(static_cast<std::size_t>(row % 13), 'x'), "i" + std::to_string(row % 1000),
                    static_cast<float>(row % 7)});
  }
  rows[50'000].item = std::string(1 << 20, 'y');
  for (const auto& row : rows) {
    text += "\"u\"" + row.user.substr(1) + "\"," + row.item + "," + std::to_string(row.weight) + "\n";
  }
  CHECK(read(text, weighted) == log_of(rows));
}

TEST_CASE("csv: reading can be stopped and tells its progress") {
  std::string text = "user_id,item_id\n";
  for (int row = 0; row < 200'000; ++row) {
    text += "u,a\n";
  }
  const TemporaryFile file(text);
  std::stop_source source;
  std::vector<std::uint64_t> done;
  RunOptions options;
  options.progress = [&](std::string_view, std::uint64_t bytes, std::uint64_t total) {
    CHECK(total == text.size());
    done.push_back(bytes);
  };
  CHECK(read_events_csv(file.path(), {}, options).size() == 200'000);
  REQUIRE(done.size() > 1);
  CHECK(std::is_sorted(done.begin(), done.end()));
  CHECK(done.back() == text.size());

  options.stop = source.get_token();
  options.progress = [&source](std::string_view, std::uint64_t, std::uint64_t) { source.request_stop(); };
  CHECK_THROWS_AS((void)read_events_csv(file.path(), {}, options), Cancelled);
}

TEST_CASE("csv: x-wines") {
  const char* folder = std::getenv("RECOCORE_DATA");
  if (folder == nullptr) {
    MESSAGE("skipped: RECOCORE_DATA is not set");
    return;
  }
  const auto log = read_events_csv(std::filesystem::path(folder) / "x-wines" / "ratings.csv",
                                   {.user = "UserID", .item = "WineID", .weight = "Rating", .timestamp = "Date"});
  CHECK(log.size() == 150'000);
  CHECK(log.users.size() == 10'561);
  CHECK(log.items.size() == 1'007);
  CHECK(log.users.kind() == IdKind::integer);
  CHECK(log.users.find(std::int64_t{1'356'810}));
  CHECK(log.weight.front() == 4.5F);
  CHECK(log.time.front() == 1'635'886'379'000'000);
}
