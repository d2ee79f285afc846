#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/io/model_file.hpp>
#include <recocore/io/state.hpp>

#include "../support/events.hpp"
#include "../support/file_faults.hpp"
#include "../support/random_interactions.hpp"
#include "../support/sample_models.hpp"

namespace rc = recocore;
using rc::test::contains;
using rc::test::lists_of;
using rc::test::message_of;
using rc::test::read_all;
using rc::test::sample_models;
using rc::test::TemporaryFolder;

namespace {

const std::vector<std::string> not_from_histories{"next_basket", "session_knn", "user_knn"};

bool serves_histories(const std::string& name) {
  return std::find(not_from_histories.begin(), not_from_histories.end(), name) == not_from_histories.end();
}

std::size_t threads_of_process() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator()));
}

}  // namespace

TEST_CASE("model_file: every model comes back, mapped, read and from bytes") {
  const TemporaryFolder folder;
  for (const auto& [name, model] : sample_models()) {
    CAPTURE(name);
    const auto path = folder.file(name + ".reco");
    rc::save_model(model, path, {.sequence = 77, .parameters = "{\"k\":3}"});
    const auto bytes = read_all(path);
    CHECK(bytes == rc::to_bytes(model, {.sequence = 77, .parameters = "{\"k\":3}"}));
    CHECK(bytes.size() % 64 == 0);
    const auto lists = lists_of(model, true);
    for (const bool mmap : {true, false}) {
      const auto file = rc::ModelFile::open(path, {.mmap = mmap, .verify = mmap});
      CHECK(file.model_name() == model.name());
      CHECK_FALSE(file.serving_only());
      CHECK(file.sequence() == 77);
      CHECK(file.parameters() == "{\"k\":3}");
      CHECK(file.retired().size() == 0);
      CHECK(file.bytes() == bytes.size());
      const auto again = file.model();
      CHECK(again.interactions() == model.interactions());
      CHECK(again.interactions().report() == model.interactions().report());
      CHECK(again.interactions().events() == model.interactions().events());
      CHECK(lists_of(again, true) == lists);
      CHECK(rc::to_bytes(again) == rc::to_bytes(model));
    }
    CHECK(lists_of(rc::model_from_bytes(bytes), true) == lists);
  }
}

TEST_CASE("model_file: a mapped model outlives the file it came from and what was opened") {
  const TemporaryFolder folder;
  const auto path = folder.file("m.reco");
  for (const auto& [name, model] : sample_models()) {
    CAPTURE(name);
    rc::save_model(model, path);
    const auto again = rc::ModelFile::open(path).model();
    rc::save_model(sample_models().at("popularity"), path);
    std::filesystem::remove(path);
    CHECK(lists_of(again, true) == lists_of(model, true));
  }
}

TEST_CASE("model_file: equal events give equal bytes, in whatever order they came") {
  const auto one = sample_models({.shuffle = 1});
  const auto other = sample_models({.shuffle = 2});
  for (const auto& [name, model] : one) {
    CAPTURE(name);
    CHECK(rc::to_bytes(model) == rc::to_bytes(other.at(name)));
    CHECK(rc::to_bytes(model, {.serving_only = serves_histories(name), .histories = true}) ==
          rc::to_bytes(other.at(name), {.serving_only = serves_histories(name), .histories = true}));
  }
  // Models of a Blend may or may not share the memory of their interactions.
  const auto apart = rc::Blend({rc::ItemKnn::fit(rc::test::sample_interactions(), {.k = 5}),
                                rc::Blend({rc::Popularity::fit(rc::test::sample_interactions()),
                                           rc::Ease::fit(rc::test::sample_interactions(), {.l2 = 5.0})},
                                          {1.0, 2.0})},
                               {0.75, 0.25});
  CHECK(rc::to_bytes(rc::AnyModel(apart)) == rc::to_bytes(one.at("blend")));
}

TEST_CASE("model_file: interactions of every make") {
  const auto log = rc::test::sample_log();
  auto timeless = log;
  timeless.time.clear();
  std::vector<rc::Interactions> all{
      rc::Interactions(),
      rc::Interactions::from_events(log, {.max_events_per_user = 3}),
      rc::Interactions::from_events(log, {.half_life_seconds = 1e5, .duplicates = rc::Duplicates::last}),
      rc::Interactions::from_events(timeless, {.duplicates = rc::Duplicates::last}),
      rc::Interactions::from_events(log, {.duplicates = rc::Duplicates::binary}),
      rc::Interactions::from_events(log, {.min_items_per_user = 4, .min_users_per_item = 4}),
      rc::test::random_interactions({.users = 9, .items = 30, .density = 0.05, .largest_weight = 2.0}, 1),
  };
  all.push_back(all.back().extended(rc::IdMap::range(12), rc::IdMap::range(40)));
  for (const auto& interactions : all) {
    const auto bytes = rc::to_bytes(interactions);
    const auto again = rc::interactions_from_bytes(bytes);
    CHECK(again == interactions);
    CHECK(again.by_item() == interactions.by_item());
    CHECK(again.report() == interactions.report());
    CHECK(again.config() == interactions.config());
    CHECK(again.events() == interactions.events());
    CHECK(rc::to_bytes(again) == bytes);
  }
}

