#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/data/split.hpp>
#include <recocore/eval/blend_weights.hpp>
#include <recocore/eval/evaluate.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/blend.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

constexpr rc::Fusion fusions[] = {rc::Fusion::score, rc::Fusion::standard, rc::Fusion::rank};

rc::Interactions shop(std::uint64_t seed = 3) {
  return rc::test::random_interactions({.users = 60, .items = 50, .density = 0.12}, seed);
}

std::vector<rc::AnyModel> three_parts(const rc::Interactions& interactions) {
  return {rc::ItemKnn::fit(interactions, {.k = 5}),
          rc::ItemKnn::fit(interactions, {.k = 20, .similarity = {.similarity = rc::Similarity::jaccard}}),
          rc::Popularity::fit(interactions)};
}

/// Bit by bit the textbook, with a map and doubles.
std::vector<rc::ScoredItem> naive_rank(const std::vector<rc::AnyModel>& parts, const std::vector<double>& weights,
                                       const rc::BlendConfig& config, rc::UserIx user, std::size_t n) {
  const auto& interactions = parts.front().interactions();
  double total = 0.0;
  for (const double weight : weights) {
    total += weight;
  }
  std::map<std::uint32_t, double> sums;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    rc::Scratch scratch;
    scratch.mask.allow_all(interactions.items().size());
    const auto row = interactions.by_user().row(user);
    scratch.mask.forbid(row);
    parts[p].rank({.items = row, .user = user}, std::max(n, config.depth), scratch);
    const auto list = scratch.ranked;
    const auto size = static_cast<double>(list.size());
    double mean = 0.0;
    for (const auto& entry : list) {
      mean += static_cast<double>(entry.score) / size;
    }
    double variance = 0.0;
    for (const auto& entry : list) {
      variance += std::pow(static_cast<double>(entry.score) - mean, 2.0) / size;
    }
    for (std::size_t place = 0; place < list.size(); ++place) {
      const auto score = static_cast<double>(list[place].score);
      double value = 1.0 / (61.0 + static_cast<double>(place));
      if (config.method == rc::Fusion::score) {
        value = score / static_cast<double>(list.front().score);
      } else if (config.method == rc::Fusion::standard) {
        // The z-score above that of what is missing.
        const double smallest = (static_cast<double>(list.back().score) - mean) / std::sqrt(variance);
        value = (score - mean) / std::sqrt(variance) - smallest + 1.0 / 1024;
      }
      sums[list[place].index.value] += weights[p] / total * value;
    }
  }
  std::vector<rc::ScoredItem> ranked;
  for (const auto& [item, sum] : sums) {
    ranked.push_back({rc::ItemIx(item), static_cast<float>(sum)});
  }
  rc::keep_best(ranked, n);
  return ranked;
}

}  // namespace

TEST_CASE("blend: the textbook") {
  for (const std::uint64_t seed : {3U, 4U, 5U}) {
    const auto interactions = shop(seed);
    const auto parts = three_parts(interactions);
    const std::vector<double> weights{2.0, 1.0, 0.25};
    for (const auto method : fusions) {
      for (const std::size_t depth : {7U, 500U}) {
        const rc::BlendConfig config{.method = method, .depth = depth};
        const rc::Blend blend(parts, weights, config);
        rc::Scratch scratch;
        for (std::size_t u = 0; u < interactions.users().size(); ++u) {
          const rc::UserIx user(u);
          const auto row = interactions.by_user().row(user);
          scratch.mask.allow_all(interactions.items().size());
          scratch.mask.forbid(row);
          blend.rank({.items = row, .user = user}, 10, scratch);
          const auto expected = naive_rank(parts, weights, config, user, 10);
          REQUIRE(scratch.ranked.size() == expected.size());
          for (std::size_t place = 0; place < expected.size(); ++place) {
            CHECK(static_cast<double>(scratch.ranked[place].score) ==
                  doctest::Approx(static_cast<double>(expected[place].score)).epsilon(1e-4));
          }
          CHECK(std::is_sorted(scratch.ranked.begin(), scratch.ranked.end(), rc::ranks_before<rc::ItemIx>));
        }
      }
    }
  }
}

