#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/io/model_file.hpp>
#include <recocore/io/state.hpp>

#include "../fuzz/model_file_damage.hpp"
#include "../support/events.hpp"
#include "../support/sample_models.hpp"

namespace rc = recocore;
using rc::test::contains;
using rc::test::LooseLayout;
using rc::test::message_of;
using rc::test::open_and_serve;
using rc::test::sample_models;

namespace {

/// Smaller than elsewhere: each of their bytes is looked at.
const rc::test::SampleEvents tiny{.users = 5, .items = 5, .events = 20};

bool verifies(std::string_view bytes) {
  try {
    rc::ModelFile::from_bytes(bytes).verify();
    return true;
  } catch (const rc::InvalidData&) {
    return false;
  }
}

}  // namespace

TEST_CASE("damaged_model_file: every flipped byte and every truncation is noticed") {
  for (const auto& [name, model] : sample_models(tiny)) {
    CAPTURE(name);
    const auto bytes = rc::to_bytes(model, {.parameters = "{}"});
    REQUIRE(verifies(bytes));
    std::size_t unnoticed = 0;
    for (std::size_t place = 0; place < bytes.size(); ++place) {
      for (const unsigned mask : {1U, 0x80U, 0xFFU}) {
        auto flipped = bytes;
        flipped[place] = static_cast<char>(static_cast<unsigned char>(flipped[place]) ^ mask);
        unnoticed += verifies(flipped) ? 1U : 0U;
      }
      unnoticed += verifies(std::string_view(bytes).substr(0, place)) ? 1U : 0U;
    }
    CHECK(unnoticed == 0);
  }
}

TEST_CASE("damaged_model_file: with right checksums, every flipped byte is noticed or does no harm") {
  for (const auto& [name, model] : sample_models(tiny)) {
    CAPTURE(name);
    const auto bytes = rc::to_bytes(model);
    // Models that are made anew when they are read take their time.
    const bool slow = name == "hybrid" || name == "content_knn";
    rc::Random random(5);
    std::size_t refused = 0;
    std::size_t tried = 0;
    for (std::size_t place = random.below(9); place < bytes.size(); place += slow ? 1 + random.below(40) : 1) {
      auto flipped = bytes;
      flipped[place] = static_cast<char>(random.below(256));
      rc::test::fix_checksums(flipped);
      refused += open_and_serve(flipped) ? 0U : 1U;
      ++tried;
    }
    CHECK(refused > tried / 20);
  }
}

TEST_CASE("damaged_model_file: a campaign of changes to header, sections and contents") {
  const char* const wanted = std::getenv("RECOCORE_CAMPAIGN_ROUNDS");
  const long rounds = wanted == nullptr ? 1 : std::max(1L, std::atol(wanted));
  for (const auto& [name, model] : sample_models(tiny)) {
    CAPTURE(name);
    const bool slow = name == "hybrid" || name == "content_knn";
    const bool for_histories = name != "session_knn" && name != "next_basket" && name != "user_knn";
    std::vector<std::string> files{rc::to_bytes(model)};
    if (for_histories) {
      files.push_back(rc::to_bytes(model, {.serving_only = true}));
      files.push_back(rc::to_bytes(model, {.serving_only = true, .histories = true}));
    }
    rc::Random random(17);
    long served = 0;
    const long changes = rounds * (slow ? 100 : 700);
    for (long change = 0; change < changes; ++change) {
      const auto spoiled = rc::test::damaged(files[static_cast<std::size_t>(change) % files.size()], random);
      served += open_and_serve(spoiled) ? 1 : 0;
    }
    // Neither is everything refused for a reason that would hide others, nor is nothing.
    CHECK(served > 0);
    CHECK(served < changes);
  }
}

TEST_CASE("damaged_model_file: sections that are not known") {
  const auto bytes = rc::to_bytes(sample_models(tiny).at("item_knn"));
  LooseLayout layout(bytes);
  std::vector<std::string> contents;
  for (const auto& section : layout.sections) {
    contents.emplace_back(rc::detail::contents_of(bytes, section));
  }
  layout.sections.push_back({.tag = {'N', 'E', 'W', 'S'}, .type = 1, .rows = 5, .columns = 1});
  contents.emplace_back("hello");
  const auto with_optional = rc::test::assemble(layout, contents);
  CHECK(verifies(with_optional));
  CHECK(rc::to_bytes(rc::model_from_bytes(with_optional)) == bytes);

  // Optional, and of a type of values to come.
  layout.sections.back().type = 99;
  CHECK(verifies(rc::test::assemble(layout, contents)));
  layout.sections.back().required = 1;
  CHECK_FALSE(verifies(rc::test::assemble(layout, contents)));
  layout.sections.back().type = 1;
  const auto with_required = rc::test::assemble(layout, contents);
  CHECK(contains(message_of<rc::InvalidData>([&] { static_cast<void>(rc::ModelFile::from_bytes(with_required)); }),
                 "'NEWS', which this library does not know; use a newer library"));
}

TEST_CASE("damaged_model_file: versions") {
  const auto bytes = rc::to_bytes(sample_models(tiny).at("item_knn"));
  const auto with = [&](std::uint32_t version, std::uint32_t oldest) {
    LooseLayout layout(bytes);
    layout.header.version = version;
    layout.header.oldest = oldest;
    auto file = bytes;
    layout.write_to(file);
    rc::test::fix_checksums(file);
    return file;
  };
  CHECK(verifies(with(2, 1)));
  CHECK(contains(message_of<rc::InvalidData>([&] { static_cast<void>(rc::ModelFile::from_bytes(with(3, 2))); }),
                 "version 3 of the format, which needs a reader of version 2"));
  CHECK_FALSE(verifies(with(0, 0)));
}
