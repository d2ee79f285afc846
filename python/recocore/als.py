"""Factors of users and items by alternating least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._checks import check_count, check_number, check_seed
from recocore._factors import FactorRecommender
from recocore.spaces import Choice, Float

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from recocore.interactions import Interactions
    from recocore.spaces import Space

__all__ = ["ALS"]


class ALS(FactorRecommender):
    r"""Factors of users and items, for feedback without ratings: iALS.

    The score of an item i for a user u is x_u · y_i, with vectors of length ``factors`` that minimise [1]_ [2]_

    sum over observed (u, i) of w_ui (1 - x_u · y_i)² + alpha0 sum over all (u, i) of (x_u · y_i)²
    + lambda (sum_u (w_u + alpha0 n_items)^nu \|x_u\|² + sum_i (w_i + alpha0 n_users)^nu \|y_i\|²)

    where w_u and w_i are the sums of weights of the user and of the item. With a ``block_size`` below
    ``factors`` only so many are solved for at a time [3]_, which is faster where there are many.

    A history without an account is answered as exactly as a known user: by the minimum for it, the items given.
    The result is the same to the byte whatever the number of threads and the order of the events.

    Parameters
    ----------
    factors : int, default 64
        Length of a vector, 1 to 4096. More is better and slower, with stronger regularisation.
    epochs : int, default 16
        Passes over users and items.
    regularization : float, default 10
        The mean penalty of a vector, in observations that weigh 1, above 0: lambda is this over the mean of all
        (w + alpha0 n)^nu. So neither ``frequency_exponent`` nor the size of the catalogue changes what is
        good. The lambda* of [2]_ is this over the mean of all w + alpha0 n.
    unobserved_weight : float, default 0.3
        alpha0, above 0: what a pair without an interaction weighs beside one that weighs 1.
    frequency_exponent : float, default 1
        nu, 0 to 2: with 0 all vectors are regularised alike, with 1 by how much was seen of each.
    block_size : int, default 128
        Factors solved for at a time.
    init_scale : float, default 0.1
        Standard deviation of the length of a first vector, above 0.
    seed : int, default 42
        Of the first vectors: 0 to 2^64 - 1.
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`.

    Attributes
    ----------
    item_factors_ : ndarray of float32, shape (n_items, factors)
        y_i, in the order of ``interactions_.items``. A copy, made on each access.
    user_factors_ : ndarray of float32, shape (n_users, factors)
        x_u, in the order of ``interactions_.users``: scores are ``user_factors_ @ item_factors_.T``. A copy.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    Notes
    -----
    Weights must not be negative. Large ones say that a pair is certain, not that it is liked more: with counts or
    ratings ``duplicates="binary"`` is the place to start.

    References
    ----------
    .. [1] Hu, Koren, Volinsky 2008, "Collaborative filtering for implicit feedback datasets".
    .. [2] Rendle et al. 2021, "Revisiting the performance of iALS on item recommendation benchmarks".
    .. [3] Rendle et al. 2021, "iALS++: Speeding up matrix factorization with subspace optimization".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> model = rc.ALS(factors=2, regularization=0.1).fit(events)
    >>> model.recommend("eve", n=1).item_id.tolist()
    ['pot']
    >>> model.item_factors_.shape
    (2, 2)
    """

    def __init__(
        self,
        *,
        factors: int = 64,
        epochs: int = 16,
        regularization: float = 10.0,
        unobserved_weight: float = 0.3,
        frequency_exponent: float = 1.0,
        block_size: int = 128,
        init_scale: float = 0.1,
        seed: int = 42,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.factors = factors
        self.epochs = epochs
        self.regularization = regularization
        self.unobserved_weight = unobserved_weight
        self.frequency_exponent = frequency_exponent
        self.block_size = block_size
        self.init_scale = init_scale
        self.seed = seed
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {
            "factors": Choice(32, 64, 128, 256),
            "regularization": Float(1.0, 50.0, log=True),
            "unobserved_weight": Float(0.01, 1.0, log=True),
            "frequency_exponent": Float(0.5, 1.0),
        }

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_als(interactions._core, self._config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_als_memory(interactions._core, self._config(), threads)

    def _config(self) -> _core.AlsConfig:
        return _core.AlsConfig(
            factors=check_count("factors", self.factors),
            epochs=check_count("epochs", self.epochs),
            regularization=check_number("regularization", self.regularization),
            unobserved_weight=check_number("unobserved_weight", self.unobserved_weight),
            frequency_exponent=check_number("frequency_exponent", self.frequency_exponent),
            block_size=check_count("block_size", self.block_size),
            init_scale=check_number("init_scale", self.init_scale),
            seed=check_seed(self.seed),
        )

    def _item_vectors(self) -> NDArray[np.float32]:
        return self.item_factors_

    @property
    def item_factors_(self) -> NDArray[np.float32]:
        """The vector of each item."""
        return _core.als_item_factors(self._fitted())

    @property
    def user_factors_(self) -> NDArray[np.float32]:
        """The vector of each user."""
        return _core.als_user_factors(self._fitted())
