#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/index/exact_index.hpp>
#include <recocore/impl/index/index_family.hpp>
#include <recocore/index/vector_index.hpp>

#if defined(RECOCORE_HEADER_ONLY) && defined(RECOCORE_WITH_FAISS)
#include <recocore/impl/index/faiss_index_inl.hpp>
#endif

namespace recocore {

RECOCORE_INLINE std::string_view to_string(VectorMetric metric) noexcept {
  switch (metric) {
    case VectorMetric::inner_product:
      return "inner_product";
    case VectorMetric::cosine:
      return "cosine";
    case VectorMetric::l2:
      return "l2";
  }
  return "unknown";
}

RECOCORE_INLINE VectorMetric parse_vector_metric(std::string_view name) {
  for (const auto metric : {VectorMetric::inner_product, VectorMetric::cosine, VectorMetric::l2}) {
    if (name == to_string(metric)) {
      return metric;
    }
  }
  throw InvalidParameter("metric must be 'inner_product', 'cosine' or 'l2'; got '" + std::string(name) + "'");
}

RECOCORE_INLINE bool has_faiss() noexcept {
#if defined(RECOCORE_WITH_FAISS)
  return true;
#else
  return false;
#endif
}

RECOCORE_INLINE void VectorIndexConfig::validate() const {
  constexpr std::uint32_t most = 65'536;
  constexpr std::uint32_t most_effort = 1U << 30U;
  if (dimensions < 1 || dimensions > most) {
    throw InvalidParameter("dimensions must be 1 to 65,536; got " + detail::count_text(dimensions));
  }
  if (ef_search < 1 || ef_search > most_effort) {
    throw InvalidParameter("ef_search must be 1 to 2^30; got " + detail::count_text(ef_search));
  }
  if (n_probe < 1 || n_probe > most_effort) {
    throw InvalidParameter("n_probe must be 1 to 2^30; got " + detail::count_text(n_probe));
  }
  if (factory.empty()) {
    throw InvalidParameter("factory must be 'exact' or a factory string of Faiss, such as 'HNSW32'; got ''");
  }
}

namespace detail {

#if !defined(RECOCORE_WITH_FAISS)
RECOCORE_INLINE std::unique_ptr<VectorIndex::Family> make_faiss_index(const VectorIndexConfig& config) {
  throw InvalidParameter("this build of recocore has no Faiss, which factory='" + config.factory +
                         "' asks for; factory='exact' works; or rebuild with -DRECOCORE_WITH_FAISS=ON");
}
#endif

/// Vectors longer than this could have scores that are not finite.
inline constexpr double longest_vector = 1e18;

/// Checks a vector and, for cosine, writes it with length 1 to `to`.
/// @param row where it is, for messages; `what` names it: "vector", "query".
inline void prepare_vector(const float* from, std::size_t dimensions, VectorMetric metric, std::string_view what,
                           std::size_t row, float* to) {
  const auto fail = [&](const std::string& why) {
    throw InvalidData("row " + std::to_string(row) + ": the " + std::string(what) + " " + why);
  };
  double sum = 0.0;
  for (std::size_t d = 0; d < dimensions; ++d) {
    if (!std::isfinite(from[d])) {
      fail("has " + number_text(static_cast<double>(from[d])) + " in dimension " + std::to_string(d) +
           "; all numbers must be finite");
    }
    sum += static_cast<double>(from[d]) * static_cast<double>(from[d]);
  }
  const double length = std::sqrt(sum);
  if (length > longest_vector) {
    fail("is " + number_text(length) + " long; more than 1e18 would overflow, so scale the vectors down");
  }
  if (metric != VectorMetric::cosine) {
    if (to != from) {
      std::copy_n(from, dimensions, to);
    }
    return;
  }
  if (length == 0.0) {
    fail("is zero and has no direction, so no cosine; leave it out, or use the metric 'inner_product' or 'l2'");
  }
  for (std::size_t d = 0; d < dimensions; ++d) {
    to[d] = static_cast<float>(static_cast<double>(from[d]) / length);
  }
}

}  // namespace detail

RECOCORE_INLINE VectorIndex::VectorIndex(const VectorIndexConfig& config) : config_(config) {
  config.validate();
  if (config.factory == "exact") {
    family_ = std::make_unique<detail::ExactIndex>(config);
  } else {
    family_ = detail::make_faiss_index(config);
  }
}
RECOCORE_INLINE VectorIndex::~VectorIndex() = default;
RECOCORE_INLINE VectorIndex::VectorIndex(VectorIndex&&) noexcept = default;
RECOCORE_INLINE VectorIndex& VectorIndex::operator=(VectorIndex&&) noexcept = default;

RECOCORE_INLINE VectorIndex VectorIndex::clone() const {
  VectorIndex copy({.dimensions = config_.dimensions});
  copy.family_ = family_->clone();
  copy.config_ = config_;
  return copy;
}

RECOCORE_INLINE std::size_t VectorIndex::size() const noexcept { return family_->size(); }
RECOCORE_INLINE bool VectorIndex::contains(VectorLabel label) const noexcept { return family_->contains(label); }
RECOCORE_INLINE std::uint64_t VectorIndex::memory() const noexcept { return family_->memory(); }
RECOCORE_INLINE bool VectorIndex::keeps_vectors() const noexcept { return family_->keeps_vectors(); }

RECOCORE_INLINE void VectorIndex::add(std::span<const float> vectors, std::span<const VectorLabel> labels,
                                      const RunOptions& options) {
  const std::size_t dimensions = config_.dimensions;
  if (vectors.size() != labels.size() * dimensions) {
    throw InvalidParameter(detail::count_text(labels.size(), "vector") + " of " + std::to_string(dimensions) +
                           " dimensions are " + detail::count_text(labels.size() * dimensions, "number") + "; got " +
                           detail::count_text(vectors.size()));
  }
  const bool copied = config_.metric == VectorMetric::cosine;
  require_memory(family_->memory_to_add(labels.size()) + (copied ? vectors.size() * sizeof(float) : 0), options,
                 "adding to a VectorIndex", "fewer dimensions, or factory='IVF...,PQ...' need less");
  if (!copied) {
    std::vector<float> prepared(dimensions);
    for (std::size_t row = 0; row < labels.size(); ++row) {
      detail::prepare_vector(vectors.data() + row * dimensions, dimensions, config_.metric, "vector", row,
                             prepared.data());
    }
    add_prepared(vectors, labels, options);
    return;
  }
  std::vector<float> prepared(vectors.size());
  for (std::size_t row = 0; row < labels.size(); ++row) {
    detail::prepare_vector(vectors.data() + row * dimensions, dimensions, config_.metric, "vector", row,
                           prepared.data() + row * dimensions);
  }
  add_prepared(prepared, labels, options);
}

RECOCORE_INLINE void VectorIndex::add_prepared(std::span<const float> vectors, std::span<const VectorLabel> labels,
                                               const RunOptions& options) {
  std::uint32_t largest = 0;
  for (const auto label : labels) {
    largest = std::max(largest, label.value);
  }
  if (largest >= max_index_count) {
    throw CapacityExceeded("a label must be below 2^31 - 1; got " + std::to_string(largest));
  }
  BitSet seen(labels.empty() ? 0 : std::size_t{largest} + 1);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto label = labels[row];
    if (seen[label.value] || family_->contains(label)) {
      throw InvalidData("row " + std::to_string(row) + ": there is a vector with the label " +
                        std::to_string(label.value) + " already; remove it first, or give each vector its own");
    }
    seen.set(label.value);
  }
  throw_if_stopped(options);
  if (!labels.empty()) {
    family_->add(vectors, labels, options);
  }
}

