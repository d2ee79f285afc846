/// What the opaque handles are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/data/catalogue.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/impl/live/writer_lock.hpp>
#include <recocore/io/arrow.hpp>
#include <recocore/live/live_model.hpp>
#include <recocore/rank/scratch.hpp>
#include <recocore/rank/where.hpp>
#include <recocore/recocore.h>
#include <recocore/segments/audience.hpp>

#include "ids.hpp"

// NOLINTBEGIN(readability-identifier-naming)

struct recocore_events {
  /// @throws InvalidParameter event weights that are no numbers.
  explicit recocore_events(recocore::ArrowConfig settings)
      : config(std::move(settings)), builder(std::in_place, config.event_weights) {}

  /// All of them but those withheld; afterwards none can be added until they are cleared.
  [[nodiscard]] const recocore::EventLog& seal();
  /// How many it holds; until the log is made, also those withheld.
  [[nodiscard]] std::size_t given() const noexcept;

  recocore::ArrowConfig config;
  /// None after they were cleared, which must not fail.
  std::optional<recocore::EventLogBuilder> builder;
  /// Of columns with consent: a flag an event.
  std::vector<std::uint8_t> consent{};
  std::size_t withheld = 0;
  /// Finished, and with those withheld, which `log` is made without.
  std::optional<recocore::EventLog> all{};
  std::optional<recocore::EventLog> log{};
};

struct recocore_model {
  explicit recocore_model(recocore::AnyModel model, const recocore::IdMap& retired = {}, bool for_serving_only = false,
                          std::uint64_t last_sequence = 0, std::string_view file_parameters = {})
      : live(std::move(model), retired),
        serving_only(for_serving_only),
        sequence(last_sequence),
        parameters(file_parameters) {}

  recocore::LiveModel live;
  bool serving_only;
  std::uint64_t sequence;
  /// Of the file, of the binding that wrote it: goes into files again.
  std::string parameters;

  /// Held by changes and by what wants several things of one version; by no list.
  recocore::detail::WriterMutex changes{};

  struct Bars {
    std::uint64_t version;
    recocore::AudienceBars bars;
  };
  /// Of the last audience asked for. Under `audience`.
  std::optional<Bars> bars{};
  recocore::detail::WriterMutex audience{};
};

struct recocore_list {
  void clear() noexcept;

  recocore::capi::OwnedIds items{};
  std::vector<recocore::Recommendation> entries{};
  std::uint64_t version = 0;

  recocore::Scratch scratch{};
  std::vector<std::string_view> history{};
  std::vector<std::string_view> exclude{};
  std::vector<std::string_view> candidates{};
  /// The last filter, and what it was prepared for.
  struct Filter {
    recocore::PreparedWhere where;
    recocore::Catalogue catalogue;
    std::optional<recocore::Catalogue> profiles;
  };
  std::optional<Filter> filter{};
};

struct recocore_members {
  recocore::capi::OwnedIds users{};
  std::vector<recocore::Addressee> entries{};
};

struct recocore_text {
  std::string text{};
};

// NOLINTEND(readability-identifier-naming)
