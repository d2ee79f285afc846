#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/io/file_calls.hpp>
#include <recocore/impl/io/file_layout.hpp>
#include <recocore/impl/io/file_memory.hpp>
#include <recocore/impl/io/replace_file.hpp>
#include <recocore/impl/io/state/nested_models.hpp>
#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/impl/io/state_archive.hpp>
#include <recocore/io/model_file.hpp>

namespace recocore {

namespace detail {

/// The pieces of a file, most of them where the model has them.
class FilePieces {
 public:
  FilePieces(const AnyModel& model, const SaveOptions& options)
      : state_(most_arrays, !options.serving_only ? Kept::all
                            : options.histories   ? Kept::histories
                                                  : Kept::serving) {
    write_any_model(state_, model);
    state_bytes_ = state_.take();
    info_bytes_ = info_of(model, options);
    add({.tag = info_tag, .required = 1}, info_bytes_);
    add({.tag = state_tag, .required = 1}, state_bytes_);
    for (const auto& array : state_.arrays()) {
      const auto number = static_cast<std::uint32_t>(sections_.size() - before_arrays + 1);
      add({.tag = array.tag,
           .type = static_cast<std::uint32_t>(array.type),
           .rows = array.rows,
           .columns = array.columns,
           .required = 1,
           .number = number},
          {static_cast<const char*>(array.data), array.size});
    }
    parameters_ = options.parameters;
    if (!parameters_.empty()) {
      add({.tag = parameters_tag}, parameters_);
    }
    finish();
  }
  FilePieces(const FilePieces&) = delete;
  FilePieces& operator=(const FilePieces&) = delete;
  ~FilePieces() = default;

  [[nodiscard]] std::span<const std::string_view> pieces() const noexcept { return pieces_; }
  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(header_.file_size); }

 private:
  static constexpr std::size_t before_arrays = 2;
  // Some places are left for sections that are not known yet.
  static constexpr std::size_t most_arrays = 56;

  [[nodiscard]] static std::string info_of(const AnyModel& model, const SaveOptions& options) {
    StateWriter writer;
    const bool serving_only = options.serving_only || !model.interactions().has_events();
    writer(model_number(model), static_cast<std::uint8_t>(serving_only ? 1 : 0), options.sequence);
    detail::write(writer, options.retired);
    return writer.take();
  }

  void add(FileSection section, std::string_view contents) {
    if (section.type == 0) {
      section.type = static_cast<std::uint32_t>(ValueType::bytes);
      section.rows = contents.size();
      section.columns = 1;
    }
    section.length = contents.size();
    section.crc = crc32c(contents.data(), contents.size());
    sections_.push_back(section);
    contents_.push_back(contents);
  }

  void finish() {
    std::uint64_t offset = sizeof(FileHeader) + sections_.size() * sizeof(FileSection);
    for (auto& section : sections_) {
      section.offset = offset;
      offset += section.length + padding_after(section.length);
    }
    header_.file_size = offset;
    header_.sections = static_cast<std::uint32_t>(sections_.size());
    header_.table_crc = crc32c(sections_.data(), sections_.size() * sizeof(FileSection));
    header_.crc = crc32c(&header_, header_checked);
    const auto bytes_of_object = [](const auto* objects, std::size_t count) {
      return std::string_view(reinterpret_cast<const char*>(objects), count * sizeof *objects);
    };
    pieces_.push_back(bytes_of_object(&header_, 1));
    pieces_.push_back(bytes_of_object(sections_.data(), sections_.size()));
    for (const auto contents : contents_) {
      pieces_.push_back(contents);
      pieces_.emplace_back(zeros.data(), static_cast<std::size_t>(padding_after(contents.size())));
    }
  }

  static constexpr std::array<char, stored_alignment> zeros{};

  StateWriter state_;
  std::string state_bytes_{};
  std::string info_bytes_{};
  std::string parameters_{};
  FileHeader header_{};
  std::vector<FileSection> sections_{};
  std::vector<std::string_view> contents_{};
  std::vector<std::string_view> pieces_{};
};

/// See `save_model`.
inline void save_model_by(const AnyModel& model, const std::filesystem::path& path, const SaveOptions& options,
                          FileCalls& calls) {
  const FilePieces file(model, options);
  replace_file(path, file.pieces(), calls);
}

}  // namespace detail

RECOCORE_INLINE std::string to_bytes(const AnyModel& model, const SaveOptions& options) {
  const detail::FilePieces file(model, options);
  std::string bytes;
  bytes.reserve(file.size());
  for (const auto piece : file.pieces()) {
    bytes.append(piece);
  }
  return bytes;
}

RECOCORE_INLINE void save_model(const AnyModel& model, const std::filesystem::path& path, const SaveOptions& options) {
  detail::FileCalls calls;
  detail::save_model_by(model, path, options, calls);
}

struct ModelFile::State {
  /// Of the file, for messages.
  std::string name{};
  std::string_view bytes{};
  /// Of the bytes, which may be used where they lie; none: they are copied.
  std::shared_ptr<const void> owner{};
  std::vector<detail::FileSection> sections{};
  /// Places in `sections`.
  std::size_t info = 0;
  std::size_t state = 0;
  std::vector<std::size_t> arrays{};
  std::optional<std::size_t> parameters_section{};

  std::uint8_t number = 0;
  bool serving_only = false;
  std::uint64_t sequence = 0;
  IdMap retired{};

