/// Model files that are damaged on purpose, with checksums that are right all the same.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/impl/io/file_layout.hpp>
#include <recocore/io/model_file.hpp>
#include <recocore/rank/serve.hpp>

namespace recocore::test {

using detail::FileHeader;
using detail::FileSection;

/// The header and the sections that are there, unchecked.
struct LooseLayout {
  FileHeader header{};
  std::vector<FileSection> sections{};

  explicit LooseLayout(std::string_view file) {
    if (file.size() >= sizeof header) {
      std::memcpy(&header, file.data(), sizeof header);
      sections.resize(std::min<std::size_t>(header.sections, (file.size() - sizeof header) / sizeof(FileSection)));
      if (!sections.empty()) {
        std::memcpy(sections.data(), file.data() + sizeof header, sections.size() * sizeof(FileSection));
      }
    }
  }

  void write_to(std::string& file) const {
    if (file.size() >= sizeof header) {
      std::memcpy(file.data(), &header, sizeof header);
      if (!sections.empty()) {
        std::memcpy(file.data() + sizeof header, sections.data(), sections.size() * sizeof(FileSection));
      }
    }
  }
};

/// Makes all checksums right.
inline void fix_checksums(std::string& file) {
  LooseLayout layout(file);
  for (auto& section : layout.sections) {
    if (section.offset <= file.size() && section.length <= file.size() - section.offset) {
      section.crc = detail::crc32c(file.data() + section.offset, static_cast<std::size_t>(section.length));
    }
  }
  layout.header.table_crc = detail::crc32c(layout.sections.data(), layout.sections.size() * sizeof(FileSection));
  layout.header.crc = detail::crc32c(&layout.header, detail::header_checked);
  layout.write_to(file);
}

/// The file of these sections, one behind the other, with the fields of the header that say so.
[[nodiscard]] inline std::string assemble(LooseLayout layout, const std::vector<std::string>& contents) {
  std::string file(sizeof(FileHeader) + layout.sections.size() * sizeof(FileSection), '\0');
  for (std::size_t s = 0; s < layout.sections.size(); ++s) {
    layout.sections[s].offset = file.size();
    layout.sections[s].length = contents[s].size();
    file += contents[s];
    file.append(static_cast<std::size_t>(detail::padding_after(contents[s].size())), '\0');
  }
  layout.header.sections = static_cast<std::uint32_t>(layout.sections.size());
  layout.header.file_size = file.size();
  layout.write_to(file);
  fix_checksums(file);
  return file;
}

/// Changes a number in some bytes to one that is likely to matter.
inline void spoil_number(std::string& bytes, Random& random) {
  constexpr std::size_t most = 8;
  const std::size_t size = std::size_t{1} << random.below(4);
  if (bytes.size() < most) {
    return;
  }
  const std::size_t place = random.below((bytes.size() - most) / size + 1) * size;
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + place, size);
  const std::array<std::uint64_t, 14> likely{0,
                                             1,
                                             value + 1,
                                             value - 1,
                                             value ^ (std::uint64_t{1} << random.below(8 * size)),
                                             0x7F,
                                             0xFFFF'FFFF'FFFF'FFFF,
                                             0x7FFF'FFFF,
                                             0x8000'0000,
                                             0x7F80'0000,
                                             0x7FC0'0000,
                                             0x7FF8'0000'0000'0000,
                                             bytes.size(),
                                             random.below(1U << 16U)};
  value = likely[random.below(likely.size())];
  std::memcpy(bytes.data() + place, &value, size);
}

/// A file with a few changes to its header, its sections, what they hold and how long that is.
[[nodiscard]] inline std::string damaged(std::string file, Random& random) {
  for (auto changes = 1 + random.below(3); changes > 0; --changes) {
    LooseLayout layout(file);
    if (layout.sections.empty()) {
      spoil_number(file, random);
      continue;
    }
    std::vector<std::string> contents;
    for (const auto& section : layout.sections) {
      contents.emplace_back(
          section.offset <= file.size() && section.length <= file.size() - section.offset
              ? file.substr(static_cast<std::size_t>(section.offset), static_cast<std::size_t>(section.length))
              : std::string());
    }
    const std::size_t which = random.below(contents.size());
    auto& section = layout.sections[which];
    auto& held = contents[which];
    switch (random.below(10)) {
      case 0:
        spoil_number(file, random);
        fix_checksums(file);
        continue;
      case 1: {
        std::string table(reinterpret_cast<const char*>(&section), sizeof section);
        spoil_number(table, random);
        std::memcpy(&layout.sections[which], table.data(), sizeof section);
        layout.write_to(file);
        fix_checksums(file);
        continue;
      }
      case 2:
        held.resize(held.size() / 8 * random.below(9));
        section.rows =
            held.size() / std::max<std::uint64_t>(1, detail::bytes_of(static_cast<detail::ValueType>(section.type)) *
                                                         std::max<std::uint64_t>(1, section.columns));
        break;
      case 3:
        std::swap(held, contents[random.below(contents.size())]);
        break;
      case 4:
        if (contents.size() > 1) {
          contents.erase(contents.begin() + static_cast<std::ptrdiff_t>(which));
          layout.sections.erase(layout.sections.begin() + static_cast<std::ptrdiff_t>(which));
        }
        break;
      default:
        spoil_number(held, random);
    }
    file = assemble(layout, contents);
  }
  return file;
}

/// Opens a file, and makes lists of whatever model there is. False when it was refused, as it should be by a typed
/// error; anything else is a bug.
inline bool open_and_serve(std::string_view bytes) {
  try {
    const auto file = ModelFile::from_bytes(bytes);
    const auto model = file.model();
    Scratch scratch;
    std::vector<Recommendation> list;
    std::vector<ItemIx> items;
    const std::size_t size = model.items().size();
    for (std::size_t item = 0; item < std::min<std::size_t>(size, 3); ++item) {
      items.emplace_back(item);
      list.clear();
      model.recommend({.history = {.items = items}, .n = 5}, scratch, list);
      scratch.mask.allow_all(size);
      static_cast<void>(model.rank_similar(ItemIx(item), 5, scratch));
    }
    list.clear();
    model.recommend({.n = size}, scratch, list);
    const auto users = model.users().size();
    for (const std::size_t user : {std::size_t{0}, users / 2, users - 1}) {
      if (user < users) {
        static_cast<void>(recommend_user(model, model.users().at(user), {.n = 5}));
      }
    }
    return true;
  } catch (const InvalidData&) {
    return false;
  }
}

}  // namespace recocore::test