TEST_CASE("model_file: serving only gives the same lists for histories, and nothing of users") {
  const TemporaryFolder folder;
  for (const auto& [name, model] : sample_models()) {
    CAPTURE(name);
    const auto path = folder.file(name + ".reco");
    if (!serves_histories(name)) {
      CHECK(contains(message_of<rc::InvalidParameter>([&] { rc::save_model(model, path, {.serving_only = true}); }),
                     "for serving only"));
      CHECK_FALSE(std::filesystem::exists(path));
      continue;
    }
    rc::save_model(model, path, {.serving_only = true});
    const auto bytes = read_all(path);
    CHECK(bytes.size() < rc::to_bytes(model).size());
    CHECK_FALSE(contains(bytes, "user 1"));
    const auto file = rc::ModelFile::open(path, {.verify = true});
    CHECK(file.serving_only());
    const auto served = file.model();
    CHECK(lists_of(served, false) == lists_of(model, false));
    CHECK(served.users().size() == 0);
    CHECK(served.interactions().size() == 0);
    CHECK_FALSE(served.interactions().has_events());
    CHECK(contains(message_of<rc::InvalidParameter>([&] { static_cast<void>(served.interactions().events()); }),
                   "without serving_only"));
    CHECK(rc::to_bytes(served, {.serving_only = true}) == bytes);
    CHECK(rc::to_bytes(served) == bytes);
    CHECK_THROWS_AS(static_cast<void>(served.interactions().extended(rc::IdMap::range(1), served.items().base())),
                    rc::InvalidParameter);
  }
}

TEST_CASE("model_file: with histories, users get the same lists too") {
  for (const auto& [name, model] : sample_models()) {
    CAPTURE(name);
    const rc::SaveOptions options{.serving_only = true, .histories = true};
    if (name == "session_knn" || name == "next_basket") {
      CHECK_THROWS_AS(static_cast<void>(rc::to_bytes(model, options)), rc::InvalidParameter);
      continue;
    }
    const auto bytes = rc::to_bytes(model, options);
    const auto served = rc::model_from_bytes(bytes);
    CHECK(lists_of(served, true) == lists_of(model, true));
    CHECK(served.interactions().times().empty());
    CHECK_FALSE(served.interactions().has_events());
    CHECK(rc::to_bytes(served, options) == bytes);
  }
}

TEST_CASE("model_file: a GraphFilter that sharpens is not for serving only") {
  const auto model = rc::GraphFilter::fit(rc::test::sample_interactions(), {.dimensions = 3, .sharpening = 0.5});
  CHECK(contains(message_of<rc::InvalidParameter>(
                     [&] { static_cast<void>(rc::to_bytes(rc::AnyModel(model), {.serving_only = true})); }),
                 "sharpening=0"));
}

TEST_CASE("model_file: retired items and the sequence are told") {
  const auto model = sample_models().at("item_knn");
  const auto retired = rc::IdMap::from_sorted({0, 6, 12}, "item 1item 3");
  const auto bytes = rc::to_bytes(model, {.sequence = 1'234'567'890'123, .retired = retired});
  const auto file = rc::ModelFile::from_bytes(bytes);
  CHECK(file.retired() == retired);
  CHECK(file.sequence() == 1'234'567'890'123);
  CHECK(bytes != rc::to_bytes(model));
}

TEST_CASE("model_file: what is no model file is refused, saying why") {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& contents) {
    const auto path = folder.file("x.reco");
    std::ofstream(path, std::ios::binary) << contents;
    const auto message = message_of<rc::InvalidData>([&] { static_cast<void>(rc::ModelFile::open(path).model()); });
    CHECK(contains(message, path.string()));
    return message;
  };
  CHECK(contains(refusal(""), "0 bytes"));
  CHECK(contains(refusal("user_id,item_id\n"), "fewer than a header"));
  CHECK(contains(refusal(std::string(100, 'x')), "does not begin like one"));
  const auto bytes = rc::to_bytes(sample_models().at("popularity"));
  CHECK(contains(refusal(bytes + "x"), "something was added"));
  CHECK(contains(refusal(bytes.substr(0, bytes.size() - 1)), "cut off"));
  CHECK(contains(message_of<rc::IoError>([&] { static_cast<void>(rc::ModelFile::open(folder.file("none"))); }),
                 "No such file"));
  CHECK(contains(message_of<rc::IoError>([&] { static_cast<void>(rc::ModelFile::open(folder.file("."))); }), "folder"));
}

TEST_CASE("model_file: loading starts no thread") {
  const auto before = threads_of_process();
  std::vector<std::string> files;
  for (const auto& [name, model] : sample_models()) {
    files.push_back(rc::to_bytes(model));
  }
  const auto after_fits = threads_of_process();
  CHECK(after_fits == before);
  for (const auto& bytes : files) {
    static_cast<void>(rc::model_from_bytes(bytes));
  }
  CHECK(threads_of_process() == after_fits);
}
