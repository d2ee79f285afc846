#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <faiss/AutoTune.h>
#include <faiss/IndexIVFFastScan.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/index_factory.h>

#include <recocore/core/config.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/index/faiss_index.hpp>
#include <recocore/impl/index/faiss_search_inl.hpp>

namespace recocore::detail {

/// Numbers in a factory string that end Faiss instead of being refused: a 0, and graphs of one link.
inline void check_numbers(const std::string& factory) {
  constexpr std::string_view digits = "0123456789";
  for (std::size_t at = factory.find_first_of(digits); at != std::string::npos;
       at = factory.find_first_of(digits, at)) {
    const std::size_t end = std::min(factory.find_first_not_of(digits, at), factory.size());
    const std::string_view number = std::string_view(factory).substr(at, end - at);
    const bool is_zero = number.find_first_not_of('0') == std::string_view::npos;
    const bool is_graph = factory.compare(at >= 4 ? at - 4 : 0, at >= 4 ? 4 : 0, "HNSW") == 0;
    if (is_zero || (is_graph && number == "1")) {
      throw InvalidParameter("the number " + std::string(number) + " in factory='" + factory +
                             "' makes no index; it must be at least " + (is_graph ? "2" : "1"));
    }
    at = end;
  }
}

RECOCORE_INLINE FaissIndex::FaissIndex(const VectorIndexConfig& config) : config_(config) {
  if (config.factory.find("IDMap") != std::string::npos) {
    throw InvalidParameter("labels are kept outside of Faiss: leave IDMap out of factory='" + config.factory + "'");
  }
  check_numbers(config.factory);
  take(make());
}

RECOCORE_INLINE std::unique_ptr<faiss::Index> FaissIndex::make() const {
  const auto metric = config_.metric == VectorMetric::l2 ? faiss::METRIC_L2 : faiss::METRIC_INNER_PRODUCT;
  const std::string what = "Faiss cannot make an index '" + config_.factory + "' of " +
                           count_text(config_.dimensions, "dimension") + " for the metric '" +
                           std::string(to_string(config_.metric)) + "'";
  auto index = with_faiss<InvalidParameter>(what, [&] {
    return std::unique_ptr<faiss::Index>(
        faiss::index_factory(static_cast<int>(config_.dimensions), config_.factory.c_str(), metric));
  });
  if (index == nullptr || index->metric_type != metric) {
    throw InvalidParameter(what + ": it knows only the metric 'l2'");
  }
  return index;
}

RECOCORE_INLINE void FaissIndex::take(std::unique_ptr<faiss::Index> index) {
  index_ = std::move(index);
  core_ = index_.get();
  while (auto* const outer = dynamic_cast<faiss::IndexPreTransform*>(core_)) {
    core_ = outer->index;
  }
  prepare_training(*index_, seed_of(config_));
  if (as<faiss::IndexIVF>() != nullptr) {
    kind_ = as<faiss::IndexIVFFastScan>() == nullptr ? Kind::ivf : Kind::other;
  } else if (auto* const hnsw = as<faiss::IndexHNSW>()) {
    kind_ = as<faiss::IndexHNSW2Level>() == nullptr ? Kind::hnsw : Kind::other;
    hnsw->hnsw.efSearch = static_cast<int>(config_.ef_search);  // Faiss 1.7.3 does not read it from the parameters
    if (hnsw->hnsw.levels.empty()) {
      hnsw->hnsw.rng = faiss::RandomGenerator(seed_of(config_));
    }
  } else {
    kind_ = as<faiss::IndexFlat>() != nullptr ? Kind::flat : Kind::other;
  }
  if (kind_ == Kind::other) {
    // What such an index is made of takes no parameters from a search.
    for (const auto& [name, value] : {std::pair("nprobe", config_.n_probe), std::pair("efSearch", config_.ef_search)}) {
      try {
        faiss::ParameterSpace().set_index_parameter(index_.get(), name, static_cast<double>(value));
      } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): it has no such parameter
      }
    }
  }
}

RECOCORE_INLINE std::uint64_t FaissIndex::bytes_a_vector() const noexcept {
  std::uint64_t bytes = config_.dimensions * sizeof(float);
  try {
    bytes = index_->sa_code_size();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): it stores the vectors, or something like them
  }
  if (kind_ == Kind::ivf) {
    bytes += sizeof(std::int64_t);
  } else if (const auto* const hnsw = as<faiss::IndexHNSW>();
             hnsw != nullptr && hnsw->hnsw.cum_nneighbor_per_level.size() > 1) {
    bytes += static_cast<std::uint64_t>(hnsw->hnsw.cum_nneighbor_per_level[1]) * sizeof(std::int32_t) + 16;
  }
  return bytes;
}

RECOCORE_INLINE void FaissIndex::train(std::span<const float> vectors, std::size_t count) {
  const std::size_t least = least_to_train(*index_);
  if (count < least) {
    throw InvalidData("an index '" + config_.factory +
                      "' is trained by the first vectors that are added, of which it " + "needs at least " +
                      count_text(least) + " (39 times as many are better); got " + count_text(count) +
                      "; add more at first, or use a factory string with smaller numbers, 'HNSW32' or 'exact'");
  }
  try {
    with_faiss<InvalidData>("Faiss cannot train an index '" + config_.factory + "' with " + count_text(count, "vector"),
                            [&] {
                              const OneBlasThread one_thread;
                              const QuietRotations quiet(*index_);
                              index_->train(static_cast<std::int64_t>(count), vectors.data());
                            });
  } catch (...) {
    take(make());
    throw;
  }
}

