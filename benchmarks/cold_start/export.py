"""A protocol's parts as matrices, for libraries in environments without recocore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from benchmarks.cold_start.cell import split_of
from benchmarks.cold_start.features import matrix_of, terms_of
from benchmarks.cold_start.measure import users_of

if TYPE_CHECKING:
    from benchmarks.cold_start.data import Shop
    from benchmarks.cold_start.protocols import Pairs


def export(shop: Shop, protocol: str, path: Path) -> None:
    """Users and items keep their numbers."""
    arrays = csr_arrays("features", matrix_of(terms_of(shop.table, shop.kinds)))
    shape = (shop.n_users, shop.n_items)
    for name, part in zip(("test", "validation"), split_of(protocol, shop), strict=True):
        arrays |= csr_arrays(f"{name}_train", matrix(part.train, shape))
        # Of the test part nothing that is to be foreseen leaves recocore.
        known = name == "validation"
        for key, pairs in (("stream", part.stream), ("launch", part.launch)):
            arrays |= csr_arrays(f"{name}_{key}", matrix(pairs if known else pairs.where(slice(0, 0)), shape))
        arrays |= {f"{name}_warm": part.warm, f"{name}_new": part.new, f"{name}_users": users_of(part)}
    unfinished = path.with_suffix(".unfinished.npz")
    np.savez(unfinished, **arrays)
    unfinished.rename(path)


def matrix(pairs: Pairs, shape: tuple[int, int]) -> sp.csr_matrix:
    found = sp.csr_matrix((np.ones(len(pairs), dtype=np.float32), (pairs.user, pairs.item)), shape=shape)
    found.sort_indices()
    return found


def csr_arrays(name: str, values: sp.csr_matrix) -> dict[str, Any]:
    return {
        f"{name}_indptr": values.indptr,
        f"{name}_indices": values.indices,
        f"{name}_shape": np.array(values.shape),
    }
