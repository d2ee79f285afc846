/// A column of a table as it came, before it has a kind.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/id.hpp>
#include <recocore/core/id_column.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/data/convert_column.hpp>

namespace recocore::detail {

enum class RawType : std::uint8_t { nothing, flag, integer, real, text, time, list };

inline constexpr std::array<std::string_view, 7> raw_type_names{"nothing", "a flag", "an integer", "a number",
                                                                "text",    "a time", "a list"};

/// Values of one type, appended row by row. Integers become numbers when a number comes; among the elements of lists
/// numbers become text when a text comes. NaN is a missing number.
class RawColumn {
 public:
  explicit RawColumn(std::string name = {}, bool is_element = false)
      : name_(std::move(name)), is_element_(is_element) {}

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] RawType type() const noexcept { return type_; }
  [[nodiscard]] std::size_t size() const noexcept { return present_.size(); }
  [[nodiscard]] bool is_missing(std::size_t row) const noexcept { return present_[row] == 0; }
  /// Came with a dictionary: the values are few.
  [[nodiscard]] bool is_coded() const noexcept { return is_coded_; }
  void mark_coded() noexcept { is_coded_ = true; }
  /// Came from a text file, where everything is text.
  [[nodiscard]] bool is_untyped() const noexcept { return is_untyped_; }
  void mark_untyped() noexcept { is_untyped_ = true; }

  /// Of a flag, an integer or a time.
  [[nodiscard]] std::int64_t integer(std::size_t row) const noexcept { return integers_[row]; }
  /// Of a flag, an integer or a number.
  [[nodiscard]] double number(std::size_t row) const noexcept {
    return type_ == RawType::real ? reals_[row] : static_cast<double>(integers_[row]);
  }
  [[nodiscard]] std::string_view text(std::size_t row) const noexcept {
    const auto begin = static_cast<std::size_t>(text_offsets_[row]);
    return std::string_view(bytes_).substr(begin, static_cast<std::size_t>(text_offsets_[row + 1]) - begin);
  }
  [[nodiscard]] const RawColumn& elements() const noexcept { return *elements_; }
  [[nodiscard]] std::size_t list_begin(std::size_t row) const noexcept { return list_offsets_[row]; }
  [[nodiscard]] std::size_t list_end(std::size_t row) const noexcept { return list_offsets_[row + 1]; }

  /// As ids, when it has integers or text in all rows.
  [[nodiscard]] IdColumn ids() const noexcept {
    return type_ == RawType::text ? IdColumn(PackedText<std::int64_t>{text_offsets_, bytes_.data()})
                                  : IdColumn(std::span<const std::int64_t>(integers_));
  }

  /// A value for people.
  [[nodiscard]] std::string shown(std::size_t row) const {
    switch (type_) {
      case RawType::text:
        return to_display(text(row));
      case RawType::list:
        return "a list of " + std::to_string(list_end(row) - list_begin(row));
      case RawType::real:
        return number_text(reals_[row]);
      case RawType::nothing:
        return "nothing";
      case RawType::flag:
      case RawType::integer:
      case RawType::time:
        break;
    }
    return std::to_string(integers_[row]);
  }

