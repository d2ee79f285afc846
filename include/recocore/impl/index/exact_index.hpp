/// All vectors, in blocks, compared one by one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <recocore/impl/index/index_family.hpp>
#include <recocore/impl/index/label_slots.hpp>
#include <recocore/impl/index/scan_kernels.hpp>

namespace recocore::detail {

class ExactIndex final : public VectorIndex::Family {
 public:
  explicit ExactIndex(const VectorIndexConfig& config)
      : metric_(config.metric), dimensions_(config.dimensions), lines_a_block_(config.dimensions * scan_block / line) {}

  [[nodiscard]] std::unique_ptr<Family> clone() const override { return std::make_unique<ExactIndex>(*this); }
  [[nodiscard]] std::size_t size() const noexcept override { return slots_.size(); }
  [[nodiscard]] bool contains(VectorLabel label) const noexcept override {
    return slots_.slot(label) != LabelSlots::none;
  }
  [[nodiscard]] std::uint64_t memory() const noexcept override {
    return slots_.memory() + lines_.capacity() * sizeof(Line);
  }
  [[nodiscard]] std::uint64_t memory_to_add(std::size_t count) const noexcept override {
    const std::uint64_t blocks = (slots_.size() + count + scan_block - 1) / scan_block;
    return std::max(blocks * lines_a_block_, std::uint64_t{lines_.size()}) * sizeof(Line) +
           std::uint64_t{count} * 2 * sizeof(std::uint32_t);
  }

  void add(std::span<const float> vectors, std::span<const VectorLabel> labels,
           const RunOptions& /*options*/) override {
    const std::size_t blocks = (slots_.size() + labels.size() + scan_block - 1) / scan_block;
    slots_.reserve(labels);
    lines_.resize(blocks * lines_a_block_);
    for (std::size_t row = 0; row < labels.size(); ++row) {
      const std::size_t slot = slots_.size();
      float* const to = values() + place(slot);
      for (std::size_t d = 0; d < dimensions_; ++d) {
        to[d * scan_block] = vectors[row * dimensions_ + d];
      }
      slots_.put(slot, labels[row]);
    }
  }

  void remove(std::span<const VectorLabel> labels) override {
    for (const auto label : labels) {
      const std::size_t slot = slots_.slot(label);
      const std::size_t last = slots_.size() - 1;
      slots_.clear(slot);
      float* const to = values() + place(slot);
      const float* const from = values() + place(last);
      for (std::size_t d = 0; d < dimensions_; ++d) {
        to[d * scan_block] = from[d * scan_block];
      }
      slots_.move_last_to(slot);
    }
    lines_.resize((slots_.size() + scan_block - 1) / scan_block * lines_a_block_);
    if (lines_.size() < lines_.capacity() / 2) {
      lines_.shrink_to_fit();
    }
  }

  void search(std::span<const float> queries, std::size_t k, const BitSet* allowed,
              VectorScratch& scratch) const override {
    const std::size_t count = queries.size() / dimensions_;
    if (scratch.tops.size() < count) {
      scratch.tops.resize(count);
    }
    for (std::size_t q = 0; q < count; ++q) {
      scratch.tops[q].start(k);
    }
    if (allowed != nullptr) {
      slots_.select(*allowed, scratch.masks);
    }
    const std::size_t blocks = (slots_.size() + scan_block - 1) / scan_block;
    for (std::size_t block = 0; block < blocks; ++block) {
      const std::size_t rest = slots_.size() - block * scan_block;
      const std::uint64_t filled = rest < scan_block ? (std::uint64_t{1} << rest) - 1 : ~std::uint64_t{0};
      const std::uint64_t mask = allowed == nullptr ? filled : scratch.masks[block];
      if (mask != 0) {
        search_block(block, mask, queries, scratch);
      }
    }
    for (std::size_t q = 0; q < count; ++q) {
      scratch.tops[q].finish(scratch.entries);
      scratch.ends.push_back(scratch.entries.size());
    }
  }

  [[nodiscard]] bool keeps_vectors() const noexcept override { return true; }
  [[nodiscard]] VectorIndex::Vectors vectors() const override {
    VectorIndex::Vectors all;
    all.labels.reserve(slots_.size());
    all.values.reserve(slots_.size() * dimensions_);
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      all.labels.emplace_back(slots_.label(slot));
      const float* const from = values() + place(slot);
      for (std::size_t d = 0; d < dimensions_; ++d) {
        all.values.push_back(from[d * scan_block]);
      }
    }
    return all;
  }

 private:
  static_assert(scan_block == BitSet::bits_per_word);

  /// Loads do not cross the lines of the cache.
  static constexpr std::size_t line = 16;
  struct alignas(line * sizeof(float)) Line {
    std::array<float, line> values{};
  };

  [[nodiscard]] float* values() noexcept { return lines_.empty() ? nullptr : lines_.front().values.data(); }
  [[nodiscard]] const float* values() const noexcept { return lines_.empty() ? nullptr : lines_.front().values.data(); }
  [[nodiscard]] std::size_t place(std::size_t slot) const noexcept {
    return slot / scan_block * scan_block * dimensions_ + slot % scan_block;
  }

  void search_block(std::size_t block, std::uint64_t mask, std::span<const float> queries,
                    VectorScratch& scratch) const {
    const float* const from = values() + block * scan_block * dimensions_;
    alignas(line * sizeof(float)) std::array<float, scan_queries * scan_block> scores;  // NOLINT(*-member-init)
    const std::size_t count = queries.size() / dimensions_;
    for (std::size_t first = 0; first < count; first += scan_queries) {
      const std::size_t some = std::min(scan_queries, count - first);
      auto* const kernel = metric_ == VectorMetric::l2 ? &scan_l2 : &scan_dot;
      kernel(from, dimensions_, queries.data() + first * dimensions_, some, scores.data());
      for (std::size_t q = 0; q < some; ++q) {
        auto& top = scratch.tops[first + q];
        const float* const of_query = scores.data() + q * scan_block;
        for (std::uint64_t bits = scan_at_least(of_query, bar(top)) & mask; bits != 0; bits &= bits - 1) {
          const auto row = static_cast<std::size_t>(std::countr_zero(bits));
          top.offer(slots_.label(block * scan_block + row), rounded(of_query[row]));
        }
      }
    }
  }

  /// A cosine that rounding took past 1 is 1.
  [[nodiscard]] float rounded(float score) const noexcept {
    return metric_ == VectorMetric::cosine ? std::clamp(score, -1.0F, 1.0F) : score;
  }
  [[nodiscard]] float bar(const TopScores& top) const noexcept {
    const float bar = top.bar();
    return metric_ == VectorMetric::cosine && bar <= -1.0F ? -std::numeric_limits<float>::infinity() : bar;
  }

  VectorMetric metric_;
  std::size_t dimensions_;
  std::size_t lines_a_block_;
  LabelSlots slots_{};
  std::vector<Line> lines_{};
};

}  // namespace recocore::detail
