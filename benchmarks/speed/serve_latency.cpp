// How long one list takes from C++: a model of 100,000 items with 100 neighbours each, on the caller's thread, with
// scratch that is kept. Prints a line of JSON for each case. Percentiles mean something on a quiet core only.
//
// The neighbours are generated. "scattered": any item may be the neighbour of any other, which is the hardest case for
// caches; "clustered": an item's neighbours are among the 400 around it, and a user's items in a few places, as where
// people have tastes.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/random.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/rank/serve.hpp>

namespace rc = recocore;

namespace {

constexpr std::size_t n_items = 100'000;
constexpr std::size_t n_users = 20'000;
constexpr std::size_t k = 100;
constexpr std::size_t cluster = 400;

std::int64_t user_id(std::size_t user) { return static_cast<std::int64_t>(13 * user + 500); }
std::int64_t item_id(std::size_t item) { return static_cast<std::int64_t>(7 * item + 1'000'003); }

/// Positions of which the popular ones, which lie anywhere, are drawn more often: the r-th with weight 1 / (r +
/// 10)^0.9.
class Zipf {
 public:
  explicit Zipf(rc::Random& random) : cumulated_(n_items), item_of_rank_(n_items) {
    double sum = 0.0;
    for (std::size_t rank = 0; rank < n_items; ++rank) {
      sum += std::pow(static_cast<double>(rank + 10), -0.9);
      cumulated_[rank] = sum;
      const std::size_t swapped = random.below(rank + 1);
      item_of_rank_[rank] = std::exchange(item_of_rank_[swapped], rank);
    }
  }

  [[nodiscard]] std::size_t draw(rc::Random& random) const {
    const double x = random.uniform() * cumulated_.back();
    const auto found = std::upper_bound(cumulated_.begin(), cumulated_.end() - 1, x);
    return item_of_rank_[static_cast<std::size_t>(found - cumulated_.begin())];
  }

 private:
  std::vector<double> cumulated_;
  std::vector<std::size_t> item_of_rank_;
};

/// An item at most half a cluster away.
std::size_t near(std::size_t item, rc::Random& random) {
  return (item + n_items - cluster / 2 + random.below(cluster + 1)) % n_items;
}

/// Users with `length` items each, and somebody for each item so that none is missing.
rc::Interactions make_shop(bool clustered, std::size_t length, rc::Random& random) {
  const Zipf zipf(random);
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  for (std::size_t item = 0; item < n_items; ++item) {
    users.push_back(-1 - static_cast<std::int64_t>(item));
    items.push_back(item_id(item));
  }
  std::vector<std::size_t> mine;
  for (std::size_t user = 0; user < n_users; ++user) {
    mine.clear();
    while (mine.size() < length) {
      const bool starts_anew = !clustered || mine.size() % 5 == 0;
      const std::size_t item = starts_anew ? zipf.draw(random) : near(mine[mine.size() / 5 * 5], random);
      if (std::find(mine.begin(), mine.end(), item) == mine.end()) {
        mine.push_back(item);
        users.push_back(user_id(user));
        items.push_back(item_id(item));
      }
    }
  }
  rc::EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)});
  return rc::Interactions::from_events(builder.finish());
}

rc::ItemKnn make_model(bool clustered, std::size_t length, rc::Random& random) {
  rc::Neighbours<rc::ItemIx> neighbours;
  std::vector<std::size_t> listed_by(n_items, n_items);
  std::vector<rc::ScoredItem> row;
  for (std::size_t item = 0; item < n_items; ++item) {
    row.clear();
    listed_by[item] = item;
    while (row.size() < k) {
      const std::size_t other = clustered ? near(item, random) : random.below(n_items);
      if (std::exchange(listed_by[other], item) != item) {
        row.push_back({rc::ItemIx(other), static_cast<float>(1.0 - random.uniform())});
      }
    }
    std::sort(row.begin(), row.end(), rc::ranks_before<rc::ItemIx>);
    neighbours.entries.insert(neighbours.entries.end(), row.begin(), row.end());
    neighbours.offsets.push_back(neighbours.entries.size());
  }
  return rc::ItemKnn::from_parts(make_shop(clustered, length, random), {.k = k}, std::move(neighbours));
}

void measure(bool clustered, std::size_t length) {
  rc::Random random(1);
  const rc::AnyModel model = make_model(clustered, length, random);
  const rc::ListOptions options{.n = 10};
  rc::Scratch scratch;
  std::vector<rc::Recommendation> list;
  double checksum = 0.0;
  const auto ask = [&](std::size_t user) {
    list.clear();
    rc::recommend_user(model, user_id(user), options, scratch, list);
    for (const auto& entry : list) {
      checksum += static_cast<double>(entry.score);
    }
  };

  for (std::size_t user = 0; user < n_users; ++user) {
    ask(user);
  }
  constexpr int rounds = 5;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> times(n_users);
    checksum = 0.0;
    for (std::size_t user = 0; user < n_users; ++user) {
      const auto start = std::chrono::steady_clock::now();
      ask(user);
      times[user] = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    }
    std::sort(times.begin(), times.end());
    const auto percentile = [&times](std::size_t percent) { return times[times.size() * percent / 100]; };
    std::printf(
        "{\"neighbours\": \"%s\", \"items\": %zu, \"k\": %zu, \"history\": %zu, \"n\": %zu, \"round\": %d, "
        "\"requests\": %zu, \"p50_us\": %.2f, \"p90_us\": %.2f, \"p99_us\": %.2f, \"checksum\": %.9g}\n",
        clustered ? "clustered" : "scattered", n_items, k, length, options.n, round, n_users, percentile(50),
        percentile(90), percentile(99), checksum);
  }
}

}  // namespace

int main() {
  for (const bool clustered : {false, true}) {
    for (const std::size_t length : {std::size_t{10}, std::size_t{50}}) {
      measure(clustered, length);
    }
  }
}
