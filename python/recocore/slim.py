"""Sparse linear model of items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._base import ItemRecommender
from recocore._checks import check_count, check_flag, check_number
from recocore.spaces import Float, Int

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from recocore.interactions import Interactions
    from recocore.spaces import Space

__all__ = ["SLIM"]


class SLIM(ItemRecommender):
    r"""Each item as a sparse weighted sum of others.

    The column j of the interactions R is explained by the other columns: the weights w of its model

        minimise 1/2 \|r_j - R w\|² + l2/2 \|w\|² + l1 \|w\|₁,  w_j = 0, w >= 0

    and the score of j for a user is the sum of the user's weights of the items i times w_i. [1]_ Solved by coordinate
    descent [2]_, each item on its own: the result is the same to the byte whatever the number of threads and the order
    of the events.

    Parameters
    ----------
    l1 : float, default 0.1
        The more, the fewer items have a weight at all; from 0 up.
    l2 : float, default 100
        The more, the smaller the weights are; from 0 up.
    positive : bool, default True
        Weights from 0 up only.
    candidates : int, default 100
        Only this many items, those with the largest cosine, may have a weight in the model of an item.
    tolerance : float, default 1e-3
        A model is solved when no weight changes by more than this in a sweep; above 0.
    max_iterations : int, default 100
        Sweeps over the weights of an item, at most.
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`.

    Attributes
    ----------
    weights_ : csr_array of float32, shape (n_items, n_items)
        Column j is the model of j. Made on each access.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    References
    ----------
    .. [1] Ning, Karypis 2011, "SLIM: sparse linear methods for top-N recommender systems".
    .. [2] Friedman, Hastie, Tibshirani 2010, "Regularization paths for generalized linear models via coordinate
       descent".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> rc.SLIM().fit(events).recommend("eve", n=1).item_id.tolist()
    ['pot']
    """

    def __init__(
        self,
        *,
        l1: float = 0.1,
        l2: float = 100.0,
        positive: bool = True,
        candidates: int = 100,
        tolerance: float = 1e-3,
        max_iterations: int = 100,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.l1 = l1
        self.l2 = l2
        self.positive = positive
        self.candidates = candidates
        self.tolerance = tolerance
        self.max_iterations = max_iterations
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {
            "l1": Float(0.05, 20.0, log=True),
            "l2": Float(0.5, 500.0, log=True),
            "candidates": Int(100, 400, log=True),
        }

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_slim(interactions._core, self._config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_slim_memory(interactions._core, self._config(), threads)

    def _config(self) -> _core.SlimConfig:
        return _core.SlimConfig(
            l1=check_number("l1", self.l1),
            l2=check_number("l2", self.l2),
            positive=check_flag("positive", self.positive),
            candidates=check_count("candidates", self.candidates),
            tolerance=check_number("tolerance", self.tolerance),
            max_iterations=check_count("max_iterations", self.max_iterations),
        )

    @property
    def weights_(self) -> csr_array[Any]:
        """The weights, column j being the model of j."""
        return self._item_matrix(_core.slim_weights(self._fitted()))