TEST_CASE("blend: of one model, or with one weight above 0, it ranks as that model") {
  const auto interactions = shop();
  const auto parts = three_parts(interactions);
  for (const auto method : fusions) {
    for (std::size_t p = 0; p < parts.size(); ++p) {
      std::vector<double> weights(parts.size(), 0.0);
      weights[p] = 3.0;
      for (const rc::Blend& blend : {rc::Blend({parts[p]}, {0.5}, {.method = method, .depth = 3}),
                                     rc::Blend(parts, weights, {.method = method, .depth = 3})}) {
        for (std::int64_t user = 0; user < 60; ++user) {
          const auto expected = rc::recommend_user(parts[p], user, {.n = 12});
          const auto list = rc::recommend_user(rc::AnyModel(blend), user, {.n = 12});
          REQUIRE(list.size() == expected.size());
          for (std::size_t place = 0; place < list.size(); ++place) {
            CHECK(list[place].item == expected[place].item);
          }
        }
      }
    }
  }
}

TEST_CASE("blend: only ratios of weights matter") {
  const auto interactions = shop();
  const auto parts = three_parts(interactions);
  const rc::AnyModel one = rc::Blend(parts, {1.0, 2.0, 4.0});
  const rc::AnyModel other = rc::Blend(parts, {0x1p-900, 0x1p-899, 0x1p-898});
  for (std::int64_t user = 0; user < 60; ++user) {
    CHECK(rc::recommend_user(one, user) == rc::recommend_user(other, user));
  }
}

TEST_CASE("blend: filters hold for all parts, a visitor is served, lists are full") {
  const auto interactions = shop();
  const rc::AnyModel blend = rc::Blend(three_parts(interactions), {1.0, 1.0, 1.0});
  const std::vector<std::int64_t> some{1, 5, 9, 30, 44};
  const std::vector<std::int64_t> clicked{2, 9};
  const auto list = rc::recommend_history(blend, std::span(clicked), {}, {.n = 10, .candidates = std::span(some)});
  CHECK(list.size() == 4);  // 9 was clicked
  for (const auto& entry : list) {
    CHECK(std::find(some.begin(), some.end(), static_cast<std::int64_t>(entry.item.value)) != some.end());
  }
  CHECK(rc::recommend_user(blend, std::int64_t{-1}, {.n = 20}).size() == 20);
}

TEST_CASE("blend: blends in blends") {
  const auto interactions = shop();
  const auto parts = three_parts(interactions);
  const rc::Blend inner({parts[1], parts[2]}, {1.0, 0.5}, {.method = rc::Fusion::rank});
  const rc::AnyModel nested = rc::Blend({parts[0], inner, inner}, {1.0, 0.5, 0.5}, {.method = rc::Fusion::rank});
  // The same with the inner one behind scratch memory of its own.
  const rc::AnyModel flat = rc::Blend({parts[0], inner}, {1.0, 1.0}, {.method = rc::Fusion::rank});
  rc::Scratch scratch;
  for (std::int64_t user = 0; user < 60; ++user) {
    const auto list = rc::recommend_user(nested, user);
    const auto expected = rc::recommend_user(flat, user);
    REQUIRE(list.size() == expected.size());
    for (std::size_t place = 0; place < list.size(); ++place) {
      CHECK(static_cast<double>(list[place].score) == doctest::Approx(static_cast<double>(expected[place].score)));
    }
    std::vector<rc::Recommendation> again;
    rc::recommend_user(nested, user, {}, scratch, again);
    CHECK(again == list);
  }
  rc::AnyModel deep = parts[0];
  for (std::size_t level = 0; level < rc::Blend::most_nested; ++level) {
    deep = rc::Blend({deep, parts[2]}, {1.0, 1.0});
  }
  CHECK(rc::recommend_user(deep, std::int64_t{3}).size() == 10);
  CHECK(rc::recommend_user(rc::model_from_bytes(rc::to_bytes(deep)), std::int64_t{3}) ==
        rc::recommend_user(deep, std::int64_t{3}));
  CHECK_THROWS_WITH_AS(rc::Blend({deep}, {1.0}), doctest::Contains("nested 8 times"), rc::InvalidParameter);
}

