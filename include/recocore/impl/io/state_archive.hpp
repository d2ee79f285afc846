/// Values as bytes, and back without trusting them: a pair of cereal archives over memory.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <cereal/cereal.hpp>

#include <recocore/core/error.hpp>

namespace recocore {
class Interactions;
}

namespace recocore::detail {

// Every machine we know of; the bytes are the same on all of them.
static_assert(std::endian::native == std::endian::little);

template <class T>
concept Plain = std::is_trivially_copyable_v<T>;

class StateWriter : public cereal::OutputArchive<StateWriter, cereal::AllowEmptyClassElision> {
 public:
  StateWriter() : OutputArchive(this) {}

  void write(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }

  /// All values of an array after their number.
  template <Plain T>
  void array(const T* values, std::size_t count) {
    const std::uint64_t stored = count;
    write(&stored, sizeof stored);
    write(values, count * sizeof(T));
  }

  [[nodiscard]] std::string take() noexcept { return std::move(bytes_); }

  /// The last interactions written: what several models share is written once.
  std::shared_ptr<const Interactions> last{};

 private:
  std::string bytes_{};
};

class StateReader : public cereal::InputArchive<StateReader, cereal::AllowEmptyClassElision> {
 public:
  explicit StateReader(std::string_view bytes) : InputArchive(this), rest_(bytes) {}

  void read(void* data, std::size_t size) {
    if (size > rest_.size()) {
      throw InvalidData("the stored state ends too early; it was cut off or damaged");
    }
    if (size > 0) {
      std::memcpy(data, rest_.data(), size);
      rest_.remove_prefix(size);
    }
  }

  /// Memory is asked for only after that many values were seen to be there.
  template <class Values>
  void array(Values& values) {
    using T = typename Values::value_type;
    static_assert(Plain<T>);
    std::uint64_t count = 0;
    read(&count, sizeof count);
    if (count > rest_.size() / sizeof(T)) {
      throw InvalidData("the stored state ends too early; it was cut off or damaged");
    }
    values.resize(static_cast<std::size_t>(count));
    read(values.data(), values.size() * sizeof(T));
  }

  void expect_end() const {
    if (!rest_.empty()) {
      throw InvalidData("the stored state has " + std::to_string(rest_.size()) + " bytes too many; it is damaged");
    }
  }

  /// The last interactions read.
  std::shared_ptr<const Interactions> last{};
  /// How many models are being read that hold others.
  std::size_t nested = 0;

 private:
  std::string_view rest_;
};

template <class T>
  requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(StateWriter& archive, const T& value) {
  archive.write(&value, sizeof value);
}

template <class T>
  requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(StateReader& archive, T& value) {
  archive.read(&value, sizeof value);
}

}  // namespace recocore::detail

CEREAL_REGISTER_ARCHIVE(recocore::detail::StateWriter)
CEREAL_REGISTER_ARCHIVE(recocore::detail::StateReader)
CEREAL_SETUP_ARCHIVE_TRAITS(recocore::detail::StateReader, recocore::detail::StateWriter)
