/// What using Faiss takes: guards, errors, and settings of the parts of an index.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexPQ.h>
#include <faiss/IndexPQFastScan.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/IndexRefine.h>
#include <faiss/VectorTransform.h>
#include <faiss/impl/IDSelector.h>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/error.hpp>
#include <recocore/index/vector_index.hpp>

extern "C" {
// OpenMP's, whose header not every compiler that reads this file has.
int omp_get_max_threads();
void omp_set_num_threads(int threads);
#if defined(__GNUC__) && !defined(__APPLE__)
// OpenBLAS's, where Faiss happens to use it.
__attribute__((weak)) void openblas_set_num_threads(int threads);
__attribute__((weak)) int openblas_get_num_threads();
#endif
}

namespace recocore::detail {

/// OpenMP of this thread has one thread as long as this lives: a pool of its own would hang in a forked child, and
/// multiply with ours.
class OneOmpThread {
 public:
  OneOmpThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  OneOmpThread(const OneOmpThread&) = delete;
  OneOmpThread& operator=(const OneOmpThread&) = delete;
  ~OneOmpThread() { omp_set_num_threads(before_); }

 private:
  int before_;
};

/// BLAS has one thread as long as this lives, where that can be told to it. It is told for the whole process, hence one
/// at a time, and only for training: searches are too small to reach BLAS.
class OneBlasThread {
 public:
#if defined(__GNUC__) && !defined(__APPLE__)
  OneBlasThread() : lock_(mutex()) {
    if (openblas_get_num_threads != nullptr && openblas_set_num_threads != nullptr) {
      before_ = openblas_get_num_threads();
      openblas_set_num_threads(1);
    }
  }
  ~OneBlasThread() {
    if (before_ > 0) {
      openblas_set_num_threads(before_);
    }
  }
#else
  OneBlasThread() : lock_(mutex()) {}
  ~OneBlasThread() = default;
#endif
  OneBlasThread(const OneBlasThread&) = delete;
  OneBlasThread& operator=(const OneBlasThread&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex mutex;
    return mutex;
  }

  std::scoped_lock<std::mutex> lock_;
  int before_ = 0;
};

/// Calls `work`. What Faiss throws becomes an error `E` that begins with `what`.
template <class E, class Work>
auto with_faiss(const std::string& what, const Work& work) {
  const OneOmpThread one_thread;
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw E(what + ": " + error.what());
  }
}

/// Rotations that are learned (OPQ) do not write to stderr that more vectors would be better, as long as this lives.
class QuietRotations {
 public:
  explicit QuietRotations(faiss::Index& index) {
    for (auto* at = dynamic_cast<faiss::IndexPreTransform*>(&index); at != nullptr;
         at = dynamic_cast<faiss::IndexPreTransform*>(at->index)) {
      for (auto* const transform : at->chain) {
        auto* const rotation = dynamic_cast<faiss::OPQMatrix*>(transform);
        if (rotation != nullptr && rotation->pq == nullptr) {
          constexpr std::size_t bits = 8;  // as Faiss takes itself
          codes_.push_back(std::make_unique<faiss::ProductQuantizer>(static_cast<std::size_t>(rotation->d_out),
                                                                     static_cast<std::size_t>(rotation->M), bits));
          codes_.back()->cp.min_points_per_centroid = 1;
          rotation->pq = codes_.back().get();
          rotations_.push_back(rotation);
        }
      }
    }
  }
  QuietRotations(const QuietRotations&) = delete;
  QuietRotations& operator=(const QuietRotations&) = delete;
  ~QuietRotations() {
    for (auto* const rotation : rotations_) {
      rotation->pq = nullptr;
    }
  }

 private:
  std::vector<faiss::OPQMatrix*> rotations_{};
  std::vector<std::unique_ptr<faiss::ProductQuantizer>> codes_{};
};

/// Slots whose bit is set.
class SlotSelector final : public faiss::IDSelector {
 public:
  explicit SlotSelector(std::span<const std::uint64_t> words) : words_(words) {}

  [[nodiscard]] bool is_member(std::int64_t id) const override {
    const auto slot = static_cast<std::uint64_t>(id);
    return ((words_[slot / BitSet::bits_per_word] >> (slot % BitSet::bits_per_word)) & 1U) != 0;
  }

 private:
  std::span<const std::uint64_t> words_;
};

/// Calls `work` with all product quantizers in an index.
template <class Work>
void for_each_quantizer(faiss::Index& index, const Work& work) {
  if (auto* const outer = dynamic_cast<faiss::IndexPreTransform*>(&index)) {
    for_each_quantizer(*outer->index, work);
  } else if (auto* const refined = dynamic_cast<faiss::IndexRefine*>(&index)) {
    for_each_quantizer(*refined->base_index, work);
  } else if (auto* const hnsw = dynamic_cast<faiss::IndexHNSW*>(&index)) {
    for_each_quantizer(*hnsw->storage, work);
  } else if (auto* const lists_of_codes = dynamic_cast<faiss::IndexIVFPQ*>(&index)) {
    work(lists_of_codes->pq);
    lists_of_codes->do_polysemous_training = false;  // takes minutes, for a kind of search that is not used
  } else if (auto* const lists_to_scan = dynamic_cast<faiss::IndexIVFPQFastScan*>(&index)) {
    work(lists_to_scan->pq);
  } else if (auto* const codes = dynamic_cast<faiss::IndexPQ*>(&index)) {
    work(codes->pq);
    codes->do_polysemous_training = false;
  } else if (auto* const codes_to_scan = dynamic_cast<faiss::IndexPQFastScan*>(&index)) {
    work(codes_to_scan->pq);
  }
}

/// The lists of an index, if it has any.
[[nodiscard]] inline faiss::IndexIVF* lists_of(faiss::Index& index) {
  if (auto* const outer = dynamic_cast<faiss::IndexPreTransform*>(&index)) {
    return lists_of(*outer->index);
  }
  if (auto* const refined = dynamic_cast<faiss::IndexRefine*>(&index)) {
    return lists_of(*refined->base_index);
  }
  return dynamic_cast<faiss::IndexIVF*>(&index);
}

/// Clusters are drawn with `seed`, and Faiss does not write to stderr that more vectors would be better.
inline void prepare_training(faiss::Index& index, int seed) {
  const auto prepare = [seed](faiss::ClusteringParameters& clustering) {
    clustering.seed = seed;
    clustering.min_points_per_centroid = 1;
  };
  for_each_quantizer(index, [&prepare](faiss::ProductQuantizer& quantizer) { prepare(quantizer.cp); });
  if (auto* const lists = lists_of(index)) {
    prepare(lists->cp);
  }
}

/// Vectors that training needs: one a cluster.
[[nodiscard]] inline std::size_t least_to_train(faiss::Index& index) {
  std::size_t least = 1;
  for_each_quantizer(index, [&least](faiss::ProductQuantizer& quantizer) { least = std::max(least, quantizer.ksub); });
  const auto* const lists = lists_of(index);
  return lists == nullptr ? least : std::max(least, lists->nlist);
}

[[nodiscard]] inline int seed_of(const VectorIndexConfig& config) noexcept {
  return static_cast<int>(config.seed & 0x7FFF'FFFFU);
}

}  // namespace recocore::detail
