"""Random walks of three steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._base import ItemRecommender
from recocore._checks import check_count, check_flag, check_number, check_text
from recocore.spaces import Float, Int

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from recocore.interactions import Interactions
    from recocore.spaces import Space

__all__ = ["P3alpha", "RP3beta"]


class _Walk(ItemRecommender):
    """What the two share."""

    k: int
    alpha: float
    keep: str
    normalise: bool

    def _beta(self) -> float:
        raise NotImplementedError

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_rp3beta(interactions._core, self._config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_rp3beta_memory(interactions._core, self._config(), threads)

    def _config(self) -> _core.Rp3betaConfig:
        return _core.Rp3betaConfig(
            k=check_count("k", self.k),
            alpha=check_number("alpha", self.alpha),
            beta=self._beta(),
            keep=check_text("keep", self.keep),
            normalise=check_flag("normalise", self.normalise),
        )

    @property
    def weights_(self) -> csr_array[Any]:
        """The kept links, row i holding W_ij."""
        return self._item_matrix(_core.rp3beta_weights(self._fitted()))


class RP3beta(_Walk):
    """Random walks from user to item to user to item, with popular ends damped.

    The score of an item j for a user is the sum of w_i W_ij over the user's items i, with

        W_ij = n_j^-beta sum over users u of p_iu^alpha p_uj^alpha

    where p_iu is the share of u in the weights of item i, p_uj the share of j in the weights of user u, and n_j the
    number of users of j. [1]_ [2]_ The result is the same to the byte whatever the number of threads and the order of
    the events.

    Parameters
    ----------
    k : int, default 200
        Links to keep of each item.
    alpha : float, default 0.6
        Probabilities count to this power, 0 to 4. Below 1, weak links count for more.
    beta : float, default 0.2
        How much popular items are damped, 0 to 4. 0 is :class:`P3alpha`.
    keep : {"candidate", "history"}
        Whose k strongest links are kept: of each candidate j those with the largest W_ij over i, or, as in most
        libraries, of each item i of a history those with the largest W_ij over j.
    normalise : bool, default True
        Scale the kept links of each item i of a history to a sum of 1.
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`.

    Attributes
    ----------
    weights_ : csr_array of float32, shape (n_items, n_items)
        The kept links, row i holding W_ij. Made on each access.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    Notes
    -----
    Negative weights are refused by :meth:`fit`.

    References
    ----------
    .. [1] Paudel, Christoffel, Newell, Bernstein 2016, "Updatable, accurate, diverse, and scalable recommendations
       for interactive applications".
    .. [2] Cooper, Lee, Radzik, Siantos 2014, "Random walks in recommender systems: exact computation and
       simulations".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> rc.RP3beta(k=10).fit(events).recommend("eve", n=1).item_id.tolist()
    ['pot']
    """

    def __init__(
        self,
        *,
        k: int = 200,
        alpha: float = 0.6,
        beta: float = 0.2,
        keep: str = "candidate",
        normalise: bool = True,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.k = k
        self.alpha = alpha
        self.beta = beta
        self.keep = keep
        self.normalise = normalise
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {
            "alpha": Float(0.2, 1.6),
            "beta": Float(0.0, 1.0),
            "k": Int(50, 1000, log=True),
        }

    def _beta(self) -> float:
        return check_number("beta", self.beta)


class P3alpha(_Walk):
    """Random walks from user to item to user to item.

    The score of an item j for a user is the sum of w_i W_ij over the user's items i, with

        W_ij = sum over users u of p_iu^alpha p_uj^alpha

    where p_iu is the share of u in the weights of item i and p_uj the share of j in the weights of user u. [1]_ The
    same as :class:`RP3beta` with ``beta=0``.

    Parameters
    ----------
    k : int, default 200
        Links to keep of each item.
    alpha : float, default 0.6
        Probabilities count to this power, 0 to 4. Below 1, weak links count for more.
    keep : {"candidate", "history"}
        Whose k strongest links are kept: see :class:`RP3beta`.
    normalise : bool, default True
        Scale the kept links of each item i of a history to a sum of 1.
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`.

    Attributes
    ----------
    weights_ : csr_array of float32, shape (n_items, n_items)
        The kept links, row i holding W_ij. Made on each access.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    References
    ----------
    .. [1] Cooper, Lee, Radzik, Siantos 2014, "Random walks in recommender systems: exact computation and
       simulations".
    """

    def __init__(
        self,
        *,
        k: int = 200,
        alpha: float = 0.6,
        keep: str = "candidate",
        normalise: bool = True,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.k = k
        self.alpha = alpha
        self.keep = keep
        self.normalise = normalise
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {
            "alpha": Float(0.2, 1.6),
            "k": Int(50, 1000, log=True),
        }

    def _beta(self) -> float:
        return 0.0