RECOCORE_INLINE VectorIndex VectorIndex::build(const VectorIndexConfig& config, std::span<const float> vectors,
                                               const RunOptions& options) {
  VectorIndex index(config);
  std::vector<VectorLabel> labels(vectors.size() / config.dimensions);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    labels[row] = VectorLabel(row);
  }
  index.add(vectors, labels, options);
  return index;
}

RECOCORE_INLINE std::size_t VectorIndex::remove(std::span<const VectorLabel> labels) {
  std::vector<VectorLabel> known;
  known.reserve(labels.size());
  std::copy_if(labels.begin(), labels.end(), std::back_inserter(known),
               [this](VectorLabel label) { return family_->contains(label); });
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  if (!known.empty()) {
    family_->remove(known);
  }
  return known.size();
}

RECOCORE_INLINE void VectorIndex::search(std::span<const float> query, std::size_t k, VectorScratch& scratch,
                                         std::vector<ScoredVector>& found, const BitSet* allowed) const {
  if (query.size() != config_.dimensions) {
    throw InvalidParameter("a query must have " + std::to_string(config_.dimensions) + " dimensions; got " +
                           std::to_string(query.size()));
  }
  scratch.queries.resize(query.size());
  detail::prepare_vector(query.data(), query.size(), config_.metric, "query", 0, scratch.queries.data());
  found.clear();
  k = std::min(k, size());
  if (k == 0) {
    return;
  }
  scratch.entries.clear();
  scratch.ends.clear();
  family_->search(scratch.queries, k, allowed, scratch);
  found.assign(scratch.entries.begin(), scratch.entries.end());
}

