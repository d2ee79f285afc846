"""Do two libraries say the same? The same neighbours, up to ties and the rounding of floats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Scores that differ by less than this part of the larger are equal.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Lists:
    """Lists of one width, best first: ids -1 and scores -inf where a list is shorter."""

    ids: NDArray[np.int32]
    scores: NDArray[np.float64]

    @classmethod
    def make(cls, ids: NDArray[Any], scores: NDArray[Any], width: int) -> Lists:
        """From lists in any order; entries with a score of 0 or less are none."""
        scores = np.where(scores > 0, scores.astype(np.float64), -np.inf)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :width]
        scores = np.take_along_axis(scores, order, axis=1)
        ids = np.where(np.isneginf(scores), -1, np.take_along_axis(ids, order, axis=1))
        missing = width - ids.shape[1]
        if missing > 0:
            ids = np.pad(ids, ((0, 0), (0, missing)), constant_values=-1)
            scores = np.pad(scores, ((0, 0), (0, missing)), constant_values=-np.inf)
        return cls(ids.astype(np.int32), scores)

    @classmethod
    def from_csr(
        cls, matrix: Any, width: int, *, rows: NDArray[np.int64] | None = None, drop_diagonal: bool = False
    ) -> Lists:
        """From all or some rows of a sparse matrix."""
        if rows is None:
            rows = np.arange(matrix.shape[0])
        else:
            matrix = matrix[rows]
        lengths = np.diff(matrix.indptr)
        widest = max(1, int(lengths.max(initial=0)))
        ids = np.full((matrix.shape[0], widest), -1, dtype=np.int32)
        scores = np.full(ids.shape, -np.inf)
        filled = np.arange(widest) < lengths[:, None]
        ids[filled], scores[filled] = matrix.indices, matrix.data
        if drop_diagonal:
            scores[ids == rows[:, None]] = -np.inf
        return cls.make(ids, scores, width)

    def rows(self, chosen: NDArray[np.int64]) -> Lists:
        return Lists(self.ids[chosen], self.scores[chosen])


@dataclass(frozen=True)
class Agreement:
    lists: int
    lists_that_differ: int
    #: The largest relative difference of two scores at the same rank.
    worst_score_difference: float

    @property
    def agree(self) -> bool:
        return self.lists_that_differ == 0


def compare(ours: Lists, theirs: Lists, tolerance: float = TOLERANCE) -> Agreement:
    """Lists agree when they are as long, the scores at every rank are equal, an id in both has the same score, and an
    id in only one is tied with the last place of a full list."""
    if ours.ids.shape != theirs.ids.shape:
        raise ValueError(f"lists of shape {ours.ids.shape} and {theirs.ids.shape} cannot be compared")
    rows, width = ours.ids.shape
    missing = ours.ids < 0
    differ = (missing != (theirs.ids < 0)).any(axis=1)

    a, b = np.where(missing, 0.0, ours.scores), np.where(theirs.ids < 0, 0.0, theirs.scores)
    apart = _relative_difference(a, b)
    apart[missing | (theirs.ids < 0)] = 0.0
    differ |= (apart > tolerance).any(axis=1)

    our_keys, our_scores = _by_key(ours)
    their_keys, their_scores = _by_key(theirs)
    common, in_ours, in_theirs = np.intersect1d(our_keys, their_keys, assume_unique=True, return_indices=True)
    wrong = _relative_difference(our_scores[in_ours], their_scores[in_theirs]) > tolerance
    differ[common[wrong] >> 32] = True
    for keys, scores, shared in ((our_keys, our_scores, in_ours), (their_keys, their_scores, in_theirs)):
        alone = np.ones(keys.size, dtype=bool)
        alone[shared] = False
        row = keys[alone] >> 32
        last = np.where(missing[row, width - 1], 0.0, ours.scores[row, width - 1])
        differ[row[scores[alone] > last * (1 + 2 * tolerance)]] = True
    return Agreement(rows, int(differ.sum()), float(apart.max(initial=0.0)))


def _relative_difference(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    difference: NDArray[np.float64] = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-300)
    return difference


def _by_key(lists: Lists) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """All entries as (row, id) in one number, and their scores."""
    row, place = np.nonzero(lists.ids >= 0)
    return (row.astype(np.int64) << 32) | lists.ids[row, place], lists.scores[row, place]
