// What the C interface does with what only C++ can give it.
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/io/arrow_abi.hpp>
#include <recocore/io/model_file.hpp>
#include <recocore/rank/serve.hpp>
#include <recocore/rank/where.hpp>
#include <recocore/recocore.h>
#include <recocore/segments/audience.hpp>

#include "../support/sample_models.hpp"
#include "status.hpp"

using namespace recocore;

namespace {

/// A stream of one batch: two columns of 64-bit integers.
struct Stream {
  std::array<std::vector<std::int64_t>, 2> columns;
  std::array<const char*, 2> names{"user_id", "item_id"};
  bool broken = false;
  bool throws = false;
  bool given = false;
  int* released = nullptr;
};

void release_schema(ArrowSchema* schema) {
  for (std::int64_t child = 0; child < schema->n_children; ++child) {
    delete schema->children[child];
  }
  delete[] schema->children;
  schema->release = nullptr;
}

int get_schema(ArrowArrayStream* self, ArrowSchema* out) {
  const auto& stream = *static_cast<Stream*>(self->private_data);
  if (stream.throws) {
    throw 7;  // NOLINT: what a callback must not do
  }
  *out = {};
  out->format = "+s";
  out->n_children = 2;
  out->children = new ArrowSchema*[2];
  for (std::size_t column = 0; column < 2; ++column) {
    auto* child = new ArrowSchema{};
    child->format = "l";
    child->name = stream.names[column];
    child->release = [](ArrowSchema* schema) { schema->release = nullptr; };
    out->children[column] = child;
  }
  out->release = release_schema;
  return 0;
}

struct Batch {
  std::array<ArrowArray, 2> columns{};
  std::array<ArrowArray*, 2> pointers{};
  std::array<std::array<const void*, 2>, 2> buffers{};
  std::array<const void*, 1> none{};
};

int get_next(ArrowArrayStream* self, ArrowArray* out) {
  auto& stream = *static_cast<Stream*>(self->private_data);
  *out = {};
  if (stream.broken) {
    return EIO;
  }
  if (std::exchange(stream.given, true)) {
    return 0;
  }
  auto* batch = new Batch;
  for (std::size_t column = 0; column < 2; ++column) {
    batch->buffers[column][1] = stream.columns[column].data();
    auto& child = batch->columns[column];
    child.length = static_cast<std::int64_t>(stream.columns[column].size());
    child.n_buffers = 2;
    child.buffers = batch->buffers[column].data();
    child.release = [](ArrowArray* array) { array->release = nullptr; };
    batch->pointers[column] = &child;
  }
  out->length = batch->columns[0].length;
  out->n_buffers = 1;
  out->buffers = batch->none.data();
  out->n_children = 2;
  out->children = batch->pointers.data();
  out->private_data = batch;
  out->release = [](ArrowArray* array) {
    delete static_cast<Batch*>(array->private_data);
    array->release = nullptr;
  };
  return 0;
}

[[nodiscard]] ArrowArrayStream make_stream(Stream stream) {
  ArrowArrayStream result{};
  result.get_schema = get_schema;
  result.get_next = get_next;
  result.get_last_error = [](ArrowArrayStream* /*self*/) -> const char* { return "the disk is gone"; };
  result.private_data = new Stream(std::move(stream));
  result.release = [](ArrowArrayStream* self) {
    auto* held = static_cast<Stream*>(self->private_data);
    if (held->released != nullptr) {
      ++*held->released;
    }
    delete held;
    self->release = nullptr;
  };
  return result;
}

[[nodiscard]] recocore_error no_error() {
  recocore_error error{};
  error.size = sizeof error;
  return error;
}

template <class Struct>
[[nodiscard]] Struct sized() {
  Struct result{};
  result.size = sizeof result;
  return result;
}

[[nodiscard]] std::vector<std::string> items_of(const recocore_list* list) {
  std::vector<std::string> items;
  for (std::size_t entry = 0; entry < recocore_list_size(list); ++entry) {
    items.emplace_back(recocore_list_item(list, entry, nullptr));
  }
  return items;
}

/// What `throw_it` throws, as a status and a message.
[[nodiscard]] std::pair<recocore_status, std::string> reported(const std::function<void()>& throw_it) {
  auto error = no_error();
  const auto status = capi::guarded(&error, throw_it);
  CHECK_EQ(error.code, status);
  return {status, static_cast<const char*>(error.message)};
}

}  // namespace

