#pragma once

#include <cerrno>
#include <exception>
#include <string_view>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/io/arrow_export.hpp>

namespace recocore {

namespace detail {

using ExportedTable = std::shared_ptr<const std::vector<ArrowExportColumn>>;

/// What an exported structure owns. Children are owned by the structure, which moves out what a consumer takes.
template <class Struct>
struct ExportedOwner {
  std::shared_ptr<const void> data{};
  std::string name{};
  std::string format{};
  std::vector<const void*> buffers{};
  std::vector<std::unique_ptr<Struct>> children{};
  std::vector<Struct*> child_pointers{};
  std::unique_ptr<Struct> dictionary{};
};

template <class Struct>
void release_exported(Struct* exported) {
  const std::unique_ptr<ExportedOwner<Struct>> owner(static_cast<ExportedOwner<Struct>*>(exported->private_data));
  for (const auto& child : owner->children) {
    if (child->release != nullptr) {
      child->release(child.get());
    }
  }
  if (owner->dictionary && owner->dictionary->release != nullptr) {
    owner->dictionary->release(owner->dictionary.get());
  }
  exported->release = nullptr;
}

template <class Struct>
void hand_over(std::unique_ptr<ExportedOwner<Struct>> owner, Struct& out) {
  for (const auto& child : owner->children) {
    owner->child_pointers.push_back(child.get());
  }
  out.n_children = static_cast<std::int64_t>(owner->children.size());
  out.children = owner->child_pointers.empty() ? nullptr : owner->child_pointers.data();
  out.dictionary = owner->dictionary.get();
  out.release = release_exported<Struct>;
  out.private_data = owner.release();
}

inline void export_schema(const ArrowExportColumn& column, ArrowSchema& out) {
  auto owner = std::make_unique<ExportedOwner<ArrowSchema>>();
  owner->name = column.name;
  owner->format = column.format;
  if (column.dictionary) {
    owner->dictionary = std::make_unique<ArrowSchema>();
    export_schema(*column.dictionary, *owner->dictionary);
  }
  out = {};
  out.name = owner->name.c_str();
  out.format = owner->format.c_str();
  out.flags = column.is_null() ? ARROW_FLAG_NULLABLE : 0;
  hand_over(std::move(owner), out);
}

inline void export_array(const ArrowExportColumn& column, const std::shared_ptr<const void>& data, ArrowArray& out) {
  auto owner = std::make_unique<ExportedOwner<ArrowArray>>();
  owner->data = data;
  for (const auto& buffer : column.buffers) {
    owner->buffers.push_back(buffer.get());
  }
  if (column.dictionary) {
    owner->dictionary = std::make_unique<ArrowArray>();
    export_array(*column.dictionary, data, *owner->dictionary);
  }
  out = {};
  out.length = column.length;
  out.null_count = column.is_null() ? column.length : 0;
  out.n_buffers = static_cast<std::int64_t>(owner->buffers.size());
  out.buffers = owner->buffers.data();
  hand_over(std::move(owner), out);
}

inline void export_table_schema(const std::vector<ArrowExportColumn>& columns, ArrowSchema& out) {
  auto owner = std::make_unique<ExportedOwner<ArrowSchema>>();
  owner->format = "+s";
  for (const auto& column : columns) {
    owner->children.push_back(std::make_unique<ArrowSchema>());
    export_schema(column, *owner->children.back());
  }
  out = {};
  out.name = owner->name.c_str();
  out.format = owner->format.c_str();
  hand_over(std::move(owner), out);
}

inline void export_batch(const ExportedTable& table, ArrowArray& out) {
  auto owner = std::make_unique<ExportedOwner<ArrowArray>>();
  owner->data = table;
  owner->buffers.push_back(nullptr);
  for (const auto& column : *table) {
    owner->children.push_back(std::make_unique<ArrowArray>());
    export_array(column, table, *owner->children.back());
  }
  out = {};
  out.length = table->empty() ? 0 : table->front().length;
  out.n_buffers = 1;
  out.buffers = owner->buffers.data();
  hand_over(std::move(owner), out);
}

/// The producer's side of a stream.
struct ExportedStream {
  ExportedTable table;
  bool is_read = false;
  std::string error{};

  /// C callers know no exceptions.
  template <class Work>
  static int guarded(ArrowArrayStream* stream, const Work& work) {
    auto& self = *static_cast<ExportedStream*>(stream->private_data);
    try {
      work(self);
      return 0;
    } catch (const std::exception& e) {
      self.error = e.what();
      return ENOMEM;
    }
  }
};

}  // namespace detail

RECOCORE_INLINE ArrowExportColumn export_texts(std::string name, const std::vector<std::string_view>& texts) {
  auto offsets = std::make_shared<std::vector<std::int64_t>>();
  auto bytes = std::make_shared<std::string>();
  offsets->reserve(texts.size() + 1);
  offsets->push_back(0);
  for (const auto text : texts) {
    bytes->append(text);
    offsets->push_back(static_cast<std::int64_t>(bytes->size()));
  }
  return {.name = std::move(name),
          .format = "U",
          .buffers = {nullptr, std::shared_ptr<const void>(offsets, offsets->data()),
                      std::shared_ptr<const void>(bytes, bytes->data())},
          .length = static_cast<std::int64_t>(texts.size())};
}

RECOCORE_INLINE ArrowExportColumn export_ids(std::string name, const ExtendedIds& ids,
                                             const std::vector<std::uint32_t>& positions) {
  if (ids.kind() == IdKind::text) {
    std::vector<std::string_view> texts;
    texts.reserve(positions.size());
    for (const auto position : positions) {
      texts.push_back(std::get<std::string_view>(ids.at(position)));
    }
    return export_texts(std::move(name), texts);
  }
  std::vector<std::int64_t> integers;
  integers.reserve(positions.size());
  for (const auto position : positions) {
    integers.push_back(std::get<std::int64_t>(ids.at(position)));
  }
  return export_values(std::move(name), "l", std::move(integers));
}

RECOCORE_INLINE void export_table(std::vector<ArrowExportColumn> columns, ArrowArrayStream& stream) {
  using detail::ExportedStream;
  auto producer = std::make_unique<ExportedStream>(
      ExportedStream{.table = std::make_shared<const std::vector<ArrowExportColumn>>(std::move(columns))});
  stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    return ExportedStream::guarded(self,
                                   [out](ExportedStream& held) { detail::export_table_schema(*held.table, *out); });
  };
  stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    return ExportedStream::guarded(self, [out](ExportedStream& held) {
      *out = {};
      if (!std::exchange(held.is_read, true)) {
        detail::export_batch(held.table, *out);
      }
    });
  };
  stream.get_last_error = [](ArrowArrayStream* self) {
    return static_cast<ExportedStream*>(self->private_data)->error.c_str();
  };
  stream.release = [](ArrowArrayStream* self) {
    const std::unique_ptr<ExportedStream> released(static_cast<ExportedStream*>(self->private_data));
    self->release = nullptr;
  };
  stream.private_data = producer.release();
}

}  // namespace recocore
