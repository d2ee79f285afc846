#include <cstdint>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include <recocore/io/model_file.hpp>
#include <recocore/io/state.hpp>

#include "../fuzz/model_file_damage.hpp"
#include "../support/file_faults.hpp"
#include "../support/peak_memory.hpp"
#include "../support/sample_models.hpp"

namespace rc = recocore;
using rc::test::PeakMemory;

namespace {

/// Whatever the size of the file.
constexpr std::uint64_t always = 1U << 20U;

/// Thousands of everything.
std::map<std::string, rc::AnyModel> larger_models() {
  const auto shop = rc::test::sample_interactions({.users = 20'000, .items = 2'000, .events = 100'000});
  const rc::RunOptions two{.threads = 2};
  const auto knn = rc::ItemKnn::fit(shop, {.k = 50}, two);
  return {
      {"als", rc::Als::fit(shop, {.factors = 16, .epochs = 1}, two)},
      {"blend", rc::Blend({knn, rc::Popularity::fit(shop)}, {1.0, 1.0})},
      {"ease", rc::Ease::fit(shop, {}, two)},
      {"graph_filter", rc::GraphFilter::fit(shop, {.k = 50, .dimensions = 8}, two)},
      {"item_knn", knn},
      {"next_basket", rc::NextBasket::fit(shop, {}, two)},
      {"popularity", rc::Popularity::fit(shop, {}, two)},
      {"rp3beta", rc::Rp3beta::fit(shop, {.k = 50}, two)},
      {"session_knn", rc::SessionKnn::fit(shop, {}, two)},
      {"user_knn", rc::UserKnn::fit(shop, {}, two)},
  };
}

}  // namespace

TEST_CASE("model_file: opening and reading take no more memory than the file, mapped, or than that and the file") {
  const rc::test::TemporaryFolder folder;
  for (const auto& [name, model] : larger_models()) {
    // What is not kept in files but made anew.
    const bool anew = name == "next_basket" || name == "session_knn";
    const bool from_histories = !anew && name != "user_knn";
    for (const bool serving_only : {false, true}) {
      if (serving_only && !from_histories) {
        continue;
      }
      CAPTURE(name);
      CAPTURE(serving_only);
      const auto path = folder.file(name);
      rc::save_model(model, path, {.serving_only = serving_only});
      for (const bool mmap : {true, false}) {
        CAPTURE(mmap);
        const PeakMemory memory;
        const auto file = rc::ModelFile::open(path, {.mmap = mmap});
        const std::uint64_t read = mmap ? 0 : file.bytes();
        CHECK(memory.peak() <= read + 16'384);
        static_cast<void>(file.model());
        CHECK(memory.peak() <= read + (anew ? 3 : 1) * file.bytes() + always);
      }
    }
  }
}

TEST_CASE("model_file: a damaged file does not make anybody ask for much memory") {
  const rc::test::SampleEvents tiny{.users = 5, .items = 5, .events = 20};
  rc::Random random(29);
  for (const auto& [name, model] : rc::test::sample_models(tiny)) {
    CAPTURE(name);
    // Encoders of columns have tables of their own.
    const bool has_content = name == "hybrid" || name == "content_knn";
    const auto bytes = rc::to_bytes(model);
    for (int change = 0; change < (has_content ? 60 : 400); ++change) {
      const auto spoiled = rc::test::damaged(bytes, random);
      const PeakMemory memory;
      static_cast<void>(rc::test::open_and_serve(spoiled));
      const auto peak = memory.peak();
      CHECK(peak <= spoiled.size() + (has_content ? 8 : 1) * always);
    }
  }
}

TEST_CASE("model_file: saving writes from where the model has its arrays") {
  const rc::test::TemporaryFolder folder;
  const auto models = larger_models();
  for (const char* const name : {"als", "ease", "item_knn", "rp3beta"}) {
    CAPTURE(name);
    const PeakMemory memory;
    rc::save_model(models.at(name), folder.file("m"));
    CHECK(memory.peak() <= 65'536);
  }
}
