/// Vectors in an index of Faiss.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/clone_index.h>

#include <recocore/core/error.hpp>
#include <recocore/impl/index/faiss_parts.hpp>
#include <recocore/impl/index/index_family.hpp>
#include <recocore/impl/index/label_slots.hpp>

namespace recocore::detail {

/// An index of Faiss over slots: the n-th vector that was added is slot n, but for IVF, where emptied slots are used
/// again. Slots without a label are removed vectors.
class FaissIndex final : public VectorIndex::Family {
 public:
  explicit FaissIndex(const VectorIndexConfig& config);
  FaissIndex& operator=(const FaissIndex&) = delete;
  ~FaissIndex() override = default;

  [[nodiscard]] std::unique_ptr<Family> clone() const override {
    return std::unique_ptr<Family>(new FaissIndex(*this));
  }
  [[nodiscard]] std::size_t size() const noexcept override { return slots_.size() - empty_; }
  [[nodiscard]] bool contains(VectorLabel label) const noexcept override {
    return slots_.slot(label) != LabelSlots::none;
  }
  [[nodiscard]] std::uint64_t memory() const noexcept override {
    return slots_.memory() + slots_.size() * bytes_a_vector();
  }
  [[nodiscard]] std::uint64_t memory_to_add(std::size_t count) const noexcept override {
    return count * (bytes_a_vector() + 2 * sizeof(std::uint32_t));
  }

  void add(std::span<const float> vectors, std::span<const VectorLabel> labels, const RunOptions& options) override;
  void remove(std::span<const VectorLabel> labels) override;
  void search(std::span<const float> queries, std::size_t k, const BitSet* allowed,
              VectorScratch& scratch) const override;

  [[nodiscard]] bool keeps_vectors() const noexcept override {
    return core_ == index_.get() &&
           (as<faiss::IndexFlat>() != nullptr || as<faiss::IndexIVFFlat>() != nullptr ||
            (kind_ == Kind::hnsw && dynamic_cast<const faiss::IndexFlat*>(as<faiss::IndexHNSW>()->storage) != nullptr));
  }
  [[nodiscard]] VectorIndex::Vectors vectors() const override;

 private:
  enum class Kind { flat, hnsw, ivf, other };

  /// So few queries at a time that Faiss does not use BLAS, whose sums depend on how many there are.
  static constexpr std::size_t most_at_once = 16;

  FaissIndex(const FaissIndex& other)
      : Family(other), config_(other.config_), slots_(other.slots_), empty_(other.empty_), reusable_(other.reusable_) {
    take(with_faiss<InvalidParameter>("Faiss cannot copy an index '" + config_.factory + "'", [&] {
      return std::unique_ptr<faiss::Index>(faiss::clone_index(other.index_.get()));
    }));
  }

  void take(std::unique_ptr<faiss::Index> index);
  [[nodiscard]] std::unique_ptr<faiss::Index> make() const;
  void train(std::span<const float> vectors, std::size_t count);
  void compact();
  [[nodiscard]] std::uint64_t bytes_a_vector() const noexcept;

  template <class T>
  [[nodiscard]] T* as() const noexcept {
    return dynamic_cast<T*>(core_);
  }

  struct Selection {
    const faiss::IDSelector* selector;
    std::size_t count;
  };
  void search_some(const float* queries, std::size_t count, std::size_t k, const Selection& selection,
                   VectorScratch& scratch) const;
  void ask(const float* queries, std::size_t count, std::size_t k, std::size_t effort,
           const faiss::IDSelector* selector, VectorScratch& scratch) const;
  [[nodiscard]] std::size_t take_found(std::size_t query, std::size_t fetched, std::size_t k,
                                       const faiss::IDSelector* selector, VectorScratch& scratch) const;
  void search_hidden(const float* query, std::size_t k, const Selection& selection, VectorScratch& scratch) const;
  bool compare_all(const float* query, std::size_t k, const faiss::IDSelector* selector, VectorScratch& scratch) const;
  [[nodiscard]] float score_of(float distance) const noexcept {
    const float score = core_->metric_type == faiss::METRIC_L2 ? std::min(0.0F, -distance) : distance;
    return config_.metric == VectorMetric::cosine ? std::clamp(score, -1.0F, 1.0F) : score;
  }

  VectorIndexConfig config_;
  std::unique_ptr<faiss::Index> index_{};
  /// Behind the transformations that come first.
  faiss::Index* core_ = nullptr;
  Kind kind_ = Kind::other;
  LabelSlots slots_{};
  std::size_t empty_ = 0;
  /// IVF: slots that are empty and not in the index any more.
  std::vector<std::uint32_t> reusable_{};
};

}  // namespace recocore::detail
