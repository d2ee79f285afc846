/// What a save asks of the operating system, so that a test can let any of it fail.
#pragma once

#include <cstddef>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace recocore::detail {

/// As the functions of POSIX: -1 and `errno` when something is wrong.
class FileCalls {
 public:
  FileCalls() = default;
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;
  virtual ~FileCalls() = default;

  [[nodiscard]] virtual int open(const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }
  [[nodiscard]] virtual ssize_t write(int file, const void* data, std::size_t size) {
    return ::write(file, data, size);
  }
  [[nodiscard]] virtual int chmod(int file, mode_t mode) { return ::fchmod(file, mode); }
  [[nodiscard]] virtual int sync(int file) { return ::fsync(file); }
  [[nodiscard]] virtual int close(int file) { return ::close(file); }
  [[nodiscard]] virtual int rename(const char* from, const char* to) { return ::rename(from, to); }
  virtual int remove(const char* path) { return ::unlink(path); }
};

}  // namespace recocore::detail
