"""Metrics of ranked lists that you have already, from recocore or from elsewhere.

With the hits of a list counted at its first ``n`` ranks, and *relevant* the items that should have been
found:

================  =============================================================================
``recall``        hits / number of relevant items
``ndcg``          sum over the hits of 1 / log2(rank + 1), divided by that sum for a list that
                  begins with min(n, number of relevant items) hits (Järvelin and Kekäläinen
                  2002)
``mrr``           1 / rank of the first hit, 0 without one (Voorhees 1999)
``hit_rate``      1 when there is a hit, else 0
``map``           average precision: sum over the hits of the precision up to them, divided by
                  the number of relevant items
``precision``     hits / n, also when the list is shorter than n
================  =============================================================================

Relevance is yes or no. These are the definitions of ranx and of the protocol of LightGCN and BARS. Other
libraries differ in the denominators: some divide recall and average precision by min(n, number of relevant
items); LensKit divides precision by the length of the list and discounts by max(1, log2(rank)); RecTools
takes the best list to be n hits; scikit-learn's ``ndcg_score`` averages over the orders of ties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._checks import check_count
from recocore.errors import InvalidDataError, InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["evaluate_lists"]


def evaluate_lists(
    recommended: Sequence[Iterable[Hashable]],
    relevant: Sequence[Iterable[Hashable]],
    n: int = 20,
) -> dict[str, NDArray[np.float64]]:
    """Measure each list by itself.

    Parameters
    ----------
    recommended : sequence of sequences of ids
        The lists, each with its best item first. They may have different lengths and may be empty.
    relevant : sequence of collections of ids
        What each list should have found; an id given twice counts once. As many as there are lists.
    n : int, default=20
        Only the first ``n`` ranks of a list count. At least 1.

    Returns
    -------
    dict of str to ndarray of float64, shape (n_lists,)
        One array a metric, by the names above, from 0 to 1. A list with nothing to find is 0 in all of them,
        as in ranx; :func:`recocore.evaluate` leaves such users out of its means, and so should you.

    Raises
    ------
    InvalidParameterError
        When the two arguments have different lengths, ``n`` is below 1, or a list is a text instead of a list
        of ids.
    InvalidDataError
        When a list has an id twice.

    Examples
    --------
    >>> import recocore as rc
    >>> rc.metrics.evaluate_lists([["tea", "milk"], ["rice"]], [{"milk"}, {"rice", "salt"}], n=2)["recall"]
    array([1. , 0.5])
    """
    n = check_count("n", n)
    if len(recommended) != len(relevant):
        raise InvalidParameterError(
            f"each list needs the items that are relevant to it; got {len(recommended)} lists and "
            f"{len(relevant)} collections of relevant items"
        )
    hits = bytearray()
    offsets = np.zeros(len(recommended) + 1, np.uint64)
    counts = np.zeros(len(recommended), np.uint64)
    for row, (items, wanted) in enumerate(zip(recommended, relevant, strict=True)):
        for argument in (items, wanted):
            _refuse_text(argument, row)
        first = list(items)[:n]
        if len(set(first)) != len(first):
            raise InvalidDataError(f"list {row} has an id more than once in its first {n} ranks; leave repetitions out")
        found = set(wanted)
        hits += bytes(item in found for item in first)
        offsets[row + 1] = len(hits)
        counts[row] = len(found)
    return _core.measure_lists(np.frombuffer(bytes(hits), np.uint8), offsets, counts, n)


def _refuse_text(items: Any, row: int) -> None:
    if isinstance(items, (str, bytes)):
        raise InvalidParameterError(f"list {row} is the text {items!r}; a list of one id is written [{items!r}]")
