#include "ids.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <span>

#include <recocore/core/error.hpp>

#include "status.hpp"
#include "structs.hpp"

namespace recocore::capi {

namespace {

/// @throws InvalidArgument neither integers nor texts, or both.
[[nodiscard]] recocore_ids read_ids(const recocore_ids* given, const char* what) {
  const auto ids = read_struct(given, "recocore_ids");
  if (ids.count > 0 && (ids.integers == nullptr) == (ids.texts == nullptr)) {
    throw InvalidArgument(std::string(what) + " has " + std::to_string(ids.count) + " ids, but " +
                          (ids.texts == nullptr ? "neither integers nor texts" : "both integers and texts"));
  }
  return ids;
}

[[nodiscard]] std::string_view text_at(const recocore_ids& ids, std::size_t row, const char* what) {
  const char* text = ids.texts[row];
  if (text == nullptr) {
    throw InvalidArgument("text " + std::to_string(row) + " of " + what + " is NULL");
  }
  return {text, ids.lengths == nullptr ? std::strlen(text) : ids.lengths[row]};
}

}  // namespace

IdColumn to_column(const recocore_ids* ids, const char* what, std::vector<std::string_view>& texts) {
  const auto given = read_ids(ids, what);
  if (given.count == 0) {
    return {};
  }
  if (given.integers != nullptr) {
    return std::span(given.integers, given.count);
  }
  texts.clear();
  texts.reserve(given.count);
  for (std::size_t row = 0; row < given.count; ++row) {
    texts.push_back(text_at(given, row, what));
  }
  return std::span<const std::string_view>(texts);
}

IdView to_id(const recocore_ids* ids, const char* what) {
  require(ids, what);
  const auto given = read_ids(ids, what);
  if (given.count != 1) {
    throw InvalidArgument(std::string(what) + " must be one id; got " + std::to_string(given.count));
  }
  return given.integers != nullptr ? IdView(given.integers[0]) : IdView(text_at(given, 0, what));
}

std::uint32_t find_known(const ExtendedIds& ids, const IdView& id, const char* what) {
  if (ids.size() > 0 && kind_of(id) != ids.kind()) {
    throw IdTypeError("the model's " + std::string(what) + " ids are " + std::string(to_string(ids.kind())) + ", but " +
                      to_display(id) + " is " + std::string(to_string(kind_of(id))));
  }
  const auto position = ids.find(id);
  if (!position) {
    throw UnknownId("unknown " + std::string(what) + " " + to_display(id));
  }
  return *position;
}

void OwnedIds::clear() noexcept {
  bytes_.clear();
  ends_.clear();
  integers_.clear();
}

void OwnedIds::add(const IdView& id) {
  if (const auto* text = std::get_if<std::string_view>(&id)) {
    bytes_.append(*text);
    integers_.push_back(0);
  } else {
    const auto number = std::get<std::int64_t>(id);
    std::array<char, 24> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    bytes_.append(digits.data(), written.ptr);
    integers_.push_back(number);
  }
  bytes_.push_back('\0');
  ends_.push_back(bytes_.size());
}

const char* OwnedIds::text(std::size_t entry, std::size_t* length) const noexcept {
  const bool exists = entry < ends_.size();
  const std::size_t begin = exists && entry > 0 ? ends_[entry - 1] : 0;
  if (length != nullptr) {
    *length = exists ? ends_[entry] - begin - 1 : 0;
  }
  return exists ? bytes_.data() + begin : nullptr;
}

std::int64_t OwnedIds::integer(std::size_t entry) const noexcept {
  return entry < integers_.size() ? integers_[entry] : 0;
}

}  // namespace recocore::capi