RECOCORE_INLINE void FaissIndex::add(std::span<const float> vectors, std::span<const VectorLabel> labels,
                                     const RunOptions& options) {
  constexpr std::size_t step = 512;
  const std::size_t dimensions = config_.dimensions;
  if (!index_->is_trained) {
    train(vectors, labels.size());
  }
  slots_.reserve(labels);
  std::vector<std::int64_t> ids;
  std::size_t done = 0;
  try {
    for (; done < labels.size(); done += step) {
      throw_if_stopped(options);
      const std::size_t count = std::min(step, labels.size() - done);
      ids.clear();
      for (std::size_t row = 0; row < count; ++row) {
        const std::size_t fresh = row - std::min(row, reusable_.size());
        ids.push_back(row < reusable_.size() ? static_cast<std::int64_t>(reusable_[reusable_.size() - 1 - row])
                                             : static_cast<std::int64_t>(slots_.size() + fresh));
      }
      with_faiss<InvalidData>("Faiss cannot add to an index '" + config_.factory + "'", [&] {
        const float* const from = vectors.data() + done * dimensions;
        if (kind_ == Kind::ivf) {
          index_->add_with_ids(static_cast<std::int64_t>(count), from, ids.data());
        } else {
          index_->add(static_cast<std::int64_t>(count), from);
        }
      });
      for (std::size_t row = 0; row < count; ++row) {
        const auto slot = static_cast<std::size_t>(ids[row]);
        if (slot < slots_.size()) {
          reusable_.pop_back();
          --empty_;
        }
        slots_.put(slot, labels[done + row]);
      }
      ids.clear();
      if (options.progress) {
        options.progress("indexing", done + count, labels.size());
      }
    }
  } catch (...) {
    // What was added stays hidden, also by a call that failed.
    for (std::size_t row = 0; row < done; ++row) {
      slots_.clear(slots_.slot(labels[row]));
      ++empty_;
    }
    for (const auto id : ids) {
      if (static_cast<std::size_t>(id) < slots_.size()) {
        reusable_.pop_back();
      } else if (kind_ == Kind::ivf || id < index_->ntotal) {
        slots_.push_empty();
        ++empty_;
      }
    }
    throw;
  }
}

RECOCORE_INLINE void FaissIndex::remove(std::span<const VectorLabel> labels) {
  for (const auto label : labels) {
    slots_.clear(slots_.slot(label));
  }
  empty_ += labels.size();
  if (2 * (empty_ - reusable_.size()) > slots_.size() - reusable_.size()) {
    compact();
  }
}

RECOCORE_INLINE void FaissIndex::compact() {
  if (dynamic_cast<const faiss::IndexIVFFastScan*>(core_) != nullptr) {
    return;  // it cannot; what was removed stays hidden
  }
  std::vector<std::uint64_t> words;
  slots_.select_all(words);
  with_faiss<Error>("Faiss cannot compact an index '" + config_.factory + "'", [&] {
    if (kind_ == Kind::hnsw) {
      // Its graph cannot lose a vector: it is made anew.
      std::vector<float> kept(size() * static_cast<std::size_t>(core_->d));
      std::size_t at = 0;
      for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        if (slots_.label(slot) != LabelSlots::none) {
          core_->reconstruct(static_cast<std::int64_t>(slot), kept.data() + at);
          at += static_cast<std::size_t>(core_->d);
        }
      }
      core_->reset();
      index_->ntotal = 0;
      as<faiss::IndexHNSW>()->hnsw.rng = faiss::RandomGenerator(seed_of(config_));
      core_->add(static_cast<std::int64_t>(size()), kept.data());
      index_->ntotal = core_->ntotal;
    } else {
      const SlotSelector kept(words);
      const faiss::IDSelectorNot removed(&kept);
      if (kind_ == Kind::ivf) {
        index_->remove_ids(removed);
        reusable_.clear();
        for (std::size_t slot = slots_.size(); slot-- > 0;) {
          if (slots_.label(slot) == LabelSlots::none) {
            reusable_.push_back(static_cast<std::uint32_t>(slot));
          }
        }
        return;
      }
      try {
        index_->remove_ids(removed);
      } catch (const std::exception&) {
        return;  // it cannot remove: they stay hidden
      }
    }
    slots_.compact();
    empty_ = 0;
  });
}

RECOCORE_INLINE VectorIndex::Vectors FaissIndex::vectors() const {
  const std::size_t dimensions = config_.dimensions;
  VectorIndex::Vectors all;
  std::vector<float> by_slot(slots_.size() * dimensions);
  with_faiss<Error>("Faiss cannot give back the vectors of an index '" + config_.factory + "'", [&] {
    if (const auto* const ivf = as<faiss::IndexIVFFlat>()) {
      for (std::size_t list = 0; list < ivf->nlist; ++list) {
        const faiss::InvertedLists::ScopedIds ids(ivf->invlists, list);
        faiss::InvertedLists::ScopedCodes codes(ivf->invlists, list);
        const auto* const values = reinterpret_cast<const float*>(codes.get());
        for (std::size_t e = 0; e < ivf->invlists->list_size(list); ++e) {
          std::copy_n(values + e * dimensions, dimensions,
                      by_slot.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(ids[e]) * dimensions));
        }
      }
      return;
    }
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      core_->reconstruct(static_cast<std::int64_t>(slot), by_slot.data() + slot * dimensions);
    }
  });
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_.label(slot) != LabelSlots::none) {
      all.labels.emplace_back(slots_.label(slot));
      const auto from = by_slot.begin() + static_cast<std::ptrdiff_t>(slot * dimensions);
      all.values.insert(all.values.end(), from, from + static_cast<std::ptrdiff_t>(dimensions));
    }
  }
  return all;
}

RECOCORE_INLINE std::unique_ptr<VectorIndex::Family> make_faiss_index(const VectorIndexConfig& config) {
  return std::make_unique<FaissIndex>(config);
}

}  // namespace recocore::detail
