"""What somebody buys next, repeat purchases included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._base import Recommender
from recocore._checks import check_count, check_number, check_text
from recocore.spaces import Float, Int

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from recocore.interactions import Interactions
    from recocore.spaces import Space

__all__ = ["NextBasket"]


class NextBasket(Recommender):
    r"""The next basket of a customer: TIFU-KNN.

    .. important::
        People buy again what they bought before, and that is what this model is about. Ask for it with
        ``recommend(user, exclude_seen=False)`` and ``evaluate(..., exclude_seen=False)``: by default both leave
        out all that a user has.

    The score of an item for a user u is that of the vector [1]_

    alpha v_u + (1 - alpha) (mean of v_n over the ``k`` nearest users n)

    where v_u tells how often, and how lately, u bought each item. The baskets of u are put into groups of
    ``group_size``, counted from the latest back. A basket is 1 where it has an item, times ``within_decay`` for
    each later basket of its group; a group is the mean of its baskets, times ``group_decay`` for each later
    group; v_u is the mean of the groups. The nearest users are those with the largest cosine of v, above 0. (The
    paper takes the Euclidean distance, by which somebody who bought next to nothing is near to everybody.)

    With ``alpha=1`` a user's own purchases alone count: the personal top. With ``within_decay=1,
    group_decay=1`` too, and a ``group_size`` nobody's baskets exceed, an item's score is the share of the
    user's baskets that have it.

    Needs times. Every event counts, those too that ``duplicates`` merged into one interaction; weights do not,
    but an event of weight 0 or less is left out.

    Parameters
    ----------
    k : int, default 300
        Neighbours.
    group_size : int, default 7
        Baskets of a group.
    within_decay : float, default 0.9
        Above 0, at most 1.
    group_decay : float, default 0.7
        Above 0, at most 1.
    alpha : float, default 0.7
        0 to 1: the share of the user's own purchases.
    basket : {"time", "day"}
        What makes one basket: the events of a user at the same moment, or on the same day (UTC).
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`.

    Attributes
    ----------
    user_vectors_ : csr_array of float32, shape (n_users, n_items)
        v, a row a user. Made on each access.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    Notes
    -----
    A bare ``history`` has no times: it is taken as one basket, with ``weights`` as the values of v.

    References
    ----------
    .. [1] Hu, He, Gao, Zhang 2020, "Modeling personalized item frequency information for next-basket recommendation".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {
    ...     "user_id": ["ann", "ann", "ann", "bob", "bob"],
    ...     "item_id": ["tea", "pot", "tea", "tea", "jam"],
    ...     "timestamp": ["2024-01-01", "2024-01-01", "2024-02-01", "2024-01-15", "2024-01-15"],
    ... }
    >>> inter = rc.Interactions.from_table(events, timestamp="timestamp")
    >>> rc.NextBasket().fit(inter).recommend("ann", n=3, exclude_seen=False).item_id.tolist()
    ['tea', 'pot', 'jam']
    """

    def __init__(
        self,
        *,
        k: int = 300,
        group_size: int = 7,
        within_decay: float = 0.9,
        group_decay: float = 0.7,
        alpha: float = 0.7,
        basket: str = "time",
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.k = k
        self.group_size = group_size
        self.within_decay = within_decay
        self.group_decay = group_decay
        self.alpha = alpha
        self.basket = basket
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {
            "alpha": Float(0.0, 1.0),
            "k": Int(100, 900, log=True),
            "group_size": Int(2, 20),
            "within_decay": Float(0.5, 1.0),
            "group_decay": Float(0.4, 1.0),
        }

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_next_basket(interactions._core, self._config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_next_basket_memory(interactions._core, self._config(), threads)

    def _config(self) -> _core.NextBasketConfig:
        return _core.NextBasketConfig(
            k=check_count("k", self.k),
            group_size=check_count("group_size", self.group_size),
            within_decay=check_number("within_decay", self.within_decay),
            group_decay=check_number("group_decay", self.group_decay),
            alpha=check_number("alpha", self.alpha),
            basket=check_text("basket", self.basket),
        )

    @property
    def user_vectors_(self) -> csr_array[Any]:
        """How often, and how lately, each user bought each item."""
        from scipy.sparse import csr_array

        indptr, indices, data = _core.next_basket_vectors(self._fitted())
        return csr_array((data, indices, indptr), shape=(self.n_users_, self.n_items_))
