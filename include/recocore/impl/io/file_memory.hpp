/// The bytes of a file in memory: mapped or read.
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <recocore/core/error.hpp>
#include <recocore/impl/io/stored_arrays.hpp>

namespace recocore::detail {

/// @param what happened, such as "opening". @param number `errno`.
[[noreturn]] inline void throw_io_error(const std::string& what, const std::filesystem::path& path, int number) {
  throw IoError(what + " " + path.string() + " failed: " + std::generic_category().message(number));
}

/// A file descriptor that is closed.
class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    if (number_ < 0) {
      throw_io_error("opening", path, errno);
    }
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { ::close(number_); }

  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

/// The bytes live as long as `owner`.
struct FileBytes {
  std::string_view bytes{};
  std::shared_ptr<const void> owner{};
};

[[nodiscard]] inline FileBytes map_file(const OpenFile& file, std::size_t size, const std::filesystem::path& path) {
  void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (memory == MAP_FAILED) {
    throw_io_error("mapping", path, errno);
  }
  const std::shared_ptr<const void> owner(memory, [size](void* mapped) { ::munmap(mapped, size); });
  return {.bytes = {static_cast<const char*>(memory), size}, .owner = owner};
}

[[nodiscard]] inline FileBytes read_file(const OpenFile& file, std::size_t size, const std::filesystem::path& path) {
  constexpr std::align_val_t alignment{stored_alignment};
  const std::shared_ptr<char> memory(static_cast<char*>(::operator new(size, alignment)),
                                     [alignment](char* read) { ::operator delete(read, alignment); });
  std::size_t done = 0;
  while (done < size) {
    const auto count = ::read(file.number(), memory.get() + done, size - done);
    if (count < 0 && errno != EINTR) {
      throw_io_error("reading", path, errno);
    }
    if (count == 0) {
      throw IoError(path.string() + " became shorter while it was read: " + std::to_string(done) + " of " +
                    std::to_string(size) + " bytes");
    }
    done += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  return {.bytes = {memory.get(), size}, .owner = memory};
}

/// @throws IoError no such file, no file, or one that cannot be read.
[[nodiscard]] inline FileBytes open_file(const std::filesystem::path& path, bool mapped) {
  const OpenFile file(path);
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) {
    throw_io_error("looking at", path, errno);
  }
  if (!S_ISREG(status.st_mode)) {
    throw IoError(path.string() + " is not a file but a folder or a device");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) {
    return {};
  }
  return mapped ? map_file(file, size, path) : read_file(file, size, path);
}

}  // namespace recocore::detail
