"""User-based nearest neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._base import Recommender
from recocore._checks import check_count, check_number, check_text
from recocore.spaces import Choice, Float, Int, When

if TYPE_CHECKING:
    from recocore.interactions import Interactions
    from recocore.spaces import Space

__all__ = ["UserKNN"]


class UserKNN(Recommender):
    r"""People like you chose.

    The score of an item j for a history h is the sum of sim(h, v)^amplification w_vj over the ``k`` users v with the
    largest sim(h, v). [1]_ [2]_

    The neighbours are found when a list is asked for, exactly. So a visitor is answered as a user with that history
    is, and fitting takes next to no time; a list takes longer than that of :class:`~recocore.ItemKNN`. A user is not
    their own neighbour.

    The similarities are those of :class:`~recocore.ItemKNN` with the history in the place of i, a user v in the place
    of j, and items counted instead of users: with n_h and n_v items, c of them in common, M items in all, and
    (weighted) values x, the default ``cosine`` is x_h · x_v / (\|x_h\| \|x_v\|).

    Parameters
    ----------
    k : int, default 100
        Neighbours of a history.
    similarity : str, default "cosine"
        One of those of :class:`~recocore.ItemKNN`.
    weighting : {None, "tf_idf", "bm25"}, default "tf_idf"
        What values become first, so that rare items count more, with n_i the users of the item i and N users in all:
        sqrt(w) (ln((1 + N) / (1 + n_i)) + 1), or Okapi BM25 with items as terms and users as documents. Only with a
        similarity that reads the values, so None with the others. A history is weighted as users are; its negative
        weights then count as 0.
    shrinkage : float, default 0
        A similarity that c items support is multiplied by c / (c + shrinkage).
    min_common : int, default 1
        Users with fewer common items are not similar at all.
    alpha : float, default 0.5
        Of ``asymmetric_cosine``, 0 to 1, and of ``tversky``, at least 0.
    beta : float, default 0.5
        Of ``tversky``, at least 0.
    bm25_k1 : float, default 1.2
        How soon a larger value stops to count more, above 0.
    bm25_b : float, default 0.75
        How much long rows are damped, 0 to 1.
    amplification : float, default 2
        Similarities count to this power, 0 to 10. [3]_ 0: all neighbours count the same.
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`.

    Attributes
    ----------
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    References
    ----------
    .. [1] Resnick et al. 1994, "GroupLens: an open architecture for collaborative filtering of netnews".
    .. [2] Herlocker, Konstan, Borchers, Riedl 1999, "An algorithmic framework for performing collaborative filtering".
    .. [3] Breese, Heckerman, Kadie 1998, "Empirical analysis of predictive algorithms for collaborative filtering".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> rc.UserKNN(k=10).fit(events).recommend("eve", n=1).item_id.tolist()
    ['pot']
    """

    def __init__(
        self,
        *,
        k: int = 100,
        similarity: str = "cosine",
        weighting: str | None = "tf_idf",
        shrinkage: float = 0.0,
        min_common: int = 1,
        alpha: float = 0.5,
        beta: float = 0.5,
        bm25_k1: float = 1.2,
        bm25_b: float = 0.75,
        amplification: float = 2.0,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.k = k
        self.similarity = similarity
        self.weighting = weighting
        self.shrinkage = shrinkage
        self.min_common = min_common
        self.alpha = alpha
        self.beta = beta
        self.bm25_k1 = bm25_k1
        self.bm25_b = bm25_b
        self.amplification = amplification
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {
            "similarity": Choice("asymmetric_cosine", "tversky"),
            "weighting": When("similarity", "asymmetric_cosine", Choice("tf_idf", "bm25", None), otherwise=None),
            "alpha": Float(0.3, 1.0),
            "beta": When("similarity", "tversky", Float(0.0, 1.5)),
            "k": Int(20, 1000, log=True),
            "shrinkage": Float(0.1, 100.0, log=True),
            "amplification": Float(0.5, 2.5),
        }

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_user_knn(interactions._core, self._config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_user_knn_memory(interactions._core, self._config(), threads)

    def _config(self) -> _core.UserKnnConfig:
        similar = _core.ItemKnnConfig(
            k=check_count("k", self.k),
            similarity=check_text("similarity", self.similarity),
            weighting="none" if self.weighting is None else check_text("weighting", self.weighting),
            shrinkage=check_number("shrinkage", self.shrinkage),
            min_common=check_count("min_common", self.min_common),
            alpha=check_number("alpha", self.alpha),
            beta=check_number("beta", self.beta),
            bm25_k1=check_number("bm25_k1", self.bm25_k1),
            bm25_b=check_number("bm25_b", self.bm25_b),
        )
        return _core.UserKnnConfig(similar=similar, amplification=check_number("amplification", self.amplification))
