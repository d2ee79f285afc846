"""Item-based nearest neighbours from dense matrices, written from the formulas and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Matrix: TypeAlias = "NDArray[Any]"

SIMILARITIES = (
    "cosine",
    "asymmetric_cosine",
    "dot",
    "jaccard",
    "dice",
    "tversky",
    "conditional_probability",
    "lift",
    "log_likelihood_ratio",
)
#: Those that read the values and so can be weighted.
VALUE_SIMILARITIES = SIMILARITIES[:3]


def weigh(dense: Matrix, weighting: str | None, k1: float = 1.2, b: float = 0.75) -> Matrix:
    """Weighted values, users by items."""
    n_items = dense.shape[1]
    items_of_user = (dense != 0).sum(axis=1, keepdims=True)
    if weighting == "tf_idf":
        return np.sqrt(dense) * (np.log((1 + n_items) / (1 + items_of_user)) + 1) * (dense != 0)
    if weighting == "bm25":
        idf = np.log(1 + (n_items - items_of_user + 0.5) / (items_of_user + 0.5))
        length = dense.sum(axis=0, keepdims=True)
        return idf * dense * (k1 + 1) / (dense + k1 * (1 - b + b * length / length.mean()))
    return dense.astype(np.float64)


def similarities(
    dense: Matrix,
    similarity: str,
    *,
    weighting: str | None = None,
    shrinkage: float = 0.0,
    min_common: int = 1,
    alpha: float = 0.5,
    beta: float = 0.5,
) -> Matrix:
    """All items by all items; 0 where they are not similar at all."""
    occurs = (dense != 0).astype(np.float64)
    together = occurs.T @ occurs
    users = occurs.sum(axis=0)
    n_i, n_j = users[:, None], users[None, :]
    all_users = dense.shape[0]
    values = weigh(dense, weighting)
    dot = values.T @ values
    norm = np.sqrt((values**2).sum(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        if similarity == "cosine":
            result = dot / (norm[:, None] * norm[None, :])
        elif similarity == "asymmetric_cosine":
            result = dot / (norm[:, None] ** (2 * alpha) * norm[None, :] ** (2 * (1 - alpha)))
        elif similarity == "dot":
            result = dot
        elif similarity == "jaccard":
            result = together / (n_i + n_j - together)
        elif similarity == "dice":
            result = 2 * together / (n_i + n_j)
        elif similarity == "tversky":
            result = together / (together + alpha * (n_i - together) + beta * (n_j - together))
        elif similarity == "conditional_probability":
            result = together / n_i
        elif similarity == "lift":
            result = together * all_users / (n_i * n_j)
        else:
            result = g_squared(together, n_i, n_j, all_users)
        result = result * together / (together + shrinkage)
    result = np.where(together >= min_common, result, 0.0)
    np.fill_diagonal(result, 0.0)
    return np.nan_to_num(result)


def g_squared(together: Matrix, n_i: Matrix, n_j: Matrix, all_users: int) -> Matrix:
    """2 sum O ln(O / E) over the four cells."""
    observed = [together, n_i - together, n_j - together, all_users - n_i - n_j + together]
    rest_i, rest_j = all_users - n_i, all_users - n_j
    expected = [n_i * n_j, n_i * rest_j, rest_i * n_j, rest_i * rest_j]
    total = np.zeros_like(together)
    with np.errstate(divide="ignore", invalid="ignore"):
        for o, e in zip(observed, expected, strict=True):
            total += np.where(o > 0, o * np.log(o * all_users / e), 0.0)
    return np.maximum(0.0, 2 * total)


def scores(dense: Matrix, sim: Matrix, k: int) -> Matrix:
    """Users by items: sums over the items of a user that are among the k nearest of the candidate."""
    kept = np.zeros_like(sim)
    for j in range(sim.shape[1]):
        nearest = np.lexsort((np.arange(len(sim)), -sim[:, j].astype(np.float32)))[:k]
        kept[nearest, j] = sim[nearest, j]
    return dense @ kept
