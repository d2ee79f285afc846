#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/models/rp3beta.hpp>
#include <recocore/models/slim.hpp>
#include <recocore/models/user_knn.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/peak_memory.hpp"
#include "../support/random_interactions.hpp"

using namespace recocore;
using recocore::test::PeakMemory;
using recocore::test::RandomShop;

namespace {

/// Large enough that the arrays count and not what surrounds them.
constexpr std::array<RandomShop, 4> shops{{{.users = 4000, .items = 1500, .density = 0.005},
                                           {.users = 1200, .items = 700, .density = 0.15, .largest_weight = 5.0},
                                           {.users = 300, .items = 9000, .density = 0.004},
                                           {.users = 12'000, .items = 150, .density = 0.03, .largest_weight = 5.0}}};

/// @param at_least of the estimate, what a fit takes.
template <class M, class Config>
void check_estimate(const Config& config, double at_least) {
  for (const auto& shop : shops) {
    const auto interactions = test::random_interactions(shop, 3);
    for (const unsigned threads : {1U, 3U}) {
      CAPTURE(M::name);
      CAPTURE(shop.items);
      CAPTURE(threads);
      const RunOptions options{.threads = threads};
      const auto estimate = static_cast<double>(M::estimate_fit_memory(interactions, config, options));
      const PeakMemory memory;
      const auto model = M::fit(interactions, config, options);
      const auto peak = static_cast<double>(memory.peak());
      // What parallel work itself allocates is not of the arrays.
      CHECK(peak <= estimate * 1.02 + 20'000.0);
      CHECK(peak >= estimate * at_least);
    }
  }
}

}  // namespace

TEST_CASE("user_knn, rp3beta, slim: no fit takes more than was estimated") {
  for (const auto weighting : {Weighting::none, Weighting::tf_idf, Weighting::bm25}) {
    check_estimate<UserKnn>(UserKnnConfig{.similar = {.weighting = {.weighting = weighting}}}, 0.8);
  }
  for (const auto keep : {KeptLinks::candidate, KeptLinks::history}) {
    for (const std::size_t k : {5U, 50U, 1'000'000U}) {
      check_estimate<Rp3beta>(Rp3betaConfig{.k = k, .keep = keep}, 0.3);
    }
  }
  for (const std::size_t candidates : {5U, 100U}) {
    check_estimate<Slim>(SlimConfig{.candidates = candidates}, 0.2);
  }
}

TEST_CASE("user_knn: a list allocates nothing once scratch and list have grown") {
  constexpr std::int64_t users = 300;
  constexpr std::int64_t items = 400;
  const AnyModel model =
      UserKnn::fit(test::random_interactions({.users = users, .items = items, .density = 0.02, .largest_weight = 2}, 4),
                   {.similar = {.k = 20, .weighting = {.weighting = Weighting::bm25}}, .amplification = 2.0});
  const std::vector<std::int64_t> history{3, 17, 90, 5, 17};
  const std::vector<float> weights{1.0F, -2.0F, 3.0F, 0.5F, 1.0F};
  Scratch scratch;
  std::vector<Recommendation> list;
  std::uint64_t entries = 0;
  const auto ask_everything = [&] {
    for (const std::size_t n : {10U, 200U}) {
      for (std::int64_t id = -1; id < users; ++id) {
        list.clear();
        recommend_user(model, id, {.n = n}, scratch, list);
        recommend_history(model, std::span<const std::int64_t>(history), weights, {.n = n}, scratch, list);
        entries += list.size();
      }
    }
  };
  ask_everything();
  const PeakMemory memory;
  const auto before = entries;
  ask_everything();
  CHECK(memory.peak() == 0);
  CHECK(entries == 2 * before);
  CHECK(before > 0);
}
