/// Values as bytes, and back without trusting them: a pair of cereal archives over memory.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <cereal/cereal.hpp>

#include <recocore/core/error.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/data/interactions_parts.hpp>
#include <recocore/impl/io/stored_arrays.hpp>

namespace recocore::detail {

// Every machine we know of; the bytes are the same on all of them.
static_assert(std::endian::native == std::endian::little);

template <class T>
concept Plain = std::is_trivially_copyable_v<T>;

/// How much of a model is written.
enum class Kept : std::uint8_t { all, serving, histories };

class StateWriter : public cereal::OutputArchive<StateWriter, cereal::AllowEmptyClassElision> {
 public:
  StateWriter() : OutputArchive(this) {}
  /// @param most_arrays long arrays that are left out of the bytes, for whoever writes them beside these.
  StateWriter(std::size_t most_arrays, Kept how_much)
      : OutputArchive(this), kept(how_much), most_arrays_(most_arrays) {}

  void write(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }

  /// All values of an array after their number. They must live as long as the writer.
  /// @param columns of a matrix whose rows the values are.
  template <Plain T>
  void array(const T* values, std::size_t count, ArrayTag tag = any_array, std::size_t columns = 1) {
    store(values, count, tag, columns, {});
  }

  /// The same of values that nobody else keeps.
  template <class Values>
    requires(!std::is_lvalue_reference_v<Values>)
  void array(Values&& values, ArrayTag tag = any_array) {
    const auto kept_values = std::make_shared<const Values>(std::forward<Values>(values));
    store(kept_values->data(), kept_values->size(), tag, 1, kept_values);
  }

  /// Keeps what arrays are written from.
  void keep(std::shared_ptr<const void> owner) { owners_.push_back(std::move(owner)); }

  [[nodiscard]] std::string take() noexcept { return std::move(bytes_); }
  [[nodiscard]] std::span<const WrittenArray> arrays() const noexcept { return arrays_; }

  Kept kept = Kept::all;
  /// The last interactions written: what several models share is written once.
  std::shared_ptr<const Interactions> last{};

 private:
  template <Plain T>
  void store(const T* values, std::size_t count, ArrayTag tag, std::size_t columns,
             const std::shared_ptr<const void>& owner) {
    const std::uint64_t stored = count;
    const std::size_t size = count * sizeof(T);
    write(&stored, sizeof stored);
    if (size < least_long_array) {
      write(values, size);
      return;
    }
    const bool beside = arrays_.size() < most_arrays_;
    const auto number = static_cast<std::uint32_t>(beside ? arrays_.size() + 1 : 0);
    write(&number, sizeof number);
    if (beside) {
      arrays_.push_back({.tag = tag,
                         .type = value_type_of<T>(),
                         .rows = count / columns,
                         .columns = columns,
                         .data = values,
                         .size = size,
                         .owner = owner});
      return;
    }
    bytes_.append(padding_after(bytes_.size()), '\0');
    write(values, size);
  }

  std::string bytes_{};
  std::vector<WrittenArray> arrays_{};
  std::vector<std::shared_ptr<const void>> owners_{};
  std::size_t most_arrays_ = 0;
};

class StateReader : public cereal::InputArchive<StateReader, cereal::AllowEmptyClassElision> {
 public:
  explicit StateReader(std::string_view bytes) : InputArchive(this), rest_(bytes), all_(bytes), total_(bytes.size()) {}
  /// @param total bytes of all the file. @param owner of the bytes and arrays, which are then used where they lie.
  StateReader(std::string_view bytes, std::span<const ReadArray> arrays, std::uint64_t total,
              std::shared_ptr<const void> owner)
      : InputArchive(this),
        rest_(bytes),
        all_(bytes),
        arrays_(arrays),
        was_read_(arrays.size(), std::uint8_t{0}),
        total_(total),
        owner_(std::move(owner)) {}

  void read(void* data, std::size_t size) {
    if (size > 0) {
      std::memcpy(data, take(size), size);
    }
  }

  /// Memory is asked for only after that many values were seen to be there.
  template <class Values>
  void array(Values& values) {
    using T = typename Values::value_type;
    static_assert(Plain<T>);
    std::uint64_t count = 0;
    read(&count, sizeof count);
    if (count > total_ / sizeof(T)) {
      throw_cut_off();
    }
    const auto wanted = static_cast<std::size_t>(count);
    const char* const stored = find(wanted * sizeof(T), value_type_of<T>());
    if constexpr (std::is_same_v<Values, RawVector<T>>) {
      if (owner_ && wanted > 0 && std::bit_cast<std::uintptr_t>(stored) % alignof(T) == 0) {
        values = lend(reinterpret_cast<const T*>(stored), wanted, owner_);
        return;
      }
    }
    values.resize(wanted);
    if (wanted > 0) {
      std::memcpy(values.data(), stored, wanted * sizeof(T));
    }
  }

  /// The same without a copy where the bytes have an owner.
  template <Plain T>
  void array(SharedValues<T>& values) {
    RawVector<T> read_values;
    array(read_values);
    auto own = std::make_shared<const RawVector<T>>(std::move(read_values));
    values = SharedValues<T>(std::span<const T>(*own), own);
  }

  void expect_end() const {
    if (!rest_.empty()) {
      throw InvalidData("the stored state has " + std::to_string(rest_.size()) + " bytes too many; it is damaged");
    }
    for (std::size_t number = 0; number < was_read_.size(); ++number) {
      if (was_read_[number] == 0) {
        throw InvalidData("the stored state has no use for its array " + std::to_string(number) + "; it is damaged");
      }
    }
  }

  /// What is not stored but counted, such as ids that are 0, 1, 2 ..., may not claim more than a file of this size has.
  void expect_plausible(std::uint64_t count) const {
    constexpr std::uint64_t always = 1U << 20U;
    if (count > total_ + always) {
      throw InvalidData("the stored state has " + std::to_string(count) + " rows in " + std::to_string(total_) +
                        " bytes; it is damaged");
    }
  }

  /// The last interactions read.
  std::shared_ptr<const Interactions> last{};
  /// How many models are being read that hold others.
  std::size_t nested = 0;

 private:
  [[noreturn]] static void throw_cut_off() {
    throw InvalidData("the stored state ends too early; it was cut off or damaged");
  }

  [[nodiscard]] const char* take(std::size_t size) {
    if (size > rest_.size()) {
      throw_cut_off();
    }
    const char* const taken = rest_.data();
    rest_.remove_prefix(size);
    return taken;
  }

  [[nodiscard]] const char* find(std::size_t size, ValueType type) {
    if (size < least_long_array) {
      return take(size);
    }
    std::uint32_t number = 0;
    read(&number, sizeof number);
    if (number == 0) {
      static_cast<void>(take(padding_after(all_.size() - rest_.size())));
      return take(size);
    }
    if (number > arrays_.size() || was_read_[number - 1] != 0 || arrays_[number - 1].type != type ||
        arrays_[number - 1].bytes.size() != size) {
      throw InvalidData("the stored state refers to an array of " + std::to_string(size) +
                        " bytes that it does not have; it is damaged");
    }
    was_read_[number - 1] = 1;
    return arrays_[number - 1].bytes.data();
  }

  std::string_view rest_;
  std::string_view all_;
  std::span<const ReadArray> arrays_{};
  std::vector<std::uint8_t> was_read_{};
  std::uint64_t total_ = 0;
  std::shared_ptr<const void> owner_{};
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
