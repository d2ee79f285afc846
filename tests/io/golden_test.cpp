// Files that every later version of the library has to read.
//
// `golden/` has, for each version of the format and each model, a file, the same for serving only where there is one,
// and the lists that were made from it. They are never changed. For a new version of the format:
//
//     RECOCORE_RECORD_GOLDEN=tests/io/golden/v2 build/dev/tests/recocore_tests --test-case='golden: record'
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/io/model_file.hpp>
#include <recocore/io/state.hpp>

#include "../support/file_faults.hpp"
#include "../support/sample_models.hpp"

namespace rc = recocore;
using rc::test::lists_of;
using rc::test::read_all;

namespace {

namespace fs = std::filesystem;

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    for (std::string word; std::getline(columns, word, '\t');) {
      words.push_back(word);
    }
  }
  return words;
}

/// Scores are rounded by other instructions elsewhere.
bool are_alike(const std::string& a, const std::string& b) {
  if (a == b) {
    return true;
  }
  char* end = nullptr;
  const double x = std::strtod(a.c_str(), &end);
  const bool number = end != a.c_str() && *end == '\0';
  return number && doctest::Approx(x).epsilon(1e-5) == std::strtod(b.c_str(), nullptr);
}

}  // namespace

TEST_CASE("golden: record") {
  const char* const folder = std::getenv("RECOCORE_RECORD_GOLDEN");
  if (folder == nullptr) {
    return;
  }
  fs::create_directories(folder);
  for (const auto& [name, model] : rc::test::sample_models()) {
    const auto path = fs::path(folder) / name;
    rc::save_model(model, path.string() + ".reco", {.sequence = 7});
    std::ofstream(path.string() + ".lists") << lists_of(model, true);
    const bool from_histories = name != "user_knn" && name != "session_knn" && name != "next_basket";
    if (from_histories) {
      rc::save_model(model, path.string() + "-serving.reco", {.serving_only = true});
      std::ofstream(path.string() + "-serving.lists") << lists_of(model, false);
    }
  }
}

TEST_CASE("golden: files of every version are read, and give the lists they gave") {
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(__FILE__).parent_path() / "golden")) {
    if (entry.path().extension() != ".reco") {
      continue;
    }
    CAPTURE(entry.path().string());
    ++files;
    const auto file = rc::ModelFile::open(entry.path(), {.verify = true});
    CHECK(file.sequence() == (file.serving_only() ? 0 : 7));
    auto lists = entry.path();
    const auto expected = words_of(read_all(lists.replace_extension(".lists")));
    const auto found = words_of(lists_of(file.model(), !file.serving_only()));
    REQUIRE(found.size() == expected.size());
    for (std::size_t word = 0; word < expected.size(); ++word) {
      CAPTURE(word);
      const bool alike = are_alike(expected[word], found[word]);
      CHECK(alike);
    }
  }
  CHECK(files >= 27);
}

TEST_CASE("golden: what is written now has the bytes of the present version") {
  // Of models whose numbers are the same with all instructions.
  const auto folder = fs::path(__FILE__).parent_path() / "golden" / "v1";
  const auto models = rc::test::sample_models();
  for (const char* const name :
       {"item_knn", "item_knn_asymmetric", "popularity", "rp3beta", "content_knn", "user_knn"}) {
    CAPTURE(name);
    const auto bytes = read_all(folder / (std::string(name) + ".reco"));
    CHECK(rc::to_bytes(models.at(name), {.sequence = 7}) == bytes);
  }
}
