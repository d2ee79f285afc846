/// The nearest of many vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/impl/index/top_scores.hpp>

namespace recocore {

/// What a vector is called: a number of the caller's below `max_index_count`, such as an item's position.
using VectorLabel = Index<struct VectorTag>;
using ScoredVector = Scored<VectorLabel>;

enum class VectorMetric : std::uint8_t {
  inner_product,  ///< q . v
  cosine,         ///< q . v / (|q| |v|)
  l2,             ///< -|q - v|^2: the larger the nearer
};

[[nodiscard]] std::string_view to_string(VectorMetric metric) noexcept;
/// @throws InvalidParameter for another name.
[[nodiscard]] VectorMetric parse_vector_metric(std::string_view name);

struct VectorIndexConfig {
  /// "exact", or what Faiss's `index_factory` reads: "Flat", "HNSW32", "IVF1024,Flat", "IVF1024,PQ16",
  /// "OPQ16,IVF256,PQ16"...
  std::string factory = "exact";
  VectorMetric metric = VectorMetric::cosine;
  /// Numbers a vector: 1 to 65,536.
  std::uint32_t dimensions = 0;
  /// HNSW: how many candidates a search keeps. More finds more of the nearest and takes longer.
  std::uint32_t ef_search = 64;
  /// IVF: how many lists a search looks through.
  std::uint32_t n_probe = 8;
  /// Of what Faiss draws at random.
  std::uint64_t seed = 0;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const VectorIndexConfig&, const VectorIndexConfig&) = default;
};

/// Whether this build can make indexes of Faiss.
[[nodiscard]] bool has_faiss() noexcept;

/// Reused from search to search: after the first few nothing of ours is allocated. Not for two threads at once.
struct VectorScratch {
  std::vector<float> queries{};
  std::vector<float> scores{};
  std::vector<std::uint64_t> masks{};
  std::vector<std::int64_t> ids{};
  std::vector<ScoredVector> entries{};
  std::vector<std::size_t> ends{};
  std::vector<detail::TopScores> tops{};
};

/// The results of many queries, one after the other.
struct VectorLists {
  std::vector<std::uint64_t> offsets{0};
  std::vector<ScoredVector> entries{};

  [[nodiscard]] std::size_t size() const noexcept { return offsets.size() - 1; }
  [[nodiscard]] std::span<const ScoredVector> operator[](std::size_t query) const noexcept {
    return std::span(entries).subspan(offsets[query], offsets[query + 1] - offsets[query]);
  }

  friend bool operator==(const VectorLists&, const VectorLists&) = default;
};

/// Vectors with labels, and a search for those with the largest scores.
///
/// "exact" compares with all of them. Its results are in the total order (score descending, then label), the same bytes
/// for any number of threads, any order of additions and removals, a query alone or among others, and any instruction
/// set: each score is a sum over the dimensions in their order, without fused multiply-add. O(vectors x dimensions) a
/// query; 4 bytes x dimensions a vector.
///
/// All else is made by Faiss (Douze et al. 2024, "The Faiss library"; HNSW: Malkov, Yashunin 2018; IVF and PQ: Jegou et
/// al. 2011), which finds most of the nearest in less time or memory. It runs on the caller's thread, with one OpenMP
/// thread inside, and never on threads of its own. The same calls in the same order give the same result. Filters are
/// part of the search where Faiss can do that (Flat, HNSW, IVF, with or without a transformation before them);
/// elsewhere more is fetched until enough is left. Removed vectors are hidden by such a filter until half of all are;
/// then the index is compacted.
///
/// With both, a search that is allowed m vectors finds min(k, m), whatever is asked for; but for exotic indexes of
/// Faiss that give vectors back in no way (IVF of fast-scan codes, or below a refinement). `const` calls may run at the
/// same time.
class VectorIndex {
 public:
  /// @throws InvalidParameter when a field makes no sense, Faiss cannot read the factory string, or there is no Faiss.
  explicit VectorIndex(const VectorIndexConfig& config);
  ~VectorIndex();
  VectorIndex(VectorIndex&&) noexcept;
  VectorIndex& operator=(VectorIndex&&) noexcept;
  VectorIndex(const VectorIndex&) = delete;
  VectorIndex& operator=(const VectorIndex&) = delete;

  /// A copy of all.
  [[nodiscard]] VectorIndex clone() const;

  [[nodiscard]] const VectorIndexConfig& config() const noexcept { return config_; }
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool contains(VectorLabel label) const noexcept;
  /// Bytes, what Faiss holds being an estimate.
  [[nodiscard]] std::uint64_t memory() const noexcept;

  /// Adds row r of `vectors` (row-major, `dimensions` numbers each) as labels[r]. What has to be trained (IVF, PQ...)
  /// is, by the first vectors that are added. After an exception the index is as it was.
  /// @throws InvalidData rows that are not finite, longer than 1e18 or, with cosine, zero; labels that are there
  ///         already or occur twice; too few vectors to train with; all name the row. InvalidParameter sizes that do
  ///         not belong together. MemoryLimitExceeded, Cancelled, DeadlineExceeded.
  void add(std::span<const float> vectors, std::span<const VectorLabel> labels, const RunOptions& options = {});

  /// Rows as labels 0, 1...
  [[nodiscard]] static VectorIndex build(const VectorIndexConfig& config, std::span<const float> vectors,
                                         const RunOptions& options = {});

  /// Removes what is there of these. @return how many were.
  std::size_t remove(std::span<const VectorLabel> labels);

  /// The k vectors with the largest scores, best first, in `found`, whose memory is reused.
  /// @param allowed when given, only labels whose bit is set; those beyond its size are not.
  /// @throws InvalidData a query that is not finite, too long or, with cosine, zero. InvalidParameter another length.
  void search(std::span<const float> query, std::size_t k, VectorScratch& scratch, std::vector<ScoredVector>& found,
              const BitSet* allowed = nullptr) const;

  /// `search` for each row of `queries`. Faster than one by one: a block of vectors is read once for many queries.
  /// @throws as `search`, naming the row; Cancelled, DeadlineExceeded.
  [[nodiscard]] VectorLists search_all(std::span<const float> queries, std::size_t k, const BitSet* allowed = nullptr,
                                       const RunOptions& options = {}) const;

  /// Whether the vectors themselves are in the index, rather than codes made of them.
  [[nodiscard]] bool keeps_vectors() const noexcept;

  struct Vectors {
    std::vector<VectorLabel> labels{};
    std::vector<float> values{};  ///< row by row, with cosine of length 1
  };
  /// All that is in it, in the order of the additions as far as that is known.
  /// @throws InvalidParameter when the index keeps none.
  [[nodiscard]] Vectors vectors() const;
  /// From what `vectors` returned: exactly the same vectors again.
  /// @throws as `add`.
  [[nodiscard]] static VectorIndex restore(const VectorIndexConfig& config, const Vectors& vectors,
                                           const RunOptions& options = {});

  /// What is behind it.
  class Family;

 private:
  void add_prepared(std::span<const float> vectors, std::span<const VectorLabel> labels, const RunOptions& options);

  VectorIndexConfig config_;
  std::unique_ptr<Family> family_;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/index/vector_index_inl.hpp>
#endif
