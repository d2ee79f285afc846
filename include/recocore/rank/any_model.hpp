/// A fitted model whose type is not known at compile time.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/rank/recommend.hpp>
#include <recocore/rank/recommender.hpp>

namespace recocore {

/// Holds any `Recommender` behind a virtual interface that is private: for the C ABI, Python and
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
  /// Of the interactions, or of the catalogue the model has: positions of items are places in these.
  [[nodiscard]] const ExtendedIds& items() const noexcept { return self_->items; }
  [[nodiscard]] const ExtendedIds& users() const noexcept { return self_->users; }
  /// Rows are the positions of `items()`. None for a model that knows no attributes.
  [[nodiscard]] const Catalogue* catalogue() const noexcept { return self_->catalogue(); }
  /// Rows are the positions of `users()`.
  [[nodiscard]] const Catalogue* profiles() const noexcept { return self_->profiles(); }

  /// See `recocore::recommend`.
  void recommend(const Request& request, Scratch& scratch, std::vector<Recommendation>& list) const {
    self_->recommend(request, scratch, list);
  }

  [[nodiscard]] const PopularItems& popular_items() const noexcept { return self_->popular_items(); }

  /// See `Recommender`.
  void rank(const History& history, std::size_t n, Scratch& scratch) const { self_->rank(history, n, scratch); }

  /// Leaves in `scratch.ranked` the `n` items most similar to one that the mask allows, the best first. False when the
  /// model has no notion of similar items.
  [[nodiscard]] bool rank_similar(ItemIx item, std::size_t n, Scratch& scratch) const {
    return self_->rank_similar(item, n, scratch);
  }

  /// Of what `rank_similar` finds.
  [[nodiscard]] Tier similarity_tier() const noexcept { return self_->similarity_tier(); }

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
    [[nodiscard]] virtual bool rank_similar(ItemIx item, std::size_t n, Scratch& scratch) const = 0;
    [[nodiscard]] virtual Tier similarity_tier() const noexcept = 0;
    [[nodiscard]] virtual const Catalogue* catalogue() const noexcept = 0;
    [[nodiscard]] virtual const Catalogue* profiles() const noexcept = 0;

    ExtendedIds items{};
    ExtendedIds users{};
  };

  template <Recommender M>
  struct Holder final : Interface {
    explicit Holder(M held) : model(std::move(held)) {
      if constexpr (HasCatalogue<M>) {
        this->items = model.items();
      } else {
        this->items = model.interactions().items();
      }
      if constexpr (HasProfiles<M>) {
        this->users = model.users();
      } else {
        this->users = model.interactions().users();
      }
    }
    [[nodiscard]] const Catalogue* catalogue() const noexcept override {
      if constexpr (HasCatalogue<M>) {
        return &model.catalogue();
      } else {
        return nullptr;
      }
    }
    [[nodiscard]] const Catalogue* profiles() const noexcept override {
      if constexpr (HasProfiles<M>) {
        return &model.profiles();
      } else {
        return nullptr;
      }
    }
    [[nodiscard]] std::string_view name() const noexcept override { return M::name; }
    [[nodiscard]] const Interactions& interactions() const noexcept override { return model.interactions(); }
    [[nodiscard]] const PopularItems& popular_items() const noexcept override { return model.popular_items(); }
    void rank(const History& history, std::size_t n, Scratch& scratch) const override {
      model.rank(history, n, scratch);
    }
    void recommend(const Request& request, Scratch& scratch, std::vector<Recommendation>& list) const override {
      recocore::recommend(model, request, scratch, list);
    }
    [[nodiscard]] bool rank_similar([[maybe_unused]] ItemIx item, [[maybe_unused]] std::size_t n,
                                    Scratch& scratch) const override {
      scratch.ranked.clear();
      if constexpr (RanksSimilarItems<M>) {
        model.rank_similar(item, n, scratch);
        return true;
      } else if constexpr (KnowsSimilarItems<M>) {
        for (const ScoredItem& neighbour : model.similar_items(item)) {
          if (scratch.ranked.size() < n && scratch.mask.allows(neighbour.index)) {
            scratch.ranked.push_back(neighbour);
          }
        }
        return true;
      } else {
        return false;
      }
    }
    [[nodiscard]] Tier similarity_tier() const noexcept override { return M::tier; }
    M model;
  };

  std::shared_ptr<const Interface> self_;
};

}  // namespace recocore
