/// The models that have a state. Their order is the number a state begins with: new ones go to the end.
#pragma once

#include <recocore/impl/io/state/als_state.hpp>
#include <recocore/impl/io/state/blend_state.hpp>
#include <recocore/impl/io/state/content_knn_state.hpp>
#include <recocore/impl/io/state/ease_state.hpp>
#include <recocore/impl/io/state/graph_filter_state.hpp>
#include <recocore/impl/io/state/hybrid_state.hpp>
#include <recocore/impl/io/state/item_knn_state.hpp>
#include <recocore/impl/io/state/next_basket_state.hpp>
#include <recocore/impl/io/state/popularity_state.hpp>
#include <recocore/impl/io/state/rp3beta_state.hpp>
#include <recocore/impl/io/state/session_knn_state.hpp>
#include <recocore/impl/io/state/slim_state.hpp>
#include <recocore/impl/io/state/sparse_ease_state.hpp>
#include <recocore/impl/io/state/user_knn_state.hpp>

namespace recocore::detail {

template <class... Models>
struct ModelList {};

using StoredModels = ModelList<  //
    ItemKnn,                     //
    Popularity,                  //
    Blend,                       //
    UserKnn,                     //
    Rp3beta,                     //
    Als,                         //
    Ease,                        //
    SparseEase,                  //
    NextBasket,                  //
    Slim,                        //
    GraphFilter,                 //
    SessionKnn,                  //
    ContentKnn,                  //
    Hybrid>;

}  // namespace recocore::detail
