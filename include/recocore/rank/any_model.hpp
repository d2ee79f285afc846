/// A fitted model whose type is not known at compile time.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/rank/recommend.hpp>
#include <recocore/rank/recommender.hpp>

namespace recocore {

/// Holds any `Recommender`. The one virtual interface of the library, and it is private: for the C ABI, Python and
/// files. Immutable and cheap to copy; safe to use from many threads, each with a scratch of its own.
class AnyModel {
 public:
  /// Implicit: a model is a model.
  template <class M>
    requires(!std::same_as<M, AnyModel> && Recommender<M>)
  // NOLINTNEXTLINE(google-explicit-constructor)
  AnyModel(M model) : self_(std::make_shared<const Holder<M>>(std::move(model))) {}

  [[nodiscard]] std::string_view name() const noexcept { return self_->name(); }
  [[nodiscard]] const Interactions& interactions() const noexcept { return self_->interactions(); }

  /// See `recocore::recommend`.
  void recommend(const Request& request, Scratch& scratch, std::vector<Recommendation>& list) const {
    self_->recommend(request, scratch, list);
  }

  [[nodiscard]] const PopularItems& popular_items() const noexcept { return self_->popular_items(); }

  /// See `Recommender`.
  void rank(const History& history, std::size_t n, Scratch& scratch) const { self_->rank(history, n, scratch); }

  /// Best first; none when the model has no notion of similar items.
  [[nodiscard]] std::optional<std::span<const ScoredItem>> similar_items(ItemIx item) const {
    return self_->similar_items(item);
  }

  /// The model itself, if it is an M.
  template <Recommender M>
  [[nodiscard]] const M* get_if() const noexcept {
    const auto* holder = dynamic_cast<const Holder<M>*>(self_.get());
    return holder == nullptr ? nullptr : &holder->model;
  }

 private:
  class Interface {
   public:
    Interface() = default;
    Interface(const Interface&) = delete;
    Interface& operator=(const Interface&) = delete;
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
    [[nodiscard]] virtual const Interactions& interactions() const noexcept = 0;
    [[nodiscard]] virtual const PopularItems& popular_items() const noexcept = 0;
    virtual void rank(const History& history, std::size_t n, Scratch& scratch) const = 0;
    virtual void recommend(const Request& request, Scratch& scratch, std::vector<Recommendation>& list) const = 0;
    [[nodiscard]] virtual std::optional<std::span<const ScoredItem>> similar_items(ItemIx item) const = 0;
  };

  template <Recommender M>
  struct Holder final : Interface {
    explicit Holder(M held) : model(std::move(held)) {}
    [[nodiscard]] std::string_view name() const noexcept override { return M::name; }
    [[nodiscard]] const Interactions& interactions() const noexcept override { return model.interactions(); }
    [[nodiscard]] const PopularItems& popular_items() const noexcept override { return model.popular_items(); }
    void rank(const History& history, std::size_t n, Scratch& scratch) const override {
      model.rank(history, n, scratch);
    }
    void recommend(const Request& request, Scratch& scratch, std::vector<Recommendation>& list) const override {
      recocore::recommend(model, request, scratch, list);
    }
    [[nodiscard]] std::optional<std::span<const ScoredItem>> similar_items(
        [[maybe_unused]] ItemIx item) const override {
      if constexpr (KnowsSimilarItems<M>) {
        return model.similar_items(item);
      } else {
        return std::nullopt;
      }
    }
    M model;
  };

  std::shared_ptr<const Interface> self_;
};

}  // namespace recocore
