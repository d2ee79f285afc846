#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/impl/io/replace_file.hpp>
#include <recocore/io/model_file.hpp>
#include <recocore/io/state.hpp>

#include "../support/events.hpp"
#include "../support/file_faults.hpp"
#include "../support/sample_models.hpp"

namespace rc = recocore;
using rc::test::contains;
using rc::test::FaultyCalls;
using rc::test::message_of;
using rc::test::read_all;
using rc::test::TemporaryFolder;

namespace {

/// Contents in several pieces, as a model has them.
struct Pieces {
  std::string first = std::string(100, 'a');
  std::string second{};
  std::string third = std::string(3000, 'b');
  std::vector<std::string_view> views{first, second, third};
  std::string whole = first + second + third;
};

}  // namespace

TEST_CASE("save_model: whatever call fails, the old file is whole and nothing else stays") {
  const Pieces pieces;
  std::size_t failed_calls = 0;
  bool came_to_its_end = false;
  for (const int error : {ENOSPC, EIO, EACCES}) {
    for (const bool for_good : {false, true}) {
      came_to_its_end = false;
      for (std::size_t call = 0; !came_to_its_end; ++call) {
        CAPTURE(call);
        const TemporaryFolder folder;
        const auto path = folder.file("model.reco");
        rc::test::FaultyCalls well(1000, error);
        rc::detail::replace_file(path, std::vector<std::string_view>{"old"}, well);
        FaultyCalls calls(call, error, for_good);
        const auto message = message_of<rc::IoError>([&] { rc::detail::replace_file(path, pieces.views, calls); });
        CAPTURE(message);
        came_to_its_end = calls.failed().empty();
        CHECK(folder.files() == 1);
        if (came_to_its_end) {
          CHECK(message.empty());
          CHECK(read_all(path) == pieces.whole);
        } else if (contains(message, "synchronising the folder")) {
          CHECK(read_all(path) == pieces.whole);
        } else if (message.empty()) {
          // Closing the folder at the very end changes nothing any more.
          CHECK(calls.failed() == "close");
          CHECK(read_all(path) == pieces.whole);
        } else {
          ++failed_calls;
          CHECK(contains(message, std::string(std::generic_category().message(error))));
          CHECK(contains(message, folder.file("").parent_path().string()));
          CHECK(read_all(path) == "old");
        }
      }
    }
  }
  // Folder, file, mode, two pieces, sync, close, rename.
  CHECK(failed_calls >= 3 * 2 * 8);
}

TEST_CASE("save_model: the first save fails and leaves nothing") {
  const Pieces pieces;
  for (std::size_t call = 0; call < 7; ++call) {
    const TemporaryFolder folder;
    FaultyCalls calls(call, ENOSPC, true);
    CHECK_THROWS_AS(rc::detail::replace_file(folder.file("m"), pieces.views, calls), rc::IoError);
    CHECK(folder.files() == 0);
  }
}

TEST_CASE("save_model: interruptions and short writes do no harm") {
  const Pieces pieces;
  for (const int error : {EINTR, FaultyCalls::short_write}) {
    for (std::size_t call = 0; call < 10; ++call) {
      CAPTURE(call);
      const TemporaryFolder folder;
      const auto path = folder.file("m");
      FaultyCalls calls(call, error);
      // Only closing and renaming are not repeated: no signal interrupts the latter, and the former has closed.
      const auto message = message_of<rc::IoError>([&] { rc::detail::replace_file(path, pieces.views, calls); });
      if (calls.failed() != "close" && calls.failed() != "rename") {
        CHECK(message.empty());
        CHECK(read_all(path) == pieces.whole);
      }
      CHECK(folder.files() <= 1);
    }
  }
}

TEST_CASE("save_model: the mode stays, a new file has the usual one, a link stays a link") {
  const TemporaryFolder folder;
  const auto path = folder.file("model.reco");
  const auto model = rc::test::sample_models().at("popularity");
  const auto mode_of = [](const std::filesystem::path& file) {
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777U;
  };
  const auto mask = ::umask(022);
  rc::save_model(model, path);
  CHECK(mode_of(path) == 0644);
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  rc::save_model(model, path);
  CHECK(mode_of(path) == 0600);
  ::umask(mask);

  const auto link = folder.file("current.reco");
  std::filesystem::create_symlink("model.reco", link);
  rc::save_model(rc::test::sample_models().at("item_knn"), link);
  CHECK(std::filesystem::is_symlink(link));
  CHECK(rc::ModelFile::open(path).model_name() == "item_knn");
  CHECK(folder.files() == 2);
}

TEST_CASE("save_model: into a folder that is not there, or onto one") {
  const TemporaryFolder folder;
  const auto model = rc::test::sample_models().at("popularity");
  CHECK(
      contains(message_of<rc::IoError>([&] { rc::save_model(model, folder.file("no") / "m.reco"); }), "No such file"));
  CHECK(contains(message_of<rc::IoError>([&] { rc::save_model(model, folder.file(".")); }), "is a folder"));
}

TEST_CASE("save_model: where the system itself refuses to write on") {
  const TemporaryFolder folder;
  const auto path = folder.file("model.reco");
  const auto models = rc::test::sample_models();
  rc::save_model(models.at("item_knn"), path);
  const auto before = read_all(path);
  const ::pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int result = 1;
    ::signal(SIGXFSZ, SIG_IGN);
    const ::rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) == 0) {
      try {
        rc::save_model(models.at("hybrid"), path);
      } catch (const rc::IoError& error) {
        result = contains(error.what(), "File too large") ? 0 : 2;
      }
    }
    ::_exit(result);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(folder.files() == 1);
  CHECK(read_all(path) == before);
}

TEST_CASE("save_model: a process that is killed leaves the old file or the new one") {
  const TemporaryFolder folder;
  const auto path = folder.file("model.reco");
  const auto models = rc::test::sample_models();
  const auto old_bytes = rc::to_bytes(models.at("item_knn"));
  const auto new_bytes = rc::to_bytes(models.at("hybrid"));
  const char* const wanted = std::getenv("RECOCORE_CAMPAIGN_KILLS");
  const long kills = wanted == nullptr ? 60 : std::atol(wanted);
  rc::Random random(3);
  long seen_old = 0;
  for (long kill = 0; kill < kills; ++kill) {
    rc::save_model(models.at("item_knn"), path);
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        for (;;) {
          rc::save_model(models.at("hybrid"), path);
        }
      } catch (...) {
        ::_exit(1);
      }
    }
    ::usleep(static_cast<::useconds_t>(random.below(4000)));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const auto bytes = read_all(path);
    const bool is_old = bytes == old_bytes;
    CHECK((is_old || bytes == new_bytes));
    seen_old += is_old ? 1 : 0;
    static_cast<void>(rc::ModelFile::open(path, {.verify = true}));
  }
  MESSAGE("old files: " << seen_old << " of " << kills);
}
