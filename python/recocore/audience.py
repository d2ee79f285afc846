"""Whom to tell about an item, campaigns, and users like given ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from recocore import _core
from recocore._base import Recommender
from recocore._checks import check_count, check_limits, check_number, check_seed, check_text, check_threads
from recocore._columns import as_ids
from recocore._progress import progress_bar
from recocore.audience_results import Audience, Campaign, LookAlikeRecall, LookAlikes
from recocore.errors import InvalidParameterError
from recocore.interactions import as_interactions

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Audience", "Campaign", "LookAlikeRecall", "LookAlikes", "audience", "campaign", "look_alikes"]

#: Of each fitted model what items have to stand up to, by the place of the alternative.
_bars: WeakKeyDictionary[_core.Model, dict[int, _core.AudienceBars]] = WeakKeyDictionary()


def audience(
    model: Recommender,
    item: int | str,
    *,
    n: int = 10,
    where: str | None = None,
    users: Any = None,
    alternative: int = 10,
    min_history: int = 0,
    already_told: Mapping[Any, int] | None = None,
    max_messages: int = 1,
    n_jobs: int | None = None,
) -> Audience:
    """The users to tell about an item, also about one that nobody has touched.

    Ordered by what the item means to the user against what else there is for him, not by who is most active. With
    his score s of the item, and b that of the ``alternative``-th best other item that he does not have (of the last
    one, where the model scores fewer for him),

        meaning = s / (s + b),      1 where there is no other.

    By Luce's choice axiom [1]_ [2]_ it is the probability that he takes this item when he may choose between the two.
    Users who have the item already are never told, nor those to whom the model has nothing to say about it; so there
    may be fewer than ``n``. Ties go to the smaller user id.

    What items have to stand up to is found once for a fitted model and kept with it; then a call is one pass over the
    users.

    Parameters
    ----------
    item : id
    n : int, default 10
    where : str, optional
        A condition on columns of the users' table, as in ``"country == 'FR' and age >= 30"``.
    users : sequence of ids, optional
        Only these; those the model does not know are left out.
    alternative : int, default 10
        The place of the item that this one is compared with.
    min_history : int, default 0
        Items a user must have.
    already_told : mapping of user id to int, optional
        Messages each user has had lately.
    max_messages : int, default 1
        Who had as many, of ``already_told``, is not told again.
    n_jobs : int, optional
        Threads. Default: the model's.

    Returns
    -------
    Audience
        Columns ``user_id, rank, meaning, score, evidence``.

    Raises
    ------
    NotFittedError, InvalidParameterError, IdTypeError
    UnknownIdError
        An item the model does not know.

    References
    ----------
    .. [1] Luce 1959, "Individual choice behavior".
    .. [2] Bradley, Terry 1952, "Rank analysis of incomplete block designs".
    """
    core = model._snapshot()
    threads = check_threads(model.n_jobs if n_jobs is None else n_jobs)
    size = check_count("n", n)
    chosen = _filter(core, users, where, already_told, max_messages, min_history)
    with progress_bar(model.progress) as progress:
        bars = _bars_of(core, alternative, threads, progress)
        return Audience(_core.audience(core, item, bars, chosen, size, True, threads, progress))


def campaign(
    model: Recommender,
    *,
    items: Any,
    users: Any = None,
    per_user: int = 1,
    per_item: int = 1000,
    where: str | None = None,
    alternative: int = 10,
    min_meaning: float = 0.0,
    min_history: int = 0,
    already_told: Mapping[Any, int] | None = None,
    max_messages: int | None = None,
    tolerance: float = 0.005,
    n_jobs: int | None = None,
) -> Campaign:
    """Whom to tell about which of several items, so that nobody is told too much.

    Chooses messages with the largest sum of meanings, as in :meth:`Recommender.audience`, such that each user gets at
    most ``per_user`` and each item is told to at most ``per_item``. The choice is made by an auction [1]_ [2]_, whose
    prices also prove how much better any other choice could be: ``gap`` of the result, at most ``tolerance`` unless
    that takes too long.

    Parameters
    ----------
    model : Recommender
        Fitted.
    items : sequence of ids
    users : sequence of ids, optional
        Default: all. Those the model does not know are left out.
    per_user, per_item : int, default 1 and 1000
    where : str, optional
        As in :meth:`Recommender.audience`.
    alternative, min_history, already_told
        As in :meth:`Recommender.audience`.
    min_meaning : float, default 0
        Messages that mean less are not sent.
    max_messages : int, optional
        A user gets no more, those of ``already_told`` included. Default: ``per_user``.
    tolerance : float, default 0.005
        Above 0, at most 1.
    n_jobs : int, optional
        Threads. Default: the model's.

    Returns
    -------
    Campaign
        Columns ``user_id, item_id, meaning, score, rank, evidence``; :meth:`~recocore.Campaign.to_csv` writes
        them.

    Raises
    ------
    NotFittedError, InvalidParameterError, IdTypeError
    UnknownIdError
        An item the model does not know.
    MemoryLimitError
        More than the model's ``memory_limit`` is needed.

    References
    ----------
    .. [1] Bertsekas 1988, "The auction algorithm: a distributed relaxation method for the assignment problem".
    .. [2] Bertsekas, Castanon 1989, "The auction algorithm for the transportation problem".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> rc.campaign(rc.ItemKNN(k=10).fit(events), items=["pot", "tea"])
    user_id  item_id  meaning   score  rank  evidence
    eve          pot        1  0.8165     1         1
    """
    core = model._snapshot()
    threads = check_threads(model.n_jobs if n_jobs is None else n_jobs)
    most = check_count("per_user", per_user)
    caps = (
        most,
        check_count("per_item", per_item),
        check_number("min_meaning", min_meaning),
        check_number("tolerance", tolerance),
    )
    limits = check_limits(None, model.memory_limit)
    about = as_ids(items, "item id")
    to = None if users is None else as_ids(users, "user id")
    chosen = _filter(core, None, where, already_told, most if max_messages is None else max_messages, min_history)
    with progress_bar(model.progress) as progress:
        bars = _bars_of(core, alternative, threads, progress)
        planned = _core.campaign(core, to, about, bars, chosen, *caps, True, threads, limits, progress)
    return Campaign(planned, planned["total"], planned["upper_bound"])


def look_alikes(
    model_or_interactions: Any,
    users: Any,
    *,
    n: int = 10,
    where: str | None = None,
    candidates: Any = None,
    hidden: float | None = 0.2,
    seed: int = 0,
    n_jobs: int | None = -1,
) -> LookAlikes:
    r"""The users most like given ones, by what they have.

    A user is the row of his values sqrt(w_ui) (ln((1 + N) / (1 + n_i)) + 1), with n_i of the N users having the item i,
    at length 1. The score is how much nearer he is to the mean of the given users, the seeds, than to that of
    everybody [1]_ [2]_:

        score(u) = x_u · (mean of the seeds' x - mean of all users' x)

    Parameters
    ----------
    model_or_interactions : fitted model, Interactions, table or sparse matrix
        Of a model its interactions are looked at.
    users : sequence of ids
        The seeds; they are not in the result.
    n : int, default 10
    where : str, optional
        A condition on columns of the users' table of a model that has one.
    candidates : sequence of ids, optional
        The only users that may be in the result; those that are not known never are.
    hidden : float or None, default 0.2
        Share of the seeds, drawn at random, that are put aside once, to count how many of them are found again by the
        others: ``recall`` of the result. None: do without. A single seed is never hidden.
    seed : int, default 0
        Of the draw.
    n_jobs : int or None, default -1
        Threads.

    Returns
    -------
    LookAlikes
        Columns ``user_id, score``; only scores above 0, so there may be fewer than ``n``.

    Raises
    ------
    InvalidParameterError, InvalidDataError, IdTypeError
    UnknownIdError
        A seed without interactions.

    References
    ----------
    .. [1] Rocchio 1971, "Relevance feedback in information retrieval".
    .. [2] Manning, Raghavan, Schuetze 2008, "Introduction to information retrieval", section 14.2.
    """
    is_model = isinstance(model_or_interactions, Recommender)
    core = model_or_interactions._snapshot() if is_model else None
    interactions = core.interactions if core is not None else as_interactions(model_or_interactions)._core
    found = _core.look_alikes(
        interactions,
        core,
        as_ids(users, "user id"),
        None if candidates is None else as_ids(candidates, "user id"),
        None if where is None else check_text("where", where),
        check_count("n", n),
        None if hidden is None else check_number("hidden", hidden),
        check_seed(seed),
        check_threads(n_jobs),
        None,
    )
    recall = None
    if found["at"]:
        ks, *shares = zip(*found["at"], strict=True)
        by_k = [dict(zip(ks, share, strict=True)) for share in shares]
        recall = LookAlikeRecall(found["hidden"], found["candidates"], *by_k)
    return LookAlikes(found, recall)


def _filter(
    core: _core.Model, users: Any, where: object, already_told: object, max_messages: object, min_history: object
) -> _core.AudienceFilter:
    told_users, told = None, []
    most = check_count("max_messages", max_messages)
    if already_told is not None:
        if not hasattr(already_told, "items"):
            raise InvalidParameterError(
                f"already_told must be a mapping of user ids to numbers of messages; got {type(already_told).__name__}"
            )
        counts = dict(already_told.items())
        told_users = as_ids(list(counts), "user id")
        told = [check_count("a number of messages of already_told", count, at_least=0) for count in counts.values()]
    return _core.AudienceFilter(
        model=core,
        users=None if users is None else as_ids(users, "user id"),
        where=None if where is None else check_text("where", where),
        told_users=told_users,
        told=told,
        most_messages=0 if already_told is None else most,
        min_history=check_count("min_history", min_history, at_least=0),
    )


def _bars_of(core: _core.Model, alternative: object, threads: int, progress: Any) -> _core.AudienceBars:
    place = check_count("alternative", alternative)
    known = _bars.setdefault(core, {})
    if place not in known:
        known[place] = _core.AudienceBars.of(core, place, threads, progress)
    return known[place]
