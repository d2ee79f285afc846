"""Item-based nearest neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._base import ItemRecommender
from recocore._checks import check_count, check_number, check_text
from recocore.spaces import Choice, Float, Int, When

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from recocore.interactions import Interactions
    from recocore.spaces import Space

__all__ = ["ItemKNN"]


class ItemKNN(ItemRecommender):
    r"""Who chose this also chose.

    The score of an item j for a user is the sum of w_i sim(i, j) over those of the user's items i that are
    among the ``k`` items with the largest sim(i, j). [1]_ [2]_

    For items i and j with n_i and n_j distinct users, c of them in common, N users in all, and (weighted)
    values x:

    ===========================  ==========================================================================
    ``similarity``               sim(i, j)
    ===========================  ==========================================================================
    ``cosine``                   x_i · x_j / (\|x_i\| \|x_j\|) [1]_
    ``asymmetric_cosine``        x_i · x_j / (\|x_i\|^(2 alpha) \|x_j\|^(2 (1 - alpha))) [3]_
    ``dot``                      x_i · x_j
    ``jaccard``                  c / (n_i + n_j - c)
    ``dice``                     2 c / (n_i + n_j)
    ``tversky``                  c / (c + alpha (n_i - c) + beta (n_j - c)) [4]_
    ``conditional_probability``  c / n_i [2]_
    ``lift``                     c N / (n_i n_j)
    ``log_likelihood_ratio``     Dunning's G² of the table of users with and without i and j [5]_
    ===========================  ==========================================================================

    Only the first three read the values; the others count users, and forbid negative weights. Counts are
    exact: the result is the same to the byte whatever the number of threads and the order of the events.

    Parameters
    ----------
    k : int, default 100
        Neighbours to keep of each item.
    similarity : str, default "cosine"
        One of the above.
    weighting : {None, "tf_idf", "bm25"}
        What values become first, so that rare evidence counts more, with n_u the items of the user u and M
        items in all: sqrt(w) (ln((1 + M) / (1 + n_u)) + 1), or Okapi BM25 [6]_ with users as terms and items
        as documents. Only with a similarity that reads the values.
    shrinkage : float, default 0
        A similarity that c users support is multiplied by c / (c + shrinkage). [7]_
    min_common : int, default 1
        Items with fewer distinct common users are not similar at all.
    alpha : float, default 0.5
        Of ``asymmetric_cosine``, 0 to 1, and of ``tversky``, at least 0.
    beta : float, default 0.5
        Of ``tversky``, at least 0.
    bm25_k1 : float, default 1.2
        How soon a larger value stops to count more, above 0.
    bm25_b : float, default 0.75
        How much long rows are damped, 0 to 1.
    n_jobs : int or None, default -1
        Threads: -1 for all the machine has, None for one.
    progress : bool, default False
        Show a bar; needs tqdm.
    time_limit : float, optional
        Seconds a fit may take, the reading of a table included, though that is not cut short. When they are over
        :meth:`fit` raises :class:`~recocore.errors.DeadlineExceededError`.
    memory_limit : int, optional
        Bytes a fit may use beside the interactions. One that needs more by :meth:`estimate_fit_memory` raises
        :class:`~recocore.errors.MemoryLimitError` before it begins.

    Attributes
    ----------
    similarity_ : csr_array of float32, shape (n_items, n_items)
        The k items most similar to each, row i holding sim(i, j). Made on each access.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    Notes
    -----
    The defaults are the plain textbook. A better start on most data is ``similarity="asymmetric_cosine", alpha=0.7,
    weighting="tf_idf", shrinkage=3.0``; the page on accuracy has the measurements.

    References
    ----------
    .. [1] Sarwar et al. 2001, "Item-based collaborative filtering recommendation algorithms".
    .. [2] Deshpande, Karypis 2004, "Item-based top-N recommendation algorithms".
    .. [3] Aiolli 2013, "Efficient top-N recommendation for very large scale binary rated datasets".
    .. [4] Tversky 1977, "Features of similarity".
    .. [5] Dunning 1993, "Accurate methods for the statistics of surprise and coincidence".
    .. [6] Robertson, Zaragoza 2009, "The probabilistic relevance framework: BM25 and beyond".
    .. [7] Bell, Koren 2007, "Scalable collaborative filtering with jointly derived neighborhood interpolation weights".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> model = rc.ItemKNN(k=10).fit(events)
    >>> model.recommend("eve", n=1)
    user_id  item_id  rank   score           tier
    eve          pot     1  0.8165  collaborative
    """

    def __init__(
        self,
        *,
        k: int = 100,
        similarity: str = "cosine",
        weighting: str | None = None,
        shrinkage: float = 0.0,
        min_common: int = 1,
        alpha: float = 0.5,
        beta: float = 0.5,
        bm25_k1: float = 1.2,
        bm25_b: float = 0.75,
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
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries: the ranges of Ferrari Dacrema et al. 2021, without their far ends.

        The cosine is the asymmetric one with an alpha of 0.5, Jaccard's similarity is Tversky's with 1 and 1.
        """
        return {
            "similarity": Choice("asymmetric_cosine", "tversky"),
            "weighting": When("similarity", "asymmetric_cosine", Choice("tf_idf", "bm25", None), otherwise=None),
            "alpha": Float(0.3, 1.0),
            "beta": When("similarity", "tversky", Float(0.0, 1.5)),
            "k": Int(20, 1000, log=True),
            "shrinkage": Float(0.1, 100.0, log=True),
        }

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_item_knn(interactions._core, self._config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_item_knn_memory(interactions._core, self._config(), threads)

    def _config(self) -> _core.ItemKnnConfig:
        return _core.ItemKnnConfig(
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

    @property
    def similarity_(self) -> csr_array[Any]:
        """The k items most similar to each."""
        return self._item_matrix(_core.item_knn_neighbours(self._fitted()))
