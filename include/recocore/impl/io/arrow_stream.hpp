/// The consumer's side of an Arrow stream.
#pragma once

#include <string>
#include <utility>

#include <recocore/core/error.hpp>
#include <recocore/io/arrow_abi.hpp>

namespace recocore::detail {

/// An Arrow structure that is released at the end of its scope.
template <class T>
class ArrowOwned {
 public:
  ArrowOwned() = default;
  explicit ArrowOwned(T& taken) noexcept : value_(std::exchange(taken, T{})) {}
  ArrowOwned(const ArrowOwned&) = delete;
  ArrowOwned& operator=(const ArrowOwned&) = delete;
  ~ArrowOwned() {
    if (value_.release != nullptr) {
      value_.release(&value_);
    }
  }

  [[nodiscard]] T* get() noexcept { return &value_; }
  [[nodiscard]] T& operator*() noexcept { return value_; }
  [[nodiscard]] T* operator->() noexcept { return &value_; }

 private:
  T value_{};
};

/// Takes a stream over and reads it batch by batch.
class ArrowReader {
 public:
  explicit ArrowReader(ArrowArrayStream& stream) : stream_(stream) {
    if (stream_->release == nullptr) {
      throw InvalidData("this Arrow stream was consumed before; a stream can be read once, so make a new one");
    }
    check(stream_->get_schema(stream_.get(), schema_.get()));
  }

  [[nodiscard]] const ArrowSchema& schema() noexcept { return *schema_; }

  /// False when there are no more batches.
  bool next(ArrowOwned<ArrowArray>& batch) {
    check(stream_->get_next(stream_.get(), batch.get()));
    return batch->release != nullptr;
  }

 private:
  void check(int code) {
    if (code != 0) {
      const char* said = stream_->get_last_error(stream_.get());
      throw IoError("reading the Arrow stream failed: " +
                    (said != nullptr ? std::string(said) : "error " + std::to_string(code)));
    }
  }

  ArrowOwned<ArrowArrayStream> stream_;
  ArrowOwned<ArrowSchema> schema_{};
};

}  // namespace recocore::detail
