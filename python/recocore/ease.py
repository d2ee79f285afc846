"""Linear models of items in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._base import ItemRecommender
from recocore._checks import check_count, check_number
from recocore.spaces import Float, Int

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from recocore.interactions import Interactions
    from recocore.spaces import Space

__all__ = ["EASE", "SparseEASE"]


class _Ridge(ItemRecommender):
    """The parameters both have."""

    l2: float
    user_exponent: float
    count_exponent: float
    candidate_exponent: float
    dropout: float
    diagonal: float

    def _ease_config(self) -> _core.EaseConfig:
        return _core.EaseConfig(
            l2=check_number("l2", self.l2),
            user_exponent=check_number("user_exponent", self.user_exponent),
            count_exponent=check_number("count_exponent", self.count_exponent),
            candidate_exponent=check_number("candidate_exponent", self.candidate_exponent),
            dropout=check_number("dropout", self.dropout),
            diagonal=check_number("diagonal", self.diagonal),
        )


class EASE(_Ridge):
    r"""Each item explained by all others: a ridge regression in closed form.

    The score of an item j for a user is the sum of w_i B_ij over the user's items i. Column j of B is the ridge
    regression of item j on all other items: with values x (users by items),

        G = xᵀ D x, L diagonal, P = (G + L)⁻¹, B = I - P diag(1 / P_jj)

    so B has weights of either sign for every pair of items and none of an item on itself. [1]_ Only scores above
    0 are ranked.

    With n_u items of a user, n_i users of an item: D_uu is n_u^(-``user_exponent``), scaled so that binary data
    keep the trace of G; L_ii is ``l2`` (n_i / mean)^``count_exponent`` + ``dropout`` / (1 - ``dropout``) G_ii.

    Memory: 4 bytes for each pair of items, 7 GB for 41,000 items; time: the cube of the number of items. For
    larger catalogues there is :class:`~recocore.SparseEASE`. The result is the same to the byte whatever the
    number of threads; machines with other instruction sets differ by rounding.

    Parameters
    ----------
    l2 : float, default 400
        Strength of the regularisation, above 0. The one parameter to tune.
    user_exponent : float, default 0
        From 0 to 2. Above 0 users with many items count less.
    count_exponent : float, default 0
        From 0 to 2. Above 0 popular items are regularised more, rare ones less.
    candidate_exponent : float, default 0
        From -2 to 2. The score of j is divided by (n_j / mean)^``candidate_exponent``: above 0 for lists with
        less popular items.
    dropout : float, default 0
        From 0 to below 1. The share of a history that is hidden from the regression: EDLAE. [2]_
    diagonal : float, default 0
        From 0 to 1. How much weight on itself an item is allowed at most: 1 is an ordinary ridge regression.
        RDLAE, with ``dropout``. [3]_
    n_jobs : int or None, default -1
        Threads for fitting: -1 for all the machine has, -2 for all but one, None for one.
    progress : bool, default False
        Show a progress bar while fitting (needs tqdm).
    time_limit : float or None
        Seconds a fit may take at most.
    memory_limit : int or None
        Bytes a fit may take at most, beside the interactions.

    Attributes
    ----------
    weights_ : ndarray of float32, shape (n_items, n_items)
        B, a copy. Row i says what an item i in a history adds to the scores, ``candidate_exponent`` included.

    References
    ----------
    .. [1] Steck 2019, "Embarrassingly shallow autoencoders for sparse data".
    .. [2] Steck 2020, "Autoencoders that don't overfit towards the identity".
    .. [3] Moon, Kim, Lee 2023, "It's enough: relaxing diagonal constraints in linear autoencoders for
       recommendation".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> rc.EASE(l2=1.0).fit(events).recommend("eve", n=1).item_id.tolist()
    ['pot']
    """

    def __init__(
        self,
        *,
        l2: float = 400.0,
        user_exponent: float = 0.0,
        count_exponent: float = 0.0,
        candidate_exponent: float = 0.0,
        dropout: float = 0.0,
        diagonal: float = 0.0,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.l2 = l2
        self.user_exponent = user_exponent
        self.count_exponent = count_exponent
        self.candidate_exponent = candidate_exponent
        self.dropout = dropout
        self.diagonal = diagonal
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {
            "l2": Float(5.0, 5000.0, log=True),
            "user_exponent": Float(0.0, 1.0),
            "count_exponent": Float(0.0, 1.0),
            "candidate_exponent": Float(-0.2, 0.4),
        }

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_ease(interactions._core, self._ease_config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_ease_memory(interactions._core, self._ease_config(), threads)

    @property
    def weights_(self) -> NDArray[np.float32]:
        """B, items by items."""
        return _core.ease_weights(self._fitted())


class SparseEASE(_Ridge):
    r"""Each item explained by its nearest others: EASE for large catalogues.

    As :class:`~recocore.EASE`, but column j of B is the ridge regression of item j on the ``k`` items with the
    largest cosine to it alone: with S those items,

        b = (G_SS + L_SS)⁻¹ G_Sj

    Each column is a system of its own, so time and memory grow with the number of items, not with its cube and
    square. With ``k`` at least the number of items, and every pair of them with a common user, it is EASE. SLIM
    [1]_ has the same form with a sparsity that is learned; the approximation is that of [2]_ without its grouping
    of columns.

    Parameters
    ----------
    k : int, default 100
        Items with a weight in the score of each.
    l2 : float, default 100
        Large catalogues have fewer users an item, and want less than small ones.
    user_exponent, count_exponent, candidate_exponent, dropout, diagonal
        See :class:`~recocore.EASE`.
    n_jobs, progress, time_limit, memory_limit
        See :class:`~recocore.EASE`.

    Attributes
    ----------
    weights_ : csr_array of shape (n_items, n_items)
        B without its diagonal. Row i says what an item i in a history adds to the scores.

    References
    ----------
    .. [1] Ning, Karypis 2011, "SLIM: Sparse linear methods for top-n recommender systems".
    .. [2] Steck 2019, "Markov random fields for collaborative filtering".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> rc.SparseEASE(k=10, l2=1.0).fit(events).recommend("eve", n=1).item_id.tolist()
    ['pot']
    """

    def __init__(
        self,
        *,
        k: int = 100,
        l2: float = 100.0,
        user_exponent: float = 0.0,
        count_exponent: float = 0.0,
        candidate_exponent: float = 0.0,
        dropout: float = 0.0,
        diagonal: float = 0.0,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.k = k
        self.l2 = l2
        self.user_exponent = user_exponent
        self.count_exponent = count_exponent
        self.candidate_exponent = candidate_exponent
        self.dropout = dropout
        self.diagonal = diagonal
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {
            "l2": Float(5.0, 5000.0, log=True),
            "user_exponent": Float(0.0, 1.0),
            "count_exponent": Float(0.0, 1.0),
            "candidate_exponent": Float(-0.2, 0.4),
            "k": Int(50, 400, log=True),
        }

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_sparse_ease(interactions._core, self._config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_sparse_ease_memory(interactions._core, self._config(), threads)

    def _config(self) -> _core.SparseEaseConfig:
        return _core.SparseEaseConfig(k=check_count("k", self.k), ease=self._ease_config())

    @property
    def weights_(self) -> csr_array[Any]:
        """B, items by items, without its diagonal."""
        return self._item_matrix(_core.sparse_ease_weights(self._fitted()))
