#include <recocore/impl/stats/cooccurrence_inl.hpp>
#include <recocore/impl/stats/neighbours_inl.hpp>
#include <recocore/impl/stats/similar_rows_inl.hpp>
#include <recocore/impl/stats/similarity_inl.hpp>
#include <recocore/impl/stats/weighting_inl.hpp>

namespace recocore {

using UserRows = SparseRows<UserIx, ItemIx>;
using ItemRows = SparseRows<ItemIx, UserIx>;

// The templates of this room exist for users by items and for items by users.
template Neighbours<UserIx> transpose(const Neighbours<UserIx>&, const RunOptions&);
template Neighbours<ItemIx> transpose(const Neighbours<ItemIx>&, const RunOptions&);

template Neighbours<UserIx> similar_rows(const UserRows&, const ItemRows&, const SimilarRowsConfig&, const RunOptions&,
                                         Direction);
template Neighbours<ItemIx> similar_rows(const ItemRows&, const UserRows&, const SimilarRowsConfig&, const RunOptions&,
                                         Direction);
template SimilarBothWays<UserIx> similar_rows_both_ways(const UserRows&, const ItemRows&, const SimilarRowsConfig&,
                                                        const RunOptions&);
template SimilarBothWays<ItemIx> similar_rows_both_ways(const ItemRows&, const UserRows&, const SimilarRowsConfig&,
                                                        const RunOptions&);

template SimilarRowsMemory estimate_similar_rows_memory(const UserRows&, const ItemRows&, const SimilarRowsConfig&,
                                                        bool, const RunOptions&);
template SimilarRowsMemory estimate_similar_rows_memory(const ItemRows&, const UserRows&, const SimilarRowsConfig&,
                                                        bool, const RunOptions&);

}  // namespace recocore
