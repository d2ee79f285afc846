"""A closed-form filter on the graph of users and items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._checks import check_count, check_number, check_seed
from recocore._factors import FactorRecommender
from recocore.spaces import Float, Int

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from recocore.interactions import Interactions
    from recocore.spaces import Space

__all__ = ["GraphFilter"]


class GraphFilter(FactorRecommender):
    r"""What is one step away in the graph of users and items, and what its smoothest signals say.

    The score of an item j for a user is the sum over the user's items i of w_i (G_ij + ``low_pass_weight`` L_ij). With
    n_i and n_u the sums of the weights of an item and of a user::

        G_ij = n_i^-history_exponent (sum over u of n_u^-user_exponent w_ui w_uj)^power n_j^-candidate_exponent
        L_ij = n_i^-low_pass_history_exponent (sum over d of v_id f(s_d) v_jd) n_j^low_pass_candidate_exponent
        f(s) = 1 - low_pass_damping (s / s_1)^2

    where s_d and v are the leading singular values and right vectors of the matrix of w_ui / sqrt(n_u n_i). The
    exponents of the defaults are those of GF-CF [1]_; sharpening makes BSPM [2]_ of it. Weights are at least 0.

    Everybody has a score for every item, so ranking takes time in proportion to ``dimensions`` times the number of
    items, and with sharpening also to the interactions.

    Parameters
    ----------
    k : int or None, default None
        How many items of the largest G_ij are kept for each candidate j; None keeps all. Fewer need less memory.
    history_exponent, user_exponent, candidate_exponent : float, defaults 0.5, 1, 0.5
        -2 to 2. How much popular items of the history, active users and popular candidates are damped.
    power : float, default 1
        0.01 to 4. Below 1, rare pairs count for more beside frequent ones.
    dimensions : int or None, default None
        Singular vectors of the low-pass part; 0 for none. There are never more than the rank of the data. None takes a
        sixteenth of the smaller of the numbers of users and items, 448 at most: with more, the low-pass part of a small
        catalogue is no longer smooth.
    low_pass_weight : float, default 0.3
        At least 0.
    low_pass_history_exponent, low_pass_candidate_exponent : float, default 0.5
        -2 to 2.
    low_pass_damping : float, default 0
        Above 0 the smoothest directions, which say what is popular, count less; below 0 more.
    sharpening : float, default 0
        T: the scores x become the sum for m = 0 to ``sharpening_order`` of (-T)^m / m! x P^m, where P is G with a
        power of 1 and all items.
    sharpening_order : int, default 4
        1 to 16. 4 is a step of Runge and Kutta's method on dx/dt = -x P over a time of T, 1 one of Euler's.
    seed : int, default 0
        Of the first guess of the singular vectors.
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`.

    Attributes
    ----------
    item_factors_ : ndarray of float32, shape (n_items, dimensions)
        The right singular vectors, one a column. Made on each access.
    singular_values_ : ndarray of float32, shape (dimensions,)
        The largest first.
    weights_ : csr_array of float32, shape (n_items, n_items)
        G, row i holding G_ij. Made on each access.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    References
    ----------
    .. [1] Shen et al. 2021, "How powerful is graph convolution for recommendation?".
    .. [2] Choi et al. 2023, "Blurring-sharpening process models for collaborative filtering".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> rc.GraphFilter(dimensions=0).fit(events).recommend("eve", n=1)
    user_id  item_id  rank   score           tier
    eve          pot     1  0.4082  collaborative
    """

    def __init__(
        self,
        *,
        k: int | None = None,
        history_exponent: float = 0.5,
        user_exponent: float = 1.0,
        candidate_exponent: float = 0.5,
        power: float = 1.0,
        dimensions: int | None = None,
        low_pass_weight: float = 0.3,
        low_pass_history_exponent: float = 0.5,
        low_pass_candidate_exponent: float = 0.5,
        low_pass_damping: float = 0.0,
        sharpening: float = 0.0,
        sharpening_order: int = 4,
        seed: int = 0,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.k = k
        self.history_exponent = history_exponent
        self.user_exponent = user_exponent
        self.candidate_exponent = candidate_exponent
        self.power = power
        self.dimensions = dimensions
        self.low_pass_weight = low_pass_weight
        self.low_pass_history_exponent = low_pass_history_exponent
        self.low_pass_candidate_exponent = low_pass_candidate_exponent
        self.low_pass_damping = low_pass_damping
        self.sharpening = sharpening
        self.sharpening_order = sharpening_order
        self.seed = seed
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {
            "history_exponent": Float(0.3, 1.0),
            "candidate_exponent": Float(0.0, 0.6),
            "power": Float(0.5, 1.2),
            "dimensions": Int(32, 512, log=True),
            "low_pass_weight": Float(0.05, 1.5, log=True),
        }

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_graph_filter(interactions._core, self._config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_graph_filter_memory(interactions._core, self._config(), threads)

    def _config(self) -> _core.GraphFilterConfig:
        return _core.GraphFilterConfig(
            k=0 if self.k is None else check_count("k", self.k),
            history_exponent=check_number("history_exponent", self.history_exponent),
            user_exponent=check_number("user_exponent", self.user_exponent),
            candidate_exponent=check_number("candidate_exponent", self.candidate_exponent),
            power=check_number("power", self.power),
            dimensions=None if self.dimensions is None else check_count("dimensions", self.dimensions, at_least=0),
            low_pass_weight=check_number("low_pass_weight", self.low_pass_weight),
            low_pass_history_exponent=check_number("low_pass_history_exponent", self.low_pass_history_exponent),
            low_pass_candidate_exponent=check_number("low_pass_candidate_exponent", self.low_pass_candidate_exponent),
            low_pass_damping=check_number("low_pass_damping", self.low_pass_damping),
            sharpening=check_number("sharpening", self.sharpening),
            sharpening_order=check_count("sharpening_order", self.sharpening_order),
            seed=check_seed(self.seed),
        )

    def _item_vectors(self) -> NDArray[np.float32]:
        return self.item_factors_

    @property
    def item_factors_(self) -> NDArray[np.float32]:
        """The right singular vectors, one a column."""
        values, vectors = _core.graph_filter_factors(self._fitted())
        return vectors.reshape(self.n_items_, len(values))

    @property
    def singular_values_(self) -> NDArray[np.float32]:
        """The largest first."""
        return _core.graph_filter_factors(self._fitted())[0]

    @property
    def weights_(self) -> csr_array[Any]:
        """G, row i holding G_ij."""
        from scipy.sparse import csr_array

        indptr, indices, data = _core.graph_filter_weights(self._fitted())
        return csr_array((data, indices, indptr), shape=(self.n_items_, self.n_items_))