TEST_CASE("blend: what makes no sense is refused") {
  const auto interactions = shop();
  const auto parts = three_parts(interactions);
  const auto refuses = [](std::vector<rc::AnyModel> models, std::vector<double> weights, const char* message,
                          const rc::BlendConfig& config = {}) {
    CHECK_THROWS_WITH_AS(rc::Blend(std::move(models), std::move(weights), config), doctest::Contains(message),
                         rc::InvalidParameter);
  };
  refuses({}, {}, "at least one model");
  refuses(parts, {1.0}, "a blend of 3 models needs as many weights; got 1");
  refuses(parts, {1.0, -1.0, 0.0}, "weight 1 is -1");
  refuses(parts, {1.0, std::nan(""), 0.0}, "must be finite");
  refuses(parts, {0.0, 0.0, 0.0}, "one of the weights of a blend must be above 0");
  refuses(parts, {1.0, 1.0, 1.0}, "depth", {.depth = 0});
  refuses({parts[0], rc::Popularity::fit(shop(8))}, {1.0, 1.0},
          "model 1 ('popularity') was fitted on others than model 0 ('item_knn')");
  CHECK(rc::parse_fusion("rank") == rc::Fusion::rank);
  CHECK_THROWS_AS(static_cast<void>(rc::parse_fusion("sum")), rc::InvalidParameter);
}

TEST_CASE("blend: bytes and back, with the interactions once") {
  const auto interactions = shop();
  const auto parts = three_parts(interactions);
  const rc::Blend blend(parts, {0.3, 0.1, 0.7}, {.method = rc::Fusion::standard, .depth = 9});
  const auto bytes = rc::to_bytes(rc::AnyModel(blend));
  const auto restored = rc::model_from_bytes(bytes);
  CHECK(rc::to_bytes(restored) == bytes);
  const auto* again = restored.get_if<rc::Blend>();
  REQUIRE(again != nullptr);
  CHECK(again->config() == blend.config());
  CHECK(std::equal(again->weights().begin(), again->weights().end(), blend.weights().begin()));
  CHECK(&again->parts()[2].interactions().by_user() == &again->parts()[0].interactions().by_user());
  for (std::int64_t user = 0; user < 60; ++user) {
    CHECK(rc::recommend_user(restored, user) == rc::recommend_user(rc::AnyModel(blend), user));
  }
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    CHECK_THROWS_AS(static_cast<void>(rc::model_from_bytes(bytes.substr(0, size))), rc::InvalidData);
  }
}

TEST_CASE("blend: learned weights are what evaluation says, never worse than a part, the same for any threads") {
  const auto all = rc::test::random_interactions({.users = 300, .items = 60, .density = 0.15}, 11);
  const auto [train, test, history] = rc::split_random(all, 0.3, 1);
  const auto parts = three_parts(train);
  for (const auto method : fusions) {
    const rc::BlendWeightsConfig config{.blend = {.method = method, .depth = 20}, .n = 10};
    const auto learned = rc::learn_blend_weights(parts, test, config, {.threads = 1});
    CHECK(rc::learn_blend_weights(parts, test, config, {.threads = 4}) == learned);
    REQUIRE(learned.weights.size() == 3);
    CHECK(learned.weights[0] + learned.weights[1] + learned.weights[2] == doctest::Approx(1.0));
    const auto ndcg_of = [&](const rc::AnyModel& model) {
      return rc::evaluate(model, train, test, nullptr, {.n = 10}).mean.ndcg;
    };
    // Depth 20 fills lists of 10, so nothing is filled up by popularity; everybody has a history.
    const auto judged = rc::evaluate(rc::AnyModel(parts[2]), train, test, nullptr, {.n = 10});
    REQUIRE(judged.cold_users == 0);
    CHECK(learned.users == judged.users.size());
    CHECK(ndcg_of(rc::Blend(parts, learned.weights, config.blend)) == doctest::Approx(learned.ndcg).epsilon(1e-6));
    for (const auto& part : parts) {
      CHECK(ndcg_of(part) <= learned.ndcg + 1e-9);
    }
  }
}

TEST_CASE("blend: weights when users are many, none, or a limit is in the way") {
  const auto all = rc::test::random_interactions({.users = 300, .items = 60, .density = 0.15}, 11);
  const auto [train, test, history] = rc::split_random(all, 0.3, 1);
  const auto parts = three_parts(train);
  CHECK(rc::learn_blend_weights(parts, test, {.most_users = 25, .seed = 7}).users == 25);
  const auto nobody = rc::learn_blend_weights(parts, train);  // all of it was seen
  CHECK(nobody.users == 0);
  CHECK(nobody.weights == std::vector<double>(3, 1.0 / 3));
  CHECK_THROWS_AS(static_cast<void>(rc::learn_blend_weights(parts, test, {.n = 0})), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::learn_blend_weights({}, test)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::learn_blend_weights(parts, test, {}, {.memory_limit = 1000})),
                  rc::MemoryLimitExceeded);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::learn_blend_weights(parts, test, {}, {.stop = stop.get_token()})),
                  rc::Cancelled);
}