TEST_CASE("each error has a status of its own, and its message arrives") {
  using Result = std::pair<recocore_status, std::string>;
  CHECK_EQ(reported([] {}), Result{RECOCORE_OK, ""});
  CHECK_EQ(reported([] { throw capi::InvalidArgument("a"); }), Result{RECOCORE_INVALID_ARGUMENT, "a"});
  CHECK_EQ(reported([] { throw capi::Unsupported("b"); }), Result{RECOCORE_UNSUPPORTED, "b"});
  CHECK_EQ(reported([] { throw InvalidParameter("c"); }), Result{RECOCORE_INVALID_PARAMETER, "c"});
  CHECK_EQ(reported([] { throw InvalidData("d"); }), Result{RECOCORE_INVALID_DATA, "d"});
  CHECK_EQ(reported([] { throw NotPositiveDefinite("e"); }), Result{RECOCORE_INVALID_DATA, "e"});
  CHECK_EQ(reported([] { throw MissingColumn("f"); }), Result{RECOCORE_MISSING_COLUMN, "f"});
  CHECK_EQ(reported([] { throw IdTypeError("g"); }), Result{RECOCORE_ID_TYPE, "g"});
  CHECK_EQ(reported([] { throw UnknownId("h"); }), Result{RECOCORE_UNKNOWN_ID, "h"});
  CHECK_EQ(reported([] { throw CapacityExceeded("i"); }), Result{RECOCORE_CAPACITY_EXCEEDED, "i"});
  CHECK_EQ(reported([] { throw Cancelled(); }).first, RECOCORE_CANCELLED);
  CHECK_EQ(reported([] { throw DeadlineExceeded(); }).first, RECOCORE_DEADLINE_EXCEEDED);
  CHECK_EQ(reported([] { throw MemoryLimitExceeded("j"); }), Result{RECOCORE_MEMORY_LIMIT_EXCEEDED, "j"});
  CHECK_EQ(reported([] { throw IoError("k"); }), Result{RECOCORE_IO, "k"});
  CHECK_EQ(reported([] { throw std::filesystem::filesystem_error("l", std::error_code()); }).first, RECOCORE_IO);
  CHECK_EQ(reported([] { throw std::bad_alloc(); }).first, RECOCORE_OUT_OF_MEMORY);
  CHECK_EQ(reported([] { throw std::bad_array_new_length(); }).first, RECOCORE_OUT_OF_MEMORY);
  CHECK_EQ(reported([] { throw std::length_error("m"); }).first, RECOCORE_OUT_OF_MEMORY);
  CHECK_EQ(reported([] { throw std::runtime_error("n"); }), Result{RECOCORE_INTERNAL, "n"});
  CHECK_EQ(reported([] { throw 7; }).first, RECOCORE_INTERNAL);
  CHECK_EQ(reported([] { throw InvalidData(std::string("o\0p", 3)); }).second, "o");  // what() ends there
}

