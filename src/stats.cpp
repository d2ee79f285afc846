#include <recocore/impl/stats/cooccurrence_inl.hpp>
#include <recocore/impl/stats/similar_rows_inl.hpp>
#include <recocore/impl/stats/similarity_inl.hpp>
#include <recocore/impl/stats/weighting_inl.hpp>

namespace recocore {

using UserRows = SparseRows<UserIx, ItemIx>;
using ItemRows = SparseRows<ItemIx, UserIx>;

// The templates of this room exist for users by items and for items by users.
template FixedPointRows<UserIx> weigh(const UserRows&, const ItemRows&, const WeightingConfig&, const RunOptions&);
template FixedPointRows<ItemIx> weigh(const ItemRows&, const UserRows&, const WeightingConfig&, const RunOptions&);

template Neighbours<UserIx> similar_rows(const UserRows&, const ItemRows&, const SimilarRowsConfig&, const RunOptions&,
                                         Direction);
template Neighbours<ItemIx> similar_rows(const ItemRows&, const UserRows&, const SimilarRowsConfig&, const RunOptions&,
                                         Direction);

}  // namespace recocore
