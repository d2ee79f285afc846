#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/rank/sequence.hpp>
#include <recocore/rank/serve.hpp>

namespace rc = recocore;

namespace {

rc::Interactions session(std::vector<std::int64_t> times) {
  const std::vector<std::int64_t> users{1, 1, 1, 1, 2};
  const std::vector<std::int64_t> items{7, 9, 8, 7, 9};
  rc::EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(users),
               .item = std::span<const std::int64_t>(items),
               .time = std::span<const std::int64_t>(times)});
  return rc::Interactions::from_events(builder.finish());
}

/// A model that remembers the order it was given.
struct Listener {
  static constexpr std::string_view name = "listener";
  static constexpr rc::Tier tier = rc::Tier::collaborative;

  rc::Interactions log{};
  rc::PopularItems popular{};

  [[nodiscard]] const rc::Interactions& interactions() const noexcept { return log; }
  [[nodiscard]] const rc::PopularItems& popular_items() const noexcept { return popular; }
  /// The later, the better.
  void rank(const rc::History& history, std::size_t n, rc::Scratch& scratch) const {
    const auto order = rc::sequence_of(history, log, scratch.parts.get<rc::SequenceScratch>());
    const auto scores = scratch.dense.start(log.items().size());
    for (std::size_t place = 0; place < order.size(); ++place) {
      scores[order[place].value] = static_cast<float>(place + 1);
    }
    scratch.dense.rank(n, scratch.mask, scratch.ranked);
  }
};
static_assert(rc::Recommender<Listener>);

std::vector<std::int64_t> ids_of(const rc::AnyModel& model, std::span<const rc::Recommendation> list) {
  std::vector<std::int64_t> ids;
  for (const auto& entry : list) {
    ids.push_back(std::get<std::int64_t>(model.interactions().items().at(entry.item.value)));
  }
  return ids;
}

}  // namespace

TEST_CASE("a user's items by time, a visitor's as they came") {
  const auto log = session({10, 30, 20, 40, 5});
  const rc::AnyModel model = Listener{.log = log, .popular = rc::PopularItems(log)};
  const rc::ListOptions all{.exclude_seen = false};
  CHECK(ids_of(model, rc::recommend_user(model, std::int64_t{1}, all)) == std::vector<std::int64_t>{7, 9, 8});
  const std::vector<std::int64_t> clicks{8, 7, 8, 9, 7, 99};
  CHECK(ids_of(model, rc::recommend_history(model, std::span(clicks), {}, all)) == std::vector<std::int64_t>{7, 9, 8});
  const std::vector<std::int64_t> others{9, 7, 8};
  CHECK(ids_of(model, rc::recommend_history(model, std::span(others), {}, all)) == std::vector<std::int64_t>{8, 7, 9});
}

TEST_CASE("without times by id") {
  const auto log = session({});
  rc::SequenceScratch scratch;
  const auto row = log.by_user().row(rc::UserIx(0U));
  const auto order = rc::sequence_of({.items = row, .user = rc::UserIx(0U)}, log, scratch);
  CHECK(std::vector<rc::ItemIx>(order.begin(), order.end()) == std::vector<rc::ItemIx>(row.begin(), row.end()));
}

TEST_CASE("many histories are the lists of each, for any number of threads") {
  const auto log = session({10, 30, 20, 40, 5});
  const rc::AnyModel model = Listener{.log = log, .popular = rc::PopularItems(log)};
  std::vector<std::int64_t> items;
  std::vector<std::uint64_t> offsets{0};
  for (std::int64_t history = 0; history < 100; ++history) {
    for (std::int64_t click = 0; click < history % 4; ++click) {
      items.push_back(7 + (history * 5 + click * 3) % 4);  // 10 is unknown
    }
    offsets.push_back(items.size());
  }
  for (const auto on_unknown : {rc::OnUnknown::popular, rc::OnUnknown::empty}) {
    const rc::ListOptions options{.n = 2, .exclude_seen = false, .on_unknown = on_unknown};
    for (const unsigned threads : {1U, 3U}) {
      const auto lists =
          rc::recommend_histories(model, std::span<const std::int64_t>(items), offsets, options, {.threads = threads});
      REQUIRE(lists.size() == 100);
      for (std::size_t history = 0; history < 100; ++history) {
        const auto part =
            std::span<const std::int64_t>(items).subspan(offsets[history], offsets[history + 1] - offsets[history]);
        const auto alone = rc::recommend_history(model, part, {}, options);
        CHECK(std::equal(lists[history].begin(), lists[history].end(), alone.begin(), alone.end()));
      }
    }
  }
  offsets.back() += 1;
  CHECK_THROWS_AS(static_cast<void>(rc::recommend_histories(model, std::span<const std::int64_t>(items), offsets)),
                  rc::InvalidParameter);
}

TEST_CASE("parts of a scratch: one value a type, kept") {
  rc::ScratchParts parts;
  parts.get<std::vector<int>>().push_back(3);
  parts.get<std::vector<double>>().push_back(0.5);
  CHECK(parts.get<std::vector<int>>() == std::vector<int>{3});
  CHECK(parts.get<std::vector<double>>().size() == 1);
}