TEST_CASE("Arrow streams are read, and released whatever happens") {
  auto error = no_error();
  recocore_events* events = nullptr;
  REQUIRE_EQ(recocore_events_new(nullptr, &events, &error), RECOCORE_OK);
  int released = 0;
  const Stream good{.columns = {{{1, 1, 2, 2, 3}, {10, 20, 10, 20, 10}}}, .released = &released};

  auto stream = make_stream(good);
  REQUIRE_EQ(recocore_events_add_arrow(events, &stream, &error), RECOCORE_OK);
  CHECK_EQ(released, 1);
  CHECK_EQ(recocore_events_count(events), 5);
  stream = make_stream(good);
  CHECK_EQ(recocore_events_add_arrow(events, &stream, &error), RECOCORE_INVALID_ARGUMENT);
  CHECK_EQ(released, 2);

  recocore_model* model = nullptr;
  REQUIRE_EQ(recocore_fit(R"({"model": "item_knn"})", events, nullptr, &model, &error), RECOCORE_OK);
  recocore_list* list = nullptr;
  REQUIRE_EQ(recocore_list_new(&list, &error), RECOCORE_OK);
  const std::int64_t three = 3;
  auto user = sized<recocore_ids>();
  user.count = 1;
  user.integers = &three;
  auto request = sized<recocore_request>();
  request.user = &user;
  CHECK_EQ(recocore_recommend(model, &request, list, &error), RECOCORE_OK);
  CHECK_EQ(items_of(list), std::vector<std::string>{"20"});

  recocore_events_clear(events);
  const auto status_of = [&](Stream other) {
    auto made = make_stream(std::move(other));
    const auto status = recocore_events_add_arrow(events, &made, &error);
    CHECK((made.release == nullptr));
    CHECK_EQ(error.code, status);
    CHECK_EQ(recocore_events_count(events), 0);
    return status;
  };
  auto other = good;
  other.broken = true;
  CHECK_EQ(status_of(other), RECOCORE_IO);
  CHECK_NE(std::strstr(error.message, "the disk is gone"), nullptr);
  other = good;
  other.names[1] = "article";
  CHECK_EQ(status_of(other), RECOCORE_MISSING_COLUMN);
  CHECK_NE(std::strstr(error.message, "article"), nullptr);
  // A stream written in C++ that throws: no exception passes.
  other = good;
  other.throws = true;
  CHECK_EQ(status_of(other), RECOCORE_INTERNAL);

  recocore_events* consented = nullptr;
  REQUIRE_EQ(recocore_events_new(R"({"consent": "agreed"})", &consented, &error), RECOCORE_OK);
  stream = make_stream(good);
  CHECK_EQ(recocore_events_add_arrow(consented, &stream, &error), RECOCORE_MISSING_COLUMN);
  CHECK_NE(std::strstr(error.message, "agreed"), nullptr);
  recocore_events_free(consented);

  // Added to a model, as arrays are.
  stream = make_stream({.columns = {{{3}, {20}}}});
  REQUIRE_EQ(recocore_events_add_arrow(events, &stream, &error), RECOCORE_OK);
  CHECK_EQ(recocore_update(model, events, nullptr, nullptr, &error), RECOCORE_OK);
  CHECK_EQ(recocore_recommend(model, &request, list, &error), RECOCORE_OK);
  CHECK_EQ(recocore_list_size(list), 0);

  recocore_list_free(list);
  recocore_model_free(model);
  recocore_events_free(events);
}

namespace {

/// A model file of a hybrid, with columns of items and of users, removed at the end.
class HybridFile {
 public:
  explicit HybridFile(const AnyModel& model) {
    save_model(model, path_);
    auto error = no_error();
    REQUIRE_EQ(recocore_open(path_.string().c_str(), nullptr, &opened_, &error), RECOCORE_OK);
  }
  ~HybridFile() {
    recocore_model_free(opened_);
    std::filesystem::remove(path_);
  }
  HybridFile(const HybridFile&) = delete;
  HybridFile& operator=(const HybridFile&) = delete;

