/// A file replaced at once or not at all.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <recocore/core/error.hpp>
#include <recocore/impl/io/file_calls.hpp>
#include <recocore/impl/io/file_memory.hpp>

namespace recocore::detail {

/// Repeats what a signal interrupted.
template <class Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

/// One replacement: what was begun is undone unless it came to its end.
class FileReplacement {
 public:
  FileReplacement(std::filesystem::path target, FileCalls& calls) : target_(std::move(target)), calls_(calls) {}
  FileReplacement(const FileReplacement&) = delete;
  FileReplacement& operator=(const FileReplacement&) = delete;

  ~FileReplacement() {
    // What failed is on its way to the caller: nothing here can make it worse.
    if (file_ >= 0) {
      static_cast<void>(calls_.close(file_));
    }
    if (folder_ >= 0) {
      static_cast<void>(calls_.close(folder_));
    }
    if (is_there_) {
      calls_.remove(temporary_.c_str());
    }
  }

  void run(std::span<const std::string_view> pieces) {
    open();
    for (const auto piece : pieces) {
      write(piece);
    }
    check(uninterrupted([this] { return calls_.sync(file_); }), "synchronising", temporary_);
    // After an error, too, the file is closed.
    check(calls_.close(std::exchange(file_, -1)), "closing", temporary_);
    if (calls_.rename(temporary_.c_str(), target_.c_str()) < 0) {
      const int number = errno;
      throw_io_error("renaming " + temporary_.string() + " to", target_, number);
    }
    is_there_ = false;
    if (uninterrupted([this] { return calls_.sync(folder_); }) < 0 && errno != EINVAL && errno != ENOTSUP) {
      const int number = errno;
      throw IoError("synchronising the folder of " + target_.string() +
                    " failed: " + std::generic_category().message(number) +
                    "; the new file is in its place, but a loss of power may bring the old one back");
    }
  }

 private:
  static void check(int result, const std::string& what, const std::filesystem::path& path) {
    if (result < 0) {
      throw_io_error(what, path, errno);
    }
  }

  void open() {
    constexpr mode_t any_mode = 0666;
    const auto folder = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
    folder_ = uninterrupted([&] { return calls_.open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, mode_t{0}); });
    check(folder_, "opening the folder", folder);
    static std::atomic<std::uint64_t> next_number{0};
    do {
      temporary_ = target_;
      temporary_ += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(next_number++);
      file_ = uninterrupted(
          [this] { return calls_.open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, any_mode); });
    } while (file_ < 0 && errno == EEXIST);
    check(file_, "creating", temporary_);
    is_there_ = true;
    struct stat before{};
    if (::stat(target_.c_str(), &before) == 0) {
      constexpr mode_t permissions = 0777;
      check(uninterrupted([&] { return calls_.chmod(file_, before.st_mode & permissions); }), "setting the mode of",
            temporary_);
    }
  }

  void write(std::string_view rest) {
    // More at once is cut short by some systems anyway.
    constexpr std::size_t most = std::size_t{1} << 30U;
    while (!rest.empty()) {
      const auto written = uninterrupted([&] { return calls_.write(file_, rest.data(), std::min(rest.size(), most)); });
      if (written <= 0) {
        throw_io_error("writing", temporary_, written == 0 ? EIO : errno);
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  std::filesystem::path target_;
  FileCalls& calls_;
  std::filesystem::path temporary_{};
  bool is_there_ = false;
  int file_ = -1;
  int folder_ = -1;
};

/// @throws IoError: see `save_model`.
inline void replace_file(const std::filesystem::path& path, std::span<const std::string_view> pieces,
                         FileCalls& calls) {
  std::error_code none;
  auto target = std::filesystem::is_symlink(path, none) ? std::filesystem::weakly_canonical(path, none) : path;
  if (std::filesystem::is_directory(target, none)) {
    throw IoError(path.string() + " is a folder; give the name of a file in it");
  }
  if (target.empty()) {
    target = path;
  }
  FileReplacement(std::move(target), calls).run(pieces);
}

}  // namespace recocore::detail