  std::mutex mutex{};
  std::optional<AnyModel> model{};

  explicit State(detail::FileBytes file) : bytes(file.bytes), owner(std::move(file.owner)) {
    sections = detail::read_sections(bytes);
    find_sections();
    read_info();
  }

  /// The result of `work`, whose errors begin with the name of the file.
  template <class Work>
  static auto named(const std::string& name, const Work& work) {
    try {
      return work();
    } catch (const InvalidData& error) {
      throw InvalidData(name.empty() ? error.what() : name + ": " + error.what());
    }
  }

  void find_sections() {
    std::optional<std::size_t> found_info;
    std::optional<std::size_t> found_state;
    for (std::size_t s = 0; s < sections.size(); ++s) {
      const auto& section = sections[s];
      const auto take_once = [&](std::optional<std::size_t>& place) {
        if (place) {
          detail::refuse_file(detail::section_name(s, section) + " is there twice");
        }
        place = s;
      };
      if (section.tag == detail::info_tag) {
        take_once(found_info);
      } else if (section.tag == detail::state_tag) {
        take_once(found_state);
      } else if (section.tag == detail::parameters_tag) {
        take_once(parameters_section);
      } else if (section.number > 0) {
        if (section.number != arrays.size() + 1) {
          detail::refuse_file(detail::section_name(s, section) + " is array " + std::to_string(section.number) +
                              " where array " + std::to_string(arrays.size() + 1) + " should be");
        }
        arrays.push_back(s);
      } else if (section.required != 0) {
        detail::refuse_file("it needs " + detail::section_name(s, section) +
                            ", which this library does not know; use a newer library");
      }
    }
    if (!found_info || !found_state) {
      detail::refuse_file("it lacks a section that every model file has");
    }
    info = *found_info;
    state = *found_state;
  }

  void read_info() {
    check(info);
    detail::without_other_errors(
        [&] {
          detail::StateReader reader(detail::contents_of(bytes, sections[info]));
          std::uint8_t serving = 0;
          reader(number, serving, sequence);
          serving_only = serving != 0;
          retired = detail::read_ids(reader);
          reader.expect_end();
          return 0;
        },
        true);
    if (detail::model_name(number).empty()) {
      detail::refuse_file("it holds model number " + std::to_string(number) +
                          ", which this library does not know; use a newer library");
    }
    if (parameters_section) {
      check(*parameters_section);
    }
  }

  void check(std::size_t section) const { detail::check_contents(bytes, section, sections[section]); }

  [[nodiscard]] AnyModel read_model() const {
    check(state);
    std::vector<detail::ReadArray> contents;
    contents.reserve(arrays.size());
    for (const std::size_t s : arrays) {
      check(s);
      contents.push_back(
          {.type = static_cast<detail::ValueType>(sections[s].type), .bytes = detail::contents_of(bytes, sections[s])});
    }
    return detail::without_other_errors(
        [&] {
          detail::StateReader reader(detail::contents_of(bytes, sections[state]), contents, bytes.size(), owner);
          auto read = detail::read_any_model(reader);
          reader.expect_end();
          if (detail::model_number(read) != number) {
            throw InvalidData("the file says that its model is '" + std::string(detail::model_name(number)) +
                              "', and has '" + std::string(read.name()) + "'");
          }
          return read;
        },
        true);
  }
};

RECOCORE_INLINE ModelFile::ModelFile(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}

RECOCORE_INLINE ModelFile ModelFile::open(const std::filesystem::path& path, const LoadOptions& options) {
  const auto opened = detail::open_file(path, options.mmap);
  ModelFile file(State::named(path.string(), [&] { return std::make_shared<State>(opened); }));
  file.state_->name = path.string();
  if (options.verify) {
    file.verify();
  }
  return file;
}

RECOCORE_INLINE ModelFile ModelFile::from_bytes(std::string_view bytes) {
  return ModelFile(std::make_shared<State>(detail::FileBytes{.bytes = bytes}));
}

RECOCORE_INLINE std::string_view ModelFile::model_name() const noexcept { return detail::model_name(state_->number); }
RECOCORE_INLINE bool ModelFile::serving_only() const noexcept { return state_->serving_only; }
RECOCORE_INLINE std::uint64_t ModelFile::sequence() const noexcept { return state_->sequence; }
RECOCORE_INLINE const IdMap& ModelFile::retired() const noexcept { return state_->retired; }
RECOCORE_INLINE std::string_view ModelFile::parameters() const noexcept {
  return state_->parameters_section ? detail::contents_of(state_->bytes, state_->sections[*state_->parameters_section])
                                    : std::string_view{};
}
RECOCORE_INLINE std::uint64_t ModelFile::bytes() const noexcept { return state_->bytes.size(); }

RECOCORE_INLINE void ModelFile::verify() const {
  State::named(state_->name, [this] {
    for (std::size_t s = 0; s < state_->sections.size(); ++s) {
      state_->check(s);
    }
    return 0;
  });
  static_cast<void>(model());
}

RECOCORE_INLINE AnyModel ModelFile::model() const {
  const std::scoped_lock lock(state_->mutex);
  if (!state_->model) {
    state_->model = State::named(state_->name, [this] { return state_->read_model(); });
  }
  return *state_->model;
}

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/io/state_inl.hpp>
#endif
