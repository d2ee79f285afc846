/// One file a model: see docs/format.md for its bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <recocore/core/id_map.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore {

struct SaveOptions {
  /// Only what lists are made of: no events, no user ids, no times. Such a model serves histories and cannot be
  /// updated.
  bool serving_only = false;
  /// Of a serving-only file: keep user ids and which items they have, so that it serves known users as well.
  bool histories = false;
  /// Of whoever keeps events elsewhere: the number of the last one that is in the model.
  std::uint64_t sequence = 0;
  /// Items that are not recommended.
  IdMap retired{};
  /// Of a binding: whatever text it wants back.
  std::string parameters{};
};

struct LoadOptions {
  /// Map the file instead of reading it: what processes load is in memory once, and big arrays are used where they lie.
  /// The file must not be changed in place while the model lives; `save_model` never does.
  bool mmap = true;
  /// Check all of the file while opening it. Otherwise a part is checked when it is first needed.
  bool verify = false;
};

/// The bytes of the file. The same model gives the same bytes, however it was made.
/// @throws InvalidParameter a model that cannot be saved that way.
[[nodiscard]] std::string to_bytes(const AnyModel& model, const SaveOptions& options);

/// Replaces the file at once or not at all: a temporary file beside it, fsync, rename, fsync of the folder. The file
/// keeps its mode; a symbolic link keeps pointing to it.
/// @throws InvalidParameter a model that cannot be saved that way; IoError, and then the file is as it was. Only when
///         the folder cannot be synchronised at the very end, which the message says, the new file is in its place.
void save_model(const AnyModel& model, const std::filesystem::path& path, const SaveOptions& options = {});

/// A file that was opened. Cheap to copy; safe to use from many threads.
class ModelFile {
 public:
  /// Checks the header and the table of sections. Takes the same time for any size unless `verify` is set.
  /// @throws IoError no such file, or not readable; InvalidData not a model file, or a damaged one, or of a newer
  /// version.
  [[nodiscard]] static ModelFile open(const std::filesystem::path& path, const LoadOptions& options = {});

  /// Of the bytes of a file, which must outlive this, but not the model that is made from them.
  [[nodiscard]] static ModelFile from_bytes(std::string_view bytes);

  [[nodiscard]] std::string_view model_name() const noexcept;
  [[nodiscard]] bool serving_only() const noexcept;
  [[nodiscard]] std::uint64_t sequence() const noexcept;
  [[nodiscard]] const IdMap& retired() const noexcept;
  /// Empty when there are none.
  [[nodiscard]] std::string_view parameters() const noexcept;
  [[nodiscard]] std::uint64_t bytes() const noexcept;

  /// Checks every checksum and that all parts make sense. @throws InvalidData.
  void verify() const;

  /// The model: made by the first call, which checks what it needs. Starts no thread. Whether it can be updated, its
  /// `interactions().has_events()` says. @throws InvalidData a damaged file.
  [[nodiscard]] AnyModel model() const;

 private:
  struct State;
  explicit ModelFile(std::shared_ptr<State> state) noexcept;
  std::shared_ptr<State> state_;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/io/model_file_inl.hpp>
#endif