  void add_missing() {
    fill();
    present_.push_back(0);
  }
  void add_flag(bool value) {
    if (become(RawType::flag)) {
      integers_.push_back(value ? 1 : 0);
      present_.push_back(1);
    } else {
      add_text(value ? "True" : "False");
    }
  }
  void add_integer(std::int64_t value) {
    if (type_ == RawType::real) {
      add_real(static_cast<double>(value));
    } else if (become(RawType::integer)) {
      integers_.push_back(value);
      present_.push_back(1);
    } else {
      add_text(std::to_string(value));
    }
  }
  void add_real(double value) {
    if (type_ == RawType::integer) {
      reals_.assign(integers_.begin(), integers_.end());
      integers_.clear();
      type_ = RawType::real;
    }
    if (become(RawType::real)) {
      reals_.push_back(value);
      present_.push_back(std::isnan(value) ? 0 : 1);
    } else {
      add_text(number_text(value));
    }
  }
  void add_time(std::int64_t microseconds) {
    if (!become(RawType::time)) {
      throw_mixed(RawType::time);
    }
    integers_.push_back(microseconds);
    present_.push_back(1);
  }
  void add_text(std::string_view value) {
    if (!become(RawType::text)) {
      make_text();
    }
    bytes_.append(value);
    text_offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
    present_.push_back(1);
  }
  /// Elements [begin, end) of a column as one row.
  void add_list(const RawColumn& from, std::size_t begin, std::size_t end) {
    if (!become(RawType::list)) {
      throw_mixed(RawType::list);
    }
    for (auto element = begin; element < end; ++element) {
      elements_->add(from, element);
    }
    list_offsets_.push_back(elements_->size());
    present_.push_back(1);
  }
  /// A value of another column.
  void add(const RawColumn& from, std::size_t row) {
    if (from.is_missing(row)) {
      add_missing();
      return;
    }
    switch (from.type_) {
      case RawType::flag:
        add_flag(from.integers_[row] != 0);
        break;
      case RawType::integer:
        add_integer(from.integers_[row]);
        break;
      case RawType::real:
        add_real(from.reals_[row]);
        break;
      case RawType::text:
        add_text(from.text(row));
        break;
      case RawType::time:
        add_time(from.integers_[row]);
        break;
      case RawType::list:
        if (is_element_) {
          throw InvalidData("column " + to_display(name_) + " has lists within lists; a row may have one list");
        }
        add_list(from.elements(), from.list_begin(row), from.list_end(row));
        break;
      case RawType::nothing:
        break;
    }
  }

 private:
  /// Keeps the columns of values parallel to the rows.
  void fill() {
    switch (type_) {
      case RawType::real:
        reals_.push_back(not_a_number);
        break;
      case RawType::text:
        text_offsets_.push_back(text_offsets_.back());
        break;
      case RawType::list:
        list_offsets_.push_back(list_offsets_.back());
        break;
      case RawType::flag:
      case RawType::integer:
      case RawType::time:
        integers_.push_back(0);
        break;
      case RawType::nothing:
        break;
    }
  }

  /// Whether the next value may be of that type. False only among elements that are to become text.
  [[nodiscard]] bool become(RawType type) {
    if (type_ == type) {
      return true;
    }
    if (type_ == RawType::nothing) {
      type_ = type;
      if (type == RawType::list) {
        elements_ = std::make_unique<RawColumn>(name_, true);
      }
      for (std::size_t row = 0; row < size(); ++row) {
        fill();
      }
      return true;
    }
    if (!is_element_ || type_ == RawType::list || type_ == RawType::time) {
      throw_mixed(type);
    }
    return false;
  }

  /// Elements that were numbers, as text.
  void make_text() {
    std::vector<std::int64_t> offsets{0};
    std::string bytes;
    for (std::size_t row = 0; row < size(); ++row) {
      if (!is_missing(row)) {
        bytes += type_ == RawType::real   ? number_text(reals_[row])
                 : type_ == RawType::flag ? std::string(integers_[row] != 0 ? "True" : "False")
                                          : std::to_string(integers_[row]);
      }
      offsets.push_back(static_cast<std::int64_t>(bytes.size()));
    }
    type_ = RawType::text;
    text_offsets_ = std::move(offsets);
    bytes_ = std::move(bytes);
    integers_.clear();
    reals_.clear();
  }

  [[noreturn]] void throw_mixed(RawType type) const {
    throw InvalidData("row " + std::to_string(size()) + ", column " + to_display(name_) + ": the value is " +
                      std::string(raw_type_names[static_cast<std::size_t>(type)]) + ", but before it there was " +
                      std::string(raw_type_names[static_cast<std::size_t>(type_)]) +
                      "; make all values of the column of one type");
  }

  std::string name_;
  bool is_element_ = false;
  bool is_coded_ = false;
  bool is_untyped_ = false;
  RawType type_ = RawType::nothing;
  std::vector<std::uint8_t> present_{};
  std::vector<std::int64_t> integers_{};
  std::vector<double> reals_{};
  std::vector<std::int64_t> text_offsets_{0};
  std::string bytes_{};
  std::vector<std::size_t> list_offsets_{0};
  std::unique_ptr<RawColumn> elements_{};
};

}  // namespace recocore::detail
