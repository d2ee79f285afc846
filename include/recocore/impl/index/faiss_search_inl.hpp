#pragma once

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>

#include <faiss/IndexIVF.h>
#include <faiss/IndexPreTransform.h>

#include <recocore/core/config.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/impl/index/faiss_index.hpp>

namespace recocore::detail {

RECOCORE_INLINE void FaissIndex::search(std::span<const float> queries, std::size_t k, const BitSet* allowed,
                                        VectorScratch& scratch) const {
  std::size_t count = size();
  if (allowed != nullptr) {
    count = slots_.select(*allowed, scratch.masks);
  } else if (empty_ > 0) {
    slots_.select_all(scratch.masks);
  }
  const SlotSelector selector(scratch.masks);
  const Selection selection{count < slots_.size() ? &selector : nullptr, count};
  const std::size_t dimensions = config_.dimensions;
  const std::size_t many = queries.size() / dimensions;
  k = std::min(k, count);
  if (k == 0) {
    scratch.ends.insert(scratch.ends.end(), many, scratch.entries.size());
    return;
  }
  with_faiss<Error>("Faiss cannot search an index '" + config_.factory + "'", [&] {
    for (std::size_t first = 0; first < many; first += most_at_once) {
      const std::size_t some = std::min(most_at_once, many - first);
      const float* from = queries.data() + first * dimensions;
      std::vector<std::unique_ptr<const float[]>> transformed;  // NOLINT(*-avoid-c-arrays): Faiss allocates them
      for (const faiss::Index* at = index_.get(); at != core_;) {
        const auto* const outer = dynamic_cast<const faiss::IndexPreTransform*>(at);
        const float* const to = outer->apply_chain(static_cast<std::int64_t>(some), from);
        if (to != from) {
          transformed.emplace_back(to);
        }
        from = to;
        at = outer->index;
      }
      search_some(from, some, k, selection, scratch);
    }
  });
}

RECOCORE_INLINE void FaissIndex::search_some(const float* queries, std::size_t count, std::size_t k,
                                             const Selection& selection, VectorScratch& scratch) const {
  const auto width = static_cast<std::size_t>(core_->d);
  const std::size_t effort = kind_ == Kind::hnsw ? config_.ef_search : config_.n_probe;
  // A graph is a poor guide to few vectors; to look at each is as quick.
  const bool few =
      kind_ == Kind::hnsw && selection.selector != nullptr && selection.count <= 16 * std::max<std::size_t>(effort, k);
  if (kind_ != Kind::other && !few) {
    ask(queries, count, k, effort, selection.selector, scratch);
  }
  std::vector<std::int64_t> ids;
  std::vector<float> scores;
  if (kind_ != Kind::other && !few && count > 1) {
    ids.swap(scratch.ids);
    scores.swap(scratch.scores);
  }
  for (std::size_t q = 0; q < count; ++q) {
    const float* const query = queries + q * width;
    const std::size_t before = scratch.entries.size();
    if (kind_ == Kind::other) {
      search_hidden(query, k, selection, scratch);
    } else if (few) {
      compare_all(query, k, selection.selector, scratch);
    } else {
      if (count > 1) {
        scratch.ids.assign(ids.begin() + static_cast<std::ptrdiff_t>(q * k),
                           ids.begin() + static_cast<std::ptrdiff_t>((q + 1) * k));
        scratch.scores.assign(scores.begin() + static_cast<std::ptrdiff_t>(q * k),
                              scores.begin() + static_cast<std::ptrdiff_t>((q + 1) * k));
      }
      std::size_t found = take_found(0, k, k, nullptr, scratch);
      for (std::size_t more = effort * 4; found < k; more *= 4) {
        scratch.entries.resize(before);
        const std::size_t most = kind_ == Kind::ivf ? as<faiss::IndexIVF>()->nlist : slots_.size();
        if (kind_ != Kind::ivf || more / 4 >= most) {
          compare_all(query, k, selection.selector, scratch);
          break;
        }
        ask(query, 1, k, std::min(more, most), selection.selector, scratch);
        found = take_found(0, k, k, nullptr, scratch);
      }
    }
    scratch.ends.push_back(scratch.entries.size());
  }
}

/// Asks an index that takes selectors.
RECOCORE_INLINE void FaissIndex::ask(const float* queries, std::size_t count, std::size_t k, std::size_t effort,
                                     const faiss::IDSelector* selector, VectorScratch& scratch) const {
  scratch.ids.resize(count * k);
  scratch.scores.resize(count * k);
  faiss::SearchParameters flat;
  faiss::SearchParametersHNSW hnsw;
  faiss::SearchParametersIVF ivf;
  faiss::SearchParameters* parameters = &flat;
  if (kind_ == Kind::hnsw) {
    hnsw.efSearch = static_cast<int>(std::max(effort, k));
    parameters = &hnsw;
  } else if (kind_ == Kind::ivf) {
    ivf.nprobe = effort;
    parameters = &ivf;
  }
  parameters->sel = const_cast<faiss::IDSelector*>(selector);  // NOLINT(*-const-cast): not changed
  core_->search(static_cast<std::int64_t>(count), queries, static_cast<std::int64_t>(k), scratch.scores.data(),
                scratch.ids.data(), parameters);
}

/// Appends the first k of what was fetched for a query and is selected, in the total order. @return how many.
RECOCORE_INLINE std::size_t FaissIndex::take_found(std::size_t query, std::size_t fetched, std::size_t k,
                                                   const faiss::IDSelector* selector, VectorScratch& scratch) const {
  const std::size_t before = scratch.entries.size();
  for (std::size_t e = query * fetched; e < (query + 1) * fetched; ++e) {
    const auto id = scratch.ids[e];
    if (id < 0 || (selector != nullptr && !selector->is_member(id)) || !std::isfinite(scratch.scores[e])) {
      continue;
    }
    const auto label = slots_.label(static_cast<std::size_t>(id));
    if (label != LabelSlots::none) {
      scratch.entries.push_back({VectorLabel(label), score_of(scratch.scores[e])});
    }
  }
  const auto first = scratch.entries.begin() + static_cast<std::ptrdiff_t>(before);
  std::sort(first, scratch.entries.end(), [](const auto& a, const auto& b) { return ranks_before(a, b); });
  if (scratch.entries.size() - before > k) {
    scratch.entries.resize(before + k);
  }
  return scratch.entries.size() - before;
}

/// An index that takes no selectors: fetches more and more until enough is left.
RECOCORE_INLINE void FaissIndex::search_hidden(const float* query, std::size_t k, const Selection& selection,
                                               VectorScratch& scratch) const {
  const std::size_t before = scratch.entries.size();
  const std::size_t all = slots_.size();
  std::size_t fetch = std::min(all, k * all / selection.count + (selection.selector != nullptr ? 16 : 0));
  for (;; fetch = std::min(all, fetch * 4)) {
    scratch.ids.resize(fetch);
    scratch.scores.resize(fetch);
    core_->search(1, query, static_cast<std::int64_t>(fetch), scratch.scores.data(), scratch.ids.data());
    if (take_found(0, fetch, k, selection.selector, scratch) == k) {
      return;
    }
    if (fetch == all) {
      break;
    }
    scratch.entries.resize(before);
  }
  std::vector<ScoredVector> found(scratch.entries.begin() + static_cast<std::ptrdiff_t>(before), scratch.entries.end());
  scratch.entries.resize(before);
  if (!compare_all(query, k, selection.selector, scratch)) {
    scratch.entries.resize(before);
    scratch.entries.insert(scratch.entries.end(), found.begin(), found.end());
  }
}

/// Compares with what the index gives back of each selected vector. @return whether it gives any back.
RECOCORE_INLINE bool FaissIndex::compare_all(const float* query, std::size_t k, const faiss::IDSelector* selector,
                                             VectorScratch& scratch) const {
  const auto width = static_cast<std::size_t>(core_->d);
  if (scratch.tops.empty()) {
    scratch.tops.resize(1);
  }
  auto& top = scratch.tops.front();
  top.start(k);
  scratch.scores.resize(width);
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    const auto id = static_cast<std::int64_t>(slot);
    if (slots_.label(slot) == LabelSlots::none || (selector != nullptr && !selector->is_member(id))) {
      continue;
    }
    try {
      core_->reconstruct(id, scratch.scores.data());
    } catch (const std::exception&) {
      return false;
    }
    float sum = 0.0F;
    for (std::size_t d = 0; d < width; ++d) {
      const float value = scratch.scores[d];
      sum += core_->metric_type == faiss::METRIC_L2 ? (query[d] - value) * (query[d] - value) : query[d] * value;
    }
    top.offer(slots_.label(slot), score_of(sum));
  }
  top.finish(scratch.entries);
  return true;
}

}  // namespace recocore::detail
