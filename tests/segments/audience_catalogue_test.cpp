// Audiences of a model with a catalogue and profiles: what came after the fit, and what is retired.
#include <algorithm>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/segments/audience.hpp>
#include <recocore/segments/campaign.hpp>

namespace rc = recocore;

namespace {

/// Scores from a table: 3 users by 4 items at the fit, and whatever came since.
class TableModel {
 public:
  static constexpr std::string_view name = "table";
  static constexpr rc::Tier tier = rc::Tier::content;

  TableModel(rc::Catalogue items, rc::Catalogue users, std::vector<std::vector<float>> scores)
      : interactions_(first_interactions()),
        popular_(interactions_),
        items_(std::move(items)),
        users_(std::move(users)),
        scores_(std::move(scores)) {}

  /// User 0 has item 0; users 1 and 2 have items 1 and 3.
  static rc::Interactions first_interactions() {
    rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
    rows.columns = 4;
    rows.indices = {rc::ItemIx(0U), rc::ItemIx(1U), rc::ItemIx(3U), rc::ItemIx(1U), rc::ItemIx(3U)};
    rows.offsets = {0, 1, 3, 5};
    return rc::Interactions::from_rows(std::move(rows));
  }

  [[nodiscard]] const rc::Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const rc::PopularItems& popular_items() const noexcept { return popular_; }
  [[nodiscard]] const rc::ExtendedIds& items() const noexcept { return items_.ids(); }
  [[nodiscard]] const rc::ExtendedIds& users() const noexcept { return users_.ids(); }
  [[nodiscard]] const rc::Catalogue& catalogue() const noexcept { return items_; }
  [[nodiscard]] const rc::Catalogue& profiles() const noexcept { return users_; }

  void rank(const rc::History& history, std::size_t n, rc::Scratch& scratch) const {
    scratch.ranked.clear();
    const auto& row = scores_[history.user->value];
    for (std::size_t item = 0; item < row.size(); ++item) {
      if (row[item] > 0.0F && scratch.mask.allows(rc::ItemIx(item))) {
        scratch.ranked.push_back({rc::ItemIx(item), row[item]});
      }
    }
    rc::keep_best(scratch.ranked, n);
  }

 private:
  rc::Interactions interactions_;
  rc::PopularItems popular_;
  rc::Catalogue items_;
  rc::Catalogue users_;
  std::vector<std::vector<float>> scores_;
};

static_assert(rc::HasCatalogue<TableModel> && rc::HasProfiles<TableModel>);

rc::Catalogue catalogue(std::size_t size) {
  return rc::Catalogue(rc::AttributeTable::from_sorted(rc::IdMap::range(size), {}));
}

rc::AttributeTable row_of(std::int64_t id) {
  const std::vector<std::int64_t> ids{id};
  return rc::AttributeTable::from_rows(std::span<const std::int64_t>(ids), {});
}

std::vector<std::uint32_t> users_of(const std::vector<rc::Addressee>& audience) {
  std::vector<std::uint32_t> users;
  std::transform(audience.begin(), audience.end(), std::back_inserter(users),
                 [](const auto& one) { return one.user.value; });
  return users;
}

const std::vector<std::vector<float>> at_the_fit{{0, 4, 2, 1}, {3, 0, 1, 0}, {2, 0, 4, 0}};
/// Item 4 and user 3 were added since.
const std::vector<std::vector<float>> later{{0, 4, 2, 1, 3}, {3, 0, 1, 0, 3}, {2, 0, 4, 0, 1}, {5, 1, 1, 1, 5}};

}  // namespace

TEST_CASE("audience: an item and a user added since the fit, with what users stood up to before") {
  const rc::AnyModel before = TableModel(catalogue(4), catalogue(3), at_the_fit);
  const rc::AnyModel after = TableModel(catalogue(4).updated(row_of(77)), catalogue(3).updated(row_of(9)), later);
  REQUIRE(after.items().size() == 5);
  REQUIRE(after.users().size() == 4);
  const rc::ItemIx added(4U);

  // By hand, m = 2. Others of user 0: 4, 2, 1 -> 2; of 1: 3, 1 -> 1; of 2: 4, 2 -> 2; of 3: 5, 1, 1, 1 -> 1.
  const auto bars = rc::AudienceBars::of(after, 2);
  const auto found = rc::audience(after, added, bars);
  REQUIRE(users_of(found) == std::vector<std::uint32_t>{3, 1, 0, 2});
  CHECK(found[0].meaning == doctest::Approx(5.0 / 6.0));
  CHECK(found[1].meaning == doctest::Approx(3.0 / 4.0));
  CHECK(found[2].meaning == doctest::Approx(3.0 / 5.0));
  CHECK(found[3].meaning == doctest::Approx(1.0 / 3.0));
  CHECK(found[0].evidence == 0);
  CHECK(found[0].rank == 2);  // item 0 has the same score and comes first
  CHECK(found[2].rank == 2);
  CHECK(found[3].rank == 3);

  CHECK(rc::audience(after, added, rc::AudienceBars::of(before, 2)) == found);
}

TEST_CASE("audience: what is retired") {
  const std::vector<std::int64_t> one{1};
  const std::vector<std::int64_t> two{2};
  const rc::AnyModel model = TableModel(catalogue(4).retired(std::span<const std::int64_t>(two)),
                                        catalogue(3).retired(std::span<const std::int64_t>(one)), at_the_fit);
  const auto bars = rc::AudienceBars::of(model, 2);
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::audience(model, rc::ItemIx(2U), bars)), doctest::Contains("is retired"),
                       rc::InvalidParameter);
  // User 1 is retired; nothing else is left for user 2 without item 2.
  const auto found = rc::audience(model, rc::ItemIx(0U), bars);
  REQUIRE(users_of(found) == std::vector<std::uint32_t>{2});
  CHECK(found[0].meaning == 1.0F);
  CHECK(found[0].rank == 1);

  const std::vector<rc::UserIx> everybody{rc::UserIx(0U), rc::UserIx(1U), rc::UserIx(2U)};
  const std::vector<rc::ItemIx> items{rc::ItemIx(0U), rc::ItemIx(1U)};
  const auto sent = rc::campaign(model, everybody, items, bars);
  REQUIRE(sent.messages.size() == 2);
  CHECK(sent.messages[0].to.user == rc::UserIx(0U));
  CHECK(sent.messages[0].item == rc::ItemIx(1U));
  CHECK(sent.messages[1].to == found[0]);
}
