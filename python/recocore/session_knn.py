"""What comes next in a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._base import ItemRecommender
from recocore._checks import check_count, check_number, check_text
from recocore.spaces import Float, Int

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from recocore.interactions import Interactions
    from recocore.spaces import Space

__all__ = ["SessionKNN"]


class SessionKNN(ItemRecommender):
    r"""The next item of a session, from the sessions most like it.

    .. important::
        People go back to what they looked at, so the right answer often *is* in the history. Ask with
        ``recommend(history=[...], exclude_seen=False)``: by default lists leave out all that was seen.
        :func:`recocore.evaluate_next` leaves nothing out.

    Each user of the interactions is one session, and times are needed: make :class:`~recocore.Interactions` with
    ``user="session_id", timestamp="..."``. A visitor's clicks are given as ``history``, the latest last.

    In the manner of VMIS-kNN [1]_ and STAN [2]_. With d the steps back from the latest item, S(i, l) how often
    items are in the same sessions, and T(l, j) how often j is near l in one:

    1. *The query.* p_i = (d + 1)^-``position_decay`` e^(-d / 20) for the distinct items of the last 20 clicks. The
       10 items l most similar to each of the latest five join with the weight ``expansion`` p_i S(i, l).
    2. *The neighbours.* The ``k`` sessions s with the largest
       W(s) = (sum of the p of its items)^``neighbour_power`` \|s\|^-``length_exponent`` e^(-``recency`` age(s)),
       with the age from 0 for the latest session to 1 for the oldest.
    3. *The candidates.* K(j) = (n_j + 5)^-``popularity_exponent`` times the sum, over neighbours s and places a and b
       of them with s_b = j, of W(s) p_(s_a) g(b - a), where g falls with the distance by ``distance_decay`` and is
       ``before_weight`` times as much, and falls faster, backwards. n_j is the number of sessions with j.
    4. *The second hop.* H(j) = sum over the latest five clicks of (d + 1)^-0.7 (sum over l of S(x, l) T(l, j)).
    5. *Reminders.* r_d is how often, among the sessions, the next item was the d-th distinct item back; R the sum
       of the r_d of this session.

    score(j) = K(j) / sum K + ``second_hop`` ((1 + sum of W) / 20)^-0.3 H(j) / sum H
    + ``reminders`` r_d / (1 - R)

    Of a session the latest 256 events count. Weights do not, but events of weight 0 and less are left out. The
    result is the same to the byte for any number of threads and any order of the table.

    Parameters
    ----------
    scoring : {"full", "vmis"}
        The above, or plain VMIS-kNN with its idf [1]_, of which only ``k`` and ``max_sessions`` are parameters; as
        published: ``SessionKNN(scoring="vmis", k=288, max_sessions=1502)``.
    k : int, default 300
        Neighbouring sessions.
    max_sessions : int, default 5000
        Of an item only so many of the latest sessions are looked at, which bounds the time a list takes; 0 for all.
    position_decay : float, default 1
        0 to 4.
    neighbour_power : float, default 1.25
        Above 0, at most 4.
    length_exponent : float, default 0.5
        0 to 2.
    recency : float, default 0.7
        0 to 20.
    distance_decay : float, default 0.5
        0 to 4.
    before_weight : float, default 0.8
        0 to 1. 0: only what came after.
    popularity_exponent : float, default 0.15
        -1 to 1.
    expansion : float, default 1
        0 to 10. 0: no similar items in the query, which makes a list take a third of the time.
    second_hop : float, default 0.35
        0 to 10. 0: none.
    reminders : float, default 1
        0 to 10. 0: none.
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`.

    Attributes
    ----------
    next_items_ : csr_array of float32, shape (n_items, n_items)
        Row i holds the sum over l of S(i, l) T(l, j), the largest 200: what :meth:`similar_items` ranks by. Made on
        each access.
    reminder_rates_ : array of float64, shape (20,)
        r_0 to r_19.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    Notes
    -----
    :meth:`similar_items` tells what is looked at *next*, or before, by those who look at an item or at one like it.

    A user of the interactions goes on with the session that is theirs, which is then no neighbour.

    References
    ----------
    .. [1] Kersbergen, Sprangers, Schelter 2022, "Serenade: low-latency session-based recommendation in e-commerce at
       scale".
    .. [2] Garg et al. 2019, "Sequence and time aware neighborhood for session-based recommendations: STAN".

    Examples
    --------
    >>> import recocore as rc
    >>> clicks = {
    ...     "user_id": [1, 1, 1, 2, 2, 3, 3, 3],
    ...     "item_id": ["tea", "pot", "cup", "tea", "pot", "jam", "pot", "cup"],
    ...     "timestamp": [1, 2, 3, 4, 5, 6, 7, 8],
    ... }
    >>> model = rc.SessionKNN().fit(rc.Interactions.from_table(clicks, timestamp="timestamp", time_unit="s"))
    >>> model.recommend(history=["tea", "pot"], n=1, exclude_seen=False).item_id.tolist()
    ['cup']
    """

    def __init__(
        self,
        *,
        scoring: str = "full",
        k: int = 300,
        max_sessions: int = 5000,
        position_decay: float = 1.0,
        neighbour_power: float = 1.25,
        length_exponent: float = 0.5,
        recency: float = 0.7,
        distance_decay: float = 0.5,
        before_weight: float = 0.8,
        popularity_exponent: float = 0.15,
        expansion: float = 1.0,
        second_hop: float = 0.35,
        reminders: float = 1.0,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.scoring = scoring
        self.k = k
        self.max_sessions = max_sessions
        self.position_decay = position_decay
        self.neighbour_power = neighbour_power
        self.length_exponent = length_exponent
        self.recency = recency
        self.distance_decay = distance_decay
        self.before_weight = before_weight
        self.popularity_exponent = popularity_exponent
        self.expansion = expansion
        self.second_hop = second_hop
        self.reminders = reminders
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries: around what was best on clicks of two shops."""
        return {
            "k": Int(100, 1000, log=True),
            "neighbour_power": Float(0.8, 1.8),
            "recency": Float(0.2, 4.0, log=True),
            "position_decay": Float(0.6, 1.4),
            "distance_decay": Float(0.2, 1.0),
            "before_weight": Float(0.3, 1.0),
            "popularity_exponent": Float(0.0, 0.3),
            "expansion": Float(0.2, 2.0),
            "second_hop": Float(0.05, 0.8),
            "reminders": Float(0.3, 2.0),
        }

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_session_knn(interactions._core, self._config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_session_knn_memory(interactions._core, self._config(), threads)

    def _config(self) -> _core.SessionKnnConfig:
        return _core.SessionKnnConfig(
            scoring=check_text("scoring", self.scoring),
            k=check_count("k", self.k),
            max_sessions=check_count("max_sessions", self.max_sessions, at_least=0),
            position_decay=check_number("position_decay", self.position_decay),
            neighbour_power=check_number("neighbour_power", self.neighbour_power),
            length_exponent=check_number("length_exponent", self.length_exponent),
            recency=check_number("recency", self.recency),
            distance_decay=check_number("distance_decay", self.distance_decay),
            before_weight=check_number("before_weight", self.before_weight),
            popularity_exponent=check_number("popularity_exponent", self.popularity_exponent),
            expansion=check_number("expansion", self.expansion),
            second_hop=check_number("second_hop", self.second_hop),
            reminders=check_number("reminders", self.reminders),
        )

    @property
    def next_items_(self) -> csr_array[Any]:
        """What is looked at next."""
        return self._item_matrix(_core.session_knn_next_items(self._fitted()))

    @property
    def reminder_rates_(self) -> NDArray[np.float64]:
        """How often the next item was the d-th distinct item back."""
        return _core.session_knn_reminder_rates(self._fitted())
