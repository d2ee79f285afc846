/// Several items to tell people about, and nobody told too much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/rank/any_model.hpp>
#include <recocore/segments/audience.hpp>

namespace recocore {

struct CampaignOptions {
  /// Messages a user gets at most, and users an item is told to at most.
  std::uint32_t per_user = 1;
  std::uint32_t per_item = 1000;
  AudienceFilter filter{};
  /// Messages that mean less are not sent.
  double min_meaning = 0.0;
  /// See `assign_capped`.
  double tolerance = 0.005;
  /// See `AudienceOptions`.
  bool ranks = true;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;
};

struct Message {
  ItemIx item{};
  Addressee to{};

  friend bool operator==(const Message&, const Message&) = default;
};

struct Campaign {
  /// By user, the most meaningful first.
  std::vector<Message> messages{};
  /// Sum of the meanings, and what no campaign within the caps can exceed.
  double total = 0.0;
  double upper_bound = 0.0;

  [[nodiscard]] double gap() const noexcept { return upper_bound > 0.0 ? 1.0 - total / upper_bound : 0.0; }
};

/// Chooses messages with the largest sum of meanings (see `meaning_of`) within the caps, to within the reported gap:
/// see `assign_capped`. One pass over the users, each a ranking of the items; then the assignment. The same bytes for
/// any number of threads.
/// @param users, items different positions in the model.
/// @throws InvalidParameter options, positions outside the model or given twice, retired items; MemoryLimitExceeded,
///         Cancelled, DeadlineExceeded.
[[nodiscard]] Campaign campaign(const AnyModel& model, std::span<const UserIx> users, std::span<const ItemIx> items,
                                const AudienceBars& bars, const CampaignOptions& options = {},
                                const RunOptions& run = {});

/// The largest memory in bytes that `campaign` will use beside the model.
[[nodiscard]] std::uint64_t estimate_campaign_memory(std::size_t users, std::size_t items) noexcept;

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/segments/campaign_inl.hpp>
#endif
