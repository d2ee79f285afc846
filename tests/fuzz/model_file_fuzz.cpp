// libFuzzer: model files with right checksums, whatever else is in them.
//
//     model_file_fuzz [options of libFuzzer] [a folder of files to begin with]
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "model_file_damage.hpp"

// libFuzzer's own names.
// NOLINTBEGIN(readability-identifier-naming)

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  recocore::test::fix_checksums(file);
  static_cast<void>(recocore::test::open_and_serve(file));
  return 0;
}

/// Either changes that know what a file is made of, or those of libFuzzer inside one section.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned int seed) {
  recocore::Random random(seed);
  std::string file(reinterpret_cast<const char*>(data), size);
  recocore::test::LooseLayout layout(file);
  if (layout.sections.empty() || random.below(8) == 0) {
    return LLVMFuzzerMutate(data, size, most);
  }
  if (random.below(2) == 0) {
    file = recocore::test::damaged(std::move(file), random);
  } else {
    std::vector<std::string> contents;
    for (const auto& section : layout.sections) {
      const bool is_inside = section.offset <= file.size() && section.length <= file.size() - section.offset;
      contents.push_back(is_inside ? file.substr(section.offset, section.length) : std::string());
    }
    const std::size_t which = random.below(contents.size());
    auto& held = contents[which];
    const std::size_t before = held.size();
    const std::size_t longest = std::max(before, random.below(4) == 0 ? before + 64 : before);
    held.resize(longest + 1);
    held.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(held.data()), before, longest + 1));
    if (layout.sections[which].type == 1) {
      layout.sections[which].rows = held.size();
      layout.sections[which].columns = 1;
    } else {
      held.resize(before);
    }
    file = recocore::test::assemble(layout, contents);
  }
  if (file.size() > most) {
    return LLVMFuzzerMutate(data, size, most);
  }
  std::memcpy(data, file.data(), file.size());
  return file.size();
}

// NOLINTEND(readability-identifier-naming)