  [[nodiscard]] recocore_model* opened() const noexcept { return opened_; }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                ("recocore_capi_hybrid_" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
  recocore_model* opened_ = nullptr;
};

[[nodiscard]] std::vector<std::int64_t> integers_of(const recocore_list* list) {
  std::vector<std::int64_t> items;
  for (std::size_t entry = 0; entry < recocore_list_size(list); ++entry) {
    items.push_back(recocore_list_item_int64(list, entry));
  }
  return items;
}

[[nodiscard]] std::vector<std::int64_t> integers_of(const AnyModel& model, const std::vector<Recommendation>& list) {
  std::vector<std::int64_t> items;
  for (const auto& entry : list) {
    items.push_back(std::get<std::int64_t>(model.items().at(entry.item.value)));
  }
  return items;
}

}  // namespace

TEST_CASE("filters as text, of items and of users, give what they do in C++") {
  const AnyModel model = test::sample_hybrid();
  const HybridFile file(model);
  auto error = no_error();
  recocore_list* list = nullptr;
  REQUIRE_EQ(recocore_list_new(&list, &error), RECOCORE_OK);
  // The same list again and again, with other filters in between.
  for (const char* text : {"price > 40", "stock", "price > 40", "price > user.price", "not stock or price < 10"}) {
    const PreparedWhere where(Where::parse(text), *model.catalogue(), model.profiles());
    for (std::int64_t user = 0; user < 12; ++user) {
      auto ids = sized<recocore_ids>();
      ids.count = 1;
      ids.integers = &user;
      auto request = sized<recocore_request>();
      request.user = &ids;
      request.n = 50;
      request.where = text;
      REQUIRE_EQ(recocore_recommend(file.opened(), &request, list, &error), RECOCORE_OK);
      ListOptions options{.n = 50};
      options.where = &where;
      CHECK_EQ(integers_of(list), integers_of(model, recommend_user(model, user, options)));
    }
  }
  auto request = sized<recocore_request>();
  request.where = "colour == 'red'";
  CHECK_EQ(recocore_recommend(file.opened(), &request, list, &error), RECOCORE_INVALID_PARAMETER);
  CHECK_NE(std::strstr(error.message, "colour"), nullptr);
  request.where = "price >";
  CHECK_EQ(recocore_recommend(file.opened(), &request, list, &error), RECOCORE_INVALID_PARAMETER);
  recocore_list_free(list);
}

TEST_CASE("audiences are those of C++, also of users it is true of") {
  const AnyModel model = test::sample_hybrid();
  const HybridFile file(model);
  auto error = no_error();
  const auto bars = AudienceBars::of(model, 3);
  for (const char* text : {static_cast<const char*>(nullptr), "price > 20"}) {
    const auto allowed = text == nullptr ? BitSet() : Where::parse(text).evaluate(*model.profiles());
    for (std::int64_t item = 0; item < 9; ++item) {
      auto ids = sized<recocore_ids>();
      ids.count = 1;
      ids.integers = &item;
      auto options = sized<recocore_audience_options>();
      options.n = 5;
      options.alternative = 3;
      options.where = text;
      options.ranks = 1;
      recocore_members* members = nullptr;
      const auto status = recocore_audience(file.opened(), &ids, &options, nullptr, &members, &error);
      const ItemIx index(*model.items().find(item));
      AudienceOptions expected_options{.n = 5};
      expected_options.filter.allowed = text == nullptr ? nullptr : &allowed;
      if (item == 3) {  // retired
        CHECK_EQ(status, RECOCORE_INVALID_PARAMETER);
        CHECK_THROWS_AS(static_cast<void>(audience(model, index, bars, expected_options)), InvalidParameter);
        continue;
      }
      REQUIRE_EQ(status, RECOCORE_OK);
      const auto expected = audience(model, index, bars, expected_options);
      REQUIRE_EQ(recocore_members_size(members), expected.size());
      for (std::size_t entry = 0; entry < expected.size(); ++entry) {
        CHECK_EQ(recocore_members_user_int64(members, entry),
                 std::get<std::int64_t>(model.users().at(expected[entry].user.value)));
        CHECK_EQ(recocore_members_meaning(members, entry), expected[entry].meaning);
        CHECK_EQ(recocore_members_score(members, entry), expected[entry].score);
        CHECK_EQ(recocore_members_rank(members, entry), expected[entry].rank);
        CHECK_EQ(recocore_members_evidence(members, entry), expected[entry].evidence);
      }
      recocore_members_free(members);
    }
  }
}

TEST_CASE("what is held about a user has the profile") {
  const std::vector<std::int64_t> ids{0, 1};
  const std::vector<std::int64_t> late{2};
  CategoryColumn late_region{.values = test::value_names(1), .codes = {0}};
  CategoryColumn region{.values = test::value_names(2), .codes = {1, CategoryColumn::missing}};
  LabelsColumn likes{.values = test::value_names(3), .offsets = {0, 2, 2}, .codes = {0, 2}};
  TextColumn motto{.offsets = {0, 5, 5}, .bytes = "\"so\"\n"};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto table = AttributeTable::from_rows(
      std::span<const std::int64_t>(ids),
      {{"region", std::move(region)},
       {"likes", std::move(likes)},
       {"price", NumberColumn{.values = {12.5, nan}}},
       {"member", FlagColumn{.values = {0, -1}}},
       {"motto", std::move(motto)},
       {"since", DateColumn{.values = {86'400'000'000, DateColumn::missing}}},
       {"home", PointColumn{.latitude = {47.5, nan}, .longitude = {-8.25, nan}}},
       {"face", EmbeddingColumn{.dimensions = 2, .values = {0.5F, -1.0F, std::nanf(""), 0.0F}}}});
  const RunOptions one{.threads = 1};
  const std::vector<std::int64_t> items{0, 1};
  EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(ids), .item = std::span<const std::int64_t>(items)});
  const auto seen = Interactions::from_events(builder.finish());
  auto goods = test::sample_description(test::random_table(2, 0, 9));
  auto relatives = find_relatives(goods.content, test::random_table(2, 0, 9), seen, 2, one);
  const AnyModel model = Hybrid::fit(ItemKnn::fit(seen, {.k = 2}, one), std::move(goods), std::move(relatives),
                                     test::sample_description(table), {.k = 2}, one)
                             .with_users(AttributeTable::from_rows(std::span<const std::int64_t>(late),
                                                                   {{"region", std::move(late_region)}}));
  const HybridFile file(model);
  const auto exported = [&file](std::int64_t user) {
    auto error = no_error();
    auto user_ids = sized<recocore_ids>();
    user_ids.count = 1;
    user_ids.integers = &user;
    recocore_text* text = nullptr;
    REQUIRE_EQ(recocore_export_user(file.opened(), &user_ids, &text, &error), RECOCORE_OK);
    std::string json = recocore_text_data(text);
    recocore_text_free(text);
    return json;
  };
  CHECK_EQ(exported(0), R"({"user": 0, "events": [{"item": 0}], "profile": {"region": "value101", )"
                        R"("likes": ["value100", "value102"], "price": 12.5, "member": false, "motto": "\"so\"\n", )"
                        R"("since": "1970-01-02T00:00:00Z", "home": [47.5, -8.25], "face": [0.5, -1.0]}})");
  CHECK_EQ(exported(1), R"({"user": 1, "events": [{"item": 1}], "profile": {"region": null, "likes": null, )"
                        R"("price": null, "member": null, "motto": null, "since": null, "home": null, "face": null}})");
  // Came after the fit.
  CHECK_EQ(exported(2), R"({"user": 2, "events": [], "profile": {"region": "value100", "likes": null, )"
                        R"("price": null, "member": null, "motto": null, "since": null, "home": null, "face": null}})");
  CHECK_EQ(exported(3), R"({"user": 3, "events": [], "profile": null})");
}

TEST_CASE("a file that was opened and saved keeps its sequence and what a binding put in it") {
  const auto path = std::filesystem::temp_directory_path() / "recocore_capi_kept.reco";
  save_model(test::sample_hybrid(), path, {.sequence = 41, .parameters = R"({"k": 5})"});
  auto error = no_error();
  recocore_model* model = nullptr;
  REQUIRE_EQ(recocore_open(path.string().c_str(), nullptr, &model, &error), RECOCORE_OK);
  const auto check_saved = [&](const recocore_save_options* options, std::uint64_t sequence) {
    REQUIRE_EQ(recocore_save(model, path.string().c_str(), options, &error), RECOCORE_OK);
    const auto file = ModelFile::open(path);
    CHECK_EQ(file.parameters(), R"({"k": 5})");
    CHECK_EQ(file.sequence(), sequence);
  };
  check_saved(nullptr, 41);
  const std::int64_t gone = 4;
  auto ids = sized<recocore_ids>();
  ids.count = 1;
  ids.integers = &gone;
  REQUIRE_EQ(recocore_forget(model, &ids, nullptr, nullptr, &error), RECOCORE_OK);
  auto options = sized<recocore_save_options>();
  check_saved(&options, 41);
  options.sequence = 42;
  check_saved(&options, 42);
  options.serving_only = 1;
  check_saved(&options, 42);
  recocore_model_free(model);
  std::filesystem::remove(path);
}
