/// Rows of which versions share what did not change between them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace recocore::detail {

/// Rows of a type `Row`, in pages. One thread edits; a copy is a version that stays as it is, which takes a pointer for
/// every `page_rows` rows. A page and a row are copied when they are first edited after a copy was made.
///
/// Small pages make edits here and there cheap, large ones make versions cheap.
template <class Row, std::size_t PageRows>
class PagedRows {
 public:
  static constexpr std::size_t page_rows = PageRows;

  /// Null for a row that was never edited.
  [[nodiscard]] const Row* find(std::size_t row) const noexcept {
    const std::size_t page = row / page_rows;
    if (page >= pages_.size() || !pages_[page]) {
      return nullptr;
    }
    const auto& box = pages_[page]->rows[row % page_rows];
    return box ? &box->row : nullptr;
  }

  /// The row to be changed; `make()` gives it when it was never edited. References are valid until the next call of
  /// `version`.
  template <class Make>
  [[nodiscard]] Row& edit(std::size_t row, const Make& make) {
    const std::size_t number = row / page_rows;
    if (number >= pages_.size()) {
      pages_.resize(number + 1);
    }
    auto& page = pages_[number];
    if (!page) {
      page = std::make_shared<Page>();
      page->epoch = epoch_;
    } else if (page->epoch != epoch_) {
      page = std::make_shared<Page>(*page);
      page->epoch = epoch_;
    }
    auto& box = page->rows[row % page_rows];
    if (!box) {
      box = std::make_shared<Box>(Box{epoch_, make()});
    } else if (box->epoch != epoch_) {
      box = std::make_shared<Box>(Box{epoch_, box->row});
    }
    return box->row;
  }

  /// Puts a row in the place of whatever there is.
  void set(std::size_t row, Row value) {
    edit(row, [] { return Row{}; }) = std::move(value);
  }

  /// What readers may keep: no later edit touches it.
  [[nodiscard]] PagedRows version() {
    PagedRows shared = *this;
    ++epoch_;
    return shared;
  }

 private:
  struct Box {
    std::uint64_t epoch = 0;
    Row row{};
  };
  struct Page {
    std::uint64_t epoch = 0;
    std::array<std::shared_ptr<Box>, page_rows> rows{};
  };

  std::uint64_t epoch_ = 1;
  std::vector<std::shared_ptr<Page>> pages_{};
};

}  // namespace recocore::detail