RECOCORE_INLINE VectorLists VectorIndex::search_all(std::span<const float> queries, std::size_t k,
                                                    const BitSet* allowed, const RunOptions& options) const {
  const std::size_t dimensions = config_.dimensions;
  if (queries.size() % dimensions != 0) {
    throw InvalidParameter("queries must have " + std::to_string(dimensions) + " dimensions each; got " +
                           detail::count_text(queries.size(), "number"));
  }
  const std::size_t count = queries.size() / dimensions;
  k = std::min(k, size());
  VectorLists lists;
  lists.offsets.resize(count + 1, 0);
  lists.entries.resize(count * k);
  std::vector<VectorScratch> scratches(parallel_slots(options));
  parallel_for(count, Family::most_queries, options, "searching",
               [&](std::size_t begin, std::size_t end, unsigned slot) {
                 auto& scratch = scratches[slot];
                 scratch.queries.resize((end - begin) * dimensions);
                 for (std::size_t row = begin; row < end; ++row) {
                   detail::prepare_vector(queries.data() + row * dimensions, dimensions, config_.metric, "query", row,
                                          scratch.queries.data() + (row - begin) * dimensions);
                 }
                 if (k == 0) {
                   return;
                 }
                 scratch.entries.clear();
                 scratch.ends.clear();
                 family_->search(scratch.queries, k, allowed, scratch);
                 std::size_t from = 0;
                 for (std::size_t row = begin; row < end; ++row) {
                   const std::size_t to = scratch.ends[row - begin];
                   std::copy(scratch.entries.begin() + static_cast<std::ptrdiff_t>(from),
                             scratch.entries.begin() + static_cast<std::ptrdiff_t>(to),
                             lists.entries.begin() + static_cast<std::ptrdiff_t>(row * k));
                   lists.offsets[row + 1] = to - from;
                   from = to;
                 }
               });
  // Lists lie k apart; some are shorter.
  for (std::size_t row = 0; row < count; ++row) {
    const std::size_t length = lists.offsets[row + 1];
    const auto from = lists.entries.begin() + static_cast<std::ptrdiff_t>(row * k);
    if (lists.offsets[row] != row * k) {
      std::copy_n(from, length, lists.entries.begin() + static_cast<std::ptrdiff_t>(lists.offsets[row]));
    }
    lists.offsets[row + 1] = lists.offsets[row] + length;
  }
  lists.entries.resize(lists.offsets.back());
  return lists;
}

RECOCORE_INLINE VectorIndex::Vectors VectorIndex::vectors() const {
  if (!keeps_vectors()) {
    throw InvalidParameter("an index '" + config_.factory +
                           "' keeps codes made of the vectors, not the vectors; keep them yourself and build it again");
  }
  return family_->vectors();
}

RECOCORE_INLINE VectorIndex VectorIndex::restore(const VectorIndexConfig& config, const Vectors& vectors,
                                                 const RunOptions& options) {
  VectorIndex index(config);
  const std::size_t dimensions = config.dimensions;
  if (vectors.values.size() != vectors.labels.size() * dimensions) {
    throw InvalidData("the stored vectors are damaged: " + detail::count_text(vectors.values.size(), "number") +
                      " for " + detail::count_text(vectors.labels.size(), "vector") + " of " +
                      std::to_string(dimensions) + " dimensions");
  }
  std::vector<float> checked(dimensions);
  for (std::size_t row = 0; row < vectors.labels.size(); ++row) {
    detail::prepare_vector(vectors.values.data() + row * dimensions, dimensions, config.metric, "stored vector", row,
                           checked.data());
  }
  index.add_prepared(vectors.values, vectors.labels, options);
  return index;
}

}  // namespace recocore
