/// Files whose operations fail when a test wants it.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include <recocore/impl/io/file_calls.hpp>

namespace recocore::test {

/// A folder that is removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "recocore-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), pattern);
    }
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code none;
    std::filesystem::remove_all(path_, none);
  }

  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()));
  }

 private:
  std::filesystem::path path_{};
};

[[nodiscard]] inline std::string read_all(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// The call of number `fails_at` gives an error, or, if that is EINTR or 0, is interrupted or writes little; from then
/// on all is well, or not.
class FaultyCalls final : public detail::FileCalls {
 public:
  static constexpr int short_write = 0;

  explicit FaultyCalls(std::size_t fails_at, int error, bool for_good = false)
      : fails_at_(fails_at), error_(error), for_good_(for_good) {}

  [[nodiscard]] std::size_t calls() const noexcept { return calls_; }
  /// What the failing call was.
  [[nodiscard]] const std::string& failed() const noexcept { return failed_; }

  [[nodiscard]] int open(const char* path, int flags, mode_t mode) override {
    return fails("open") ? -1 : FileCalls::open(path, flags, mode);
  }
  [[nodiscard]] ssize_t write(int file, const void* data, std::size_t size) override {
    if (error_ == short_write) {
      return FileCalls::write(file, data, fails("write") ? std::max<std::size_t>(1, size / 3) : size);
    }
    return fails("write") ? -1 : FileCalls::write(file, data, size);
  }
  [[nodiscard]] int chmod(int file, mode_t mode) override { return fails("chmod") ? -1 : FileCalls::chmod(file, mode); }
  [[nodiscard]] int sync(int file) override { return fails("sync") ? -1 : FileCalls::sync(file); }
  [[nodiscard]] int close(int file) override {
    // It is closed whatever it says.
    const int result = FileCalls::close(file);
    return fails("close") ? -1 : result;
  }
  [[nodiscard]] int rename(const char* from, const char* to) override {
    return fails("rename") ? -1 : FileCalls::rename(from, to);
  }

 private:
  bool fails(const char* what) {
    const std::size_t number = calls_++;
    const bool is_now = number == fails_at_ || (for_good_ && number > fails_at_);
    if (!is_now || (error_ == short_write && what != std::string("write"))) {
      return false;
    }
    if (failed_.empty()) {
      failed_ = what;
    }
    errno = error_;
    return true;
  }

  std::size_t fails_at_;
  int error_;
  bool for_good_;
  std::size_t calls_ = 0;
  std::string failed_{};
};

}  // namespace recocore::test
