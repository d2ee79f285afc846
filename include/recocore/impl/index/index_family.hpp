/// What `VectorIndex` asks of what is behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/index/vector_index.hpp>

namespace recocore {

/// Gets vectors that were checked, with cosine of length 1, and labels that were.
class VectorIndex::Family {
 public:
  /// Queries that are searched for together.
  static constexpr std::size_t most_queries = 64;

  Family() = default;
  Family& operator=(const Family&) = delete;
  virtual ~Family() = default;

  [[nodiscard]] virtual std::unique_ptr<Family> clone() const = 0;
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;
  [[nodiscard]] virtual bool contains(VectorLabel label) const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t memory() const noexcept = 0;
  /// Bytes that adding so many takes more.
  [[nodiscard]] virtual std::uint64_t memory_to_add(std::size_t count) const noexcept = 0;

  virtual void add(std::span<const float> vectors, std::span<const VectorLabel> labels, const RunOptions& options) = 0;
  /// Of labels that are there, each once.
  virtual void remove(std::span<const VectorLabel> labels) = 0;

  /// Appends the lists of at most `most_queries` queries to `scratch.entries`, and where each ends to `scratch.ends`.
  /// May use `scores`, `masks`, `ids` and `tops`.
  /// @param k 1 to size().
  virtual void search(std::span<const float> queries, std::size_t k, const BitSet* allowed,
                      VectorScratch& scratch) const = 0;

  [[nodiscard]] virtual bool keeps_vectors() const noexcept = 0;
  [[nodiscard]] virtual Vectors vectors() const = 0;

 protected:
  Family(const Family&) = default;
};

namespace detail {

/// @throws InvalidParameter without Faiss, or when it cannot read the factory string.
[[nodiscard]] std::unique_ptr<VectorIndex::Family> make_faiss_index(const VectorIndexConfig& config);

}  // namespace detail

}  // namespace recocore
