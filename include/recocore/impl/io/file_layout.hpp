/// The header of a model file and its table of sections. See docs/format.md.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/impl/io/crc32c.hpp>
#include <recocore/impl/io/stored_arrays.hpp>

namespace recocore::detail {

/// Not text, and damaged by whatever changes line ends.
inline constexpr std::array<char, 8> file_magic{'\x89', 'R', 'E', 'C', 'O', '\r', '\n', '\x1A'};
inline constexpr std::uint32_t file_version = 1;
/// What has to be able to read what is written here.
inline constexpr std::uint32_t oldest_reader = 1;
inline constexpr std::size_t most_sections = 64;

struct FileHeader {
  std::array<char, 8> magic = file_magic;
  std::uint32_t version = file_version;
  std::uint32_t oldest = oldest_reader;
  std::uint64_t file_size = 0;
  std::uint32_t sections = 0;
  std::uint32_t table_crc = 0;
  std::array<std::uint32_t, 7> reserved{};
  /// Of all before.
  std::uint32_t crc = 0;
};

struct FileSection {
  ArrayTag tag{};
  std::uint32_t type = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  /// 1: who does not know the section cannot read the file. 0: it can be skipped.
  std::uint32_t required = 0;
  /// Of arrays, from 1 on.
  std::uint32_t number = 0;
  std::array<std::uint32_t, 3> reserved{};
  std::uint32_t crc = 0;
};

static_assert(sizeof(FileHeader) == 64 && std::is_trivially_copyable_v<FileHeader>);
static_assert(sizeof(FileSection) == 64 && std::is_trivially_copyable_v<FileSection>);

inline constexpr std::size_t header_checked = offsetof(FileHeader, crc);

inline constexpr ArrayTag info_tag{'I', 'N', 'F', 'O'};
inline constexpr ArrayTag state_tag{'S', 'T', 'A', 'T'};
inline constexpr ArrayTag parameters_tag{'P', 'A', 'R', 'A'};

[[noreturn]] inline void refuse_file(const std::string& what) {
  throw InvalidData("this is not a sound model file: " + what);
}

[[nodiscard]] inline std::string section_name(std::size_t number, const FileSection& section) {
  std::string text = "section " + std::to_string(number) + " '";
  for (const char c : section.tag) {
    text += c >= ' ' && c <= '~' ? c : '?';
  }
  return text + "'";
}

[[nodiscard]] inline FileHeader read_header(std::string_view file) {
  FileHeader header;
  if (file.size() < sizeof header) {
    refuse_file("it has " + std::to_string(file.size()) + " bytes, fewer than a header");
  }
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != file_magic) {
    refuse_file("it does not begin like one");
  }
  if (header.crc != crc32c(&header, header_checked)) {
    refuse_file("the checksum of its header is wrong, it is damaged");
  }
  if (header.oldest > file_version) {
    refuse_file("it has version " + std::to_string(header.version) +
                " of the format, which needs a reader of version " + std::to_string(header.oldest) +
                ", and this library reads version " + std::to_string(file_version) + "; use a newer library");
  }
  if (header.version == 0 || header.oldest == 0 || header.oldest > header.version ||
      std::any_of(header.reserved.begin(), header.reserved.end(), [](std::uint32_t word) { return word != 0; })) {
    refuse_file("its header makes no sense");
  }
  if (header.file_size != file.size()) {
    refuse_file("it should have " + std::to_string(header.file_size) + " bytes and has " + std::to_string(file.size()) +
                ": it was cut off, or something was added");
  }
  return header;
}

/// The sections, each of which lies inside the file and behind the one before; their contents are not looked at.
[[nodiscard]] inline std::vector<FileSection> read_sections(std::string_view file) {
  const auto header = read_header(file);
  if (header.sections > most_sections) {
    refuse_file("it has " + std::to_string(header.sections) + " sections, more than " + std::to_string(most_sections));
  }
  const std::size_t table = header.sections * sizeof(FileSection);
  if (table > file.size() - sizeof header) {
    refuse_file("it is cut off in its table of sections");
  }
  if (header.table_crc != crc32c(file.data() + sizeof header, table)) {
    refuse_file("the checksum of its table of sections is wrong, it is damaged");
  }
  std::vector<FileSection> sections(header.sections);
  if (table > 0) {
    std::memcpy(sections.data(), file.data() + sizeof header, table);
  }
  std::uint64_t end = sizeof header + table;
  for (std::size_t s = 0; s < sections.size(); ++s) {
    const auto& section = sections[s];
    if (section.offset != end) {
      refuse_file(section_name(s, section) + " begins at " + std::to_string(section.offset) + " instead of " +
                  std::to_string(end));
    }
    if (section.length > file.size() - end || padding_after(section.length) > file.size() - end - section.length) {
      refuse_file(section_name(s, section) + " has " + std::to_string(section.length) + " bytes, more than there are");
    }
    end += section.length + padding_after(section.length);
    const std::uint64_t size = section.type > static_cast<std::uint32_t>(ValueType::scored)
                                   ? 0
                                   : bytes_of(static_cast<ValueType>(section.type));
    const std::uint64_t values = size == 0 ? 0 : section.length / size;
    const bool fits = section.columns > 0 && section.rows <= values / section.columns &&
                      section.rows * section.columns == values && values * size == section.length;
    if (size == 0 ? section.required == 1 : !fits) {
      refuse_file(section_name(s, section) + " has " + std::to_string(section.length) + " bytes, which are not " +
                  std::to_string(section.rows) + " x " + std::to_string(section.columns) + " values of type " +
                  std::to_string(section.type));
    }
    if (section.required > 1 || section.reserved != std::array<std::uint32_t, 3>{}) {
      refuse_file(section_name(s, section) + " makes no sense");
    }
  }
  if (end != file.size()) {
    refuse_file("it has " + std::to_string(file.size() - end) + " bytes that belong to no section");
  }
  return sections;
}

[[nodiscard]] inline std::string_view contents_of(std::string_view file, const FileSection& section) {
  return file.substr(static_cast<std::size_t>(section.offset), static_cast<std::size_t>(section.length));
}

/// @throws InvalidData contents that are not what was written, or padding that is not zero.
inline void check_contents(std::string_view file, std::size_t number, const FileSection& section) {
  const auto contents = contents_of(file, section);
  if (section.crc != crc32c(contents.data(), contents.size())) {
    refuse_file("the checksum of " + section_name(number, section) + " is wrong, it is damaged");
  }
  const auto padding = file.substr(static_cast<std::size_t>(section.offset + section.length),
                                   static_cast<std::size_t>(padding_after(section.length)));
  if (padding.find_first_not_of('\0') != std::string_view::npos) {
    refuse_file("there is something behind " + section_name(number, section) + " that does not belong there");
  }
}

}  // namespace recocore::detail
