"""How well a model foresees the next item of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._base import Recommender
from recocore._checks import check_count, check_flag, check_number, check_seed, check_threads
from recocore.errors import IdTypeError, InvalidDataError, InvalidParameterError
from recocore.evaluation import USER_METRICS, Draws, Evaluation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["evaluate_next"]


def evaluate_next(
    model: Recommender,
    histories: Sequence[Any],
    targets: ArrayLike,
    n: int = 20,
    *,
    exclude_seen: bool = False,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    n_jobs: int | None = -1,
) -> Evaluation:
    """Make a list for each history and see whether, and where, the item that came next is in it.

    The protocol of session-based recommendation: one target a list, so ``hit_rate`` is its HR@n (also called P@n and
    Recall@n) and ``mrr`` its MRR@n. A target the model does not know is a miss.

    Parameters
    ----------
    model : Recommender
        Fitted.
    histories : sequence of sequences of ids
        What was done so far, the latest last: most simply from :func:`recocore.split.steps`.
    targets : sequence of ids, shape (len(histories),)
        What came next.
    n : int, default 20
        Length of the lists.
    exclude_seen : bool, default False
        Recommend nothing of the history. People come back to what they looked at, so they may.
    level, resamples, seed
        Of the confidence intervals over histories, as in :func:`evaluate`.
    n_jobs : int or None, default -1
        Threads: -1 for all the machine has, None for one.

    Returns
    -------
    Evaluation
        Its users are the histories: ``per_user["user_id"]`` is their number, from 0.

    Raises
    ------
    NotFittedError, InvalidParameterError, InvalidDataError, IdTypeError

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": [1, 1, 2, 2], "item_id": ["tea", "pot", "tea", "pot"]}
    >>> rc.evaluate_next(rc.ItemKNN().fit(events), [["tea"]], ["pot"], n=1).hit_rate
    1.0
    """
    n = check_count("n", n)
    draws = Draws(check_count("resamples", resamples), check_number("level", level), check_seed(seed))
    threads = check_threads(n_jobs)
    if not isinstance(model, Recommender):
        raise InvalidParameterError(f"model must be a fitted model of recocore; got {model!r}")
    wanted = np.asarray(targets)
    if wanted.ndim != 1 or len(wanted) != len(histories):
        raise InvalidParameterError(
            f"each history needs one target; got {len(histories):,} histories and targets of the shape {wanted.shape}"
        )
    if not len(wanted):
        raise InvalidDataError("there are no histories: nothing to foresee")
    whole = model._fitted().interactions.items().dtype.kind in "iu"
    if any(isinstance(target, str) == whole for target in wanted.tolist()):
        raise IdTypeError("the targets and the items of the model must be ids of one kind: all integers or all text")
    lists = model.recommend_histories(
        histories, n=n, exclude_seen=check_flag("exclude_seen", exclude_seen), n_jobs=n_jobs
    )
    list_of_row = lists._core.key_ids()
    assert list_of_row is not None  # numbers of histories
    items = lists.item_id
    hits = np.asarray(items == wanted[list_of_row], dtype=np.uint8)
    ones = np.ones(len(wanted), dtype=np.uint64)
    per_list = _core.measure_lists(hits, lists._core.offsets(), ones, n)
    catalogue = set(model.interactions_.items.tolist())
    known = np.fromiter((target in catalogue for target in wanted.tolist()), dtype=bool, count=len(wanted))
    coverage, novelty, gini = _of_all_lists(items, model)
    found: _core.EvaluationResult = {
        "users": np.arange(len(wanted), dtype=np.uint32),
        "per_user": per_list,
        "mean": {name: float(per_list[name].mean()) for name in USER_METRICS},
        "coverage": coverage,
        "novelty": novelty,
        "gini": gini,
        "cold_users": 0,
        "test_interactions": len(wanted),
        "repeated": 0,
        "unknown_items": int((~known).sum()),
    }
    return Evaluation(
        model=type(model).__name__,
        n=n,
        level=draws.level,
        user_id=found["users"],
        found=found,
        intervals=draws.intervals(per_list, threads),
        unit="step",
    )


def _of_all_lists(items: NDArray[Any], model: Recommender) -> tuple[float, float, float]:
    """Coverage, novelty and Gini of the recommended items: see :class:`Evaluation`."""
    interactions = model.interactions_
    _, rows, _ = interactions._core.csr()
    users = np.bincount(rows, minlength=interactions.n_items)
    times = np.bincount(np.searchsorted(interactions.items, items), minlength=interactions.n_items)
    total = int(times.sum())
    if total == 0:
        return 0.0, 0.0, 0.0
    bits = -np.log2(np.maximum(users, 1) / interactions.n_users)
    places = 2.0 * np.arange(1, len(times) + 1) - len(times) - 1
    return (
        float((times > 0).mean()),
        float((times * bits).sum() / total),
        float((places * np.sort(times)).sum() / (len(times) * total)),
    )
