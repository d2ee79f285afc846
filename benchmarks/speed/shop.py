"""A generated shop: for sizes that no data set at hand has. It is made up, and every table says so.

How popular an item is follows Zipf's law, how active a user is a log-normal distribution. Half of what a user takes
comes from one of many small departments, so that some items do go together; the rest is popularity alone. Pairs are
distinct. The numbers of users and items carry no order: popular items lie anywhere in the catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

if TYPE_CHECKING:
    from numpy.typing import NDArray


def make_shop(
    users: int,
    items: int,
    pairs: int,
    *,
    seed: int = 1,
    zipf: float = 0.8,
    activity: float = 1.0,
    departments: int = 300,
    loyalty: float = 0.5,
) -> sp.csr_matrix:
    """Users by items, ones of float32. The same for the same arguments."""
    random = np.random.default_rng(seed)
    popularity = np.cumsum(np.arange(1, items + 1, dtype=np.float64) ** -zipf)
    active = np.cumsum(random.lognormal(0.0, activity, users))
    home = random.integers(0, departments, users)

    keys: NDArray[np.int64] = np.empty(0, dtype=np.int64)
    while keys.size < pairs:
        size = int((pairs - keys.size) * 1.2) + 1000
        user = np.minimum(np.searchsorted(active, np.sort(random.random(size)) * active[-1]), users - 1)
        item = np.minimum(np.searchsorted(popularity, random.random(size) * popularity[-1]), items - 1)
        # Every department has items of every popularity: those of its number, modulo.
        own = np.minimum(item // departments * departments + home[user], items - 1)
        item = np.where(random.random(size) < loyalty, own, item)
        keys = np.concatenate([keys, user * np.int64(items) + item])
        keys.sort()
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    if keys.size > pairs:
        keys = np.delete(keys, random.choice(keys.size, keys.size - pairs, replace=False))

    user, item = np.divmod(keys, items)
    item = random.permutation(items)[item]
    ones = np.ones(pairs, dtype=np.float32)
    return sp.csr_matrix((ones, (user.astype(np.int32), item.astype(np.int32))), shape=(users, items))


def describe(matrix: sp.csr_matrix) -> dict[str, Any]:
    """What decides how long a fit takes."""
    by_user = np.diff(matrix.indptr).astype(np.int64)
    by_item = np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int64)
    return {
        "users": matrix.shape[0],
        "items": matrix.shape[1],
        "pairs": int(matrix.nnz),
        "binary": bool((matrix.data == 1).all()),
        "density": matrix.nnz / (matrix.shape[0] * matrix.shape[1]),
        "longest_user": int(by_user.max()),
        "longest_item": int(by_item.max()),
        "gini_users": _gini(by_user),
        "gini_items": _gini(by_item),
        "multiply_adds": int((by_user**2).sum()),
    }


def _gini(counts: NDArray[np.int64]) -> float:
    """0 when all are equal, 1 when one has everything."""
    ordered = np.sort(counts).astype(np.float64)
    n = ordered.size
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))
