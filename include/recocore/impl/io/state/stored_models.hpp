/// The models that have a state. Their order is the number a state begins with: new ones go to the end.
#pragma once

#include <recocore/impl/io/state/item_knn_state.hpp>
#include <recocore/impl/io/state/popularity_state.hpp>

namespace recocore::detail {

template <class... Models>
struct ModelList {};

using StoredModels = ModelList<  //
    ItemKnn,                     //
    Popularity>;

}  // namespace recocore::detail
