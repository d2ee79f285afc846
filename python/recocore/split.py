"""Training and test parts of interactions.

Each part is built from its own events with the settings of the whole, so that no weight, decay or support in
the training part knows of the test part. The test part has neither cap, decay nor minimum support.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._checks import check_count, check_number, check_seed
from recocore.errors import InvalidDataError
from recocore.interactions import Interactions, as_interactions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["by_time", "by_user", "leave_last", "new_items", "random", "steps"]


def by_time(interactions: Any, test_fraction: float = 0.2) -> tuple[Interactions, Interactions]:
    """Put the latest events aside: the only split that is like real use.

    Parameters
    ----------
    interactions : Interactions
        With times.
    test_fraction : float, default=0.2
        Share of the events that the test part has at most, between 0 and 1. Events of the same instant stay
        together.

    Returns
    -------
    train, test : Interactions

    Raises
    ------
    InvalidDataError
        Without times, or when a part would be empty.
    InvalidParameterError
        For a fraction that is not between 0 and 1, both excluded.
    """
    return _parts(*_core.split_by_time(_core_of(interactions), check_number("test_fraction", test_fraction)))


def by_user(
    interactions: Any,
    test_fraction: float = 0.2,
    history_fraction: float = 0.8,
    seed: int = 0,
) -> tuple[Interactions, Interactions]:
    """Put whole users aside, to see how good a model is for people it was not fitted on (Marlin 2004).

    Of each test user a part of the items, the earliest when there are times and else drawn at random, is
    their history; the rest is to be foreseen. :func:`recocore.evaluate` uses the history by itself.

    Parameters
    ----------
    interactions : Interactions, table or sparse matrix
    test_fraction : float, default=0.2
        Share of the users with two or more items that go to the test part, between 0 and 1.
    history_fraction : float, default=0.8
        Share of the items of each of these that are history, between 0 and 1. Both parts have at least one
        item.
    seed : int, default=0
        Of the draws, at least 0.

    Returns
    -------
    train, test : Interactions
        ``test.history`` holds the histories of the test users.

    Raises
    ------
    InvalidDataError
        When a part would be empty.
    InvalidParameterError
        For a fraction that is not between 0 and 1, both excluded.
    """
    train, test, history = _core.split_by_user(
        _core_of(interactions),
        check_number("test_fraction", test_fraction),
        check_number("history_fraction", history_fraction),
        check_seed(seed),
    )
    return _parts(train, test, Interactions._from_core(history))


def leave_last(interactions: Any, count: int = 1) -> tuple[Interactions, Interactions]:
    """Put the last items of each user aside.

    Comparable with many papers, and optimistic for a shop: the training part of one user knows what happened
    after the test part of another (Ji et al. 2023, "A critical study on data leakage in recommender system
    offline evaluation").

    Parameters
    ----------
    interactions : Interactions
        With times.
    count : int, default=1
        Items of each user to put aside, at least 1. Users with no more than that stay in the training part
        whole.

    Returns
    -------
    train, test : Interactions

    Raises
    ------
    InvalidDataError
        Without times, or when a part would be empty.
    InvalidParameterError
        For a count below 1.
    """
    return _parts(*_core.split_leave_last(_core_of(interactions), check_count("count", count)))


def new_items(
    interactions: Any, item_fraction: float = 0.1, left: int | Sequence[int] = 0, seed: int = 0
) -> tuple[Interactions, Interactions]:
    """Put items aside, as if they were new: what a model with a catalogue is good for.

    Parameters
    ----------
    interactions : Interactions, table or sparse matrix
    item_fraction : float, default=0.1
        Probability with which an item is put aside, between 0 and 1.
    left : int or sequence of int, default=0
        Users, drawn at random, who keep such an item in the training part. Of several numbers each item takes one.
    seed : int, default=0
        Of the draws, at least 0.

    Returns
    -------
    train, test : Interactions
        ``test`` has the other interactions with these items, and no others.

    Raises
    ------
    InvalidDataError
        When a part would be empty.
    InvalidParameterError
        For a fraction that is not between 0 and 1, both excluded.
    """
    numbers = [left] if isinstance(left, (int, np.integer)) else list(left)
    users = [check_count("left", number, at_least=0) for number in numbers]
    fraction = check_number("item_fraction", item_fraction)
    return _parts(*_core.split_new_items(_core_of(interactions), fraction, users, check_seed(seed)))


def random(interactions: Any, test_fraction: float = 0.2, seed: int = 0) -> tuple[Interactions, Interactions]:
    """Put pairs of user and item aside at random.

    Parameters
    ----------
    interactions : Interactions, table or sparse matrix
    test_fraction : float, default=0.2
        Probability with which a pair goes to the test part, between 0 and 1.
    seed : int, default=0
        Of the draws, at least 0.

    Returns
    -------
    train, test : Interactions

    Raises
    ------
    InvalidDataError
        When a part would be empty.
    InvalidParameterError
        For a fraction that is not between 0 and 1, both excluded.
    """
    fraction = check_number("test_fraction", test_fraction)
    return _parts(*_core.split_random(_core_of(interactions), fraction, check_seed(seed)))


def _core_of(interactions: Any) -> _core.Interactions:
    return as_interactions(interactions)._core


def _parts(
    train: _core.Interactions, test: _core.Interactions, history: Interactions | None = None
) -> tuple[Interactions, Interactions]:
    return Interactions._from_core(train), Interactions._from_core(test, history)


def steps(sessions: Any) -> tuple[list[NDArray[Any]], NDArray[Any]]:
    """What to foresee at each step of each session: the next item, from those before it.

    Parameters
    ----------
    sessions : Interactions
        With times; each user is a session. All events count, repetitions included.

    Returns
    -------
    histories : list of ndarray
        A session of m events gives m - 1 of them: its first one, two ... m - 1 items.
    targets : ndarray
        The item that came next, one a history.

    Raises
    ------
    InvalidDataError
        Without times, or when no session has two events.

    See Also
    --------
    recocore.evaluate_next
    """
    sessions = as_interactions(sessions)
    if sessions.times is None:
        raise InvalidDataError("the steps of sessions need the times of events; read a column timestamp=...")
    offsets, positions, items = sessions._core.sequences()
    ids = items[positions]
    bounds = offsets.astype(np.int64)
    places = [range(begin + 1, end) for begin, end in pairwise(bounds)]
    histories = [ids[begin:end] for begin, row in zip(bounds[:-1], places, strict=True) for end in row]
    if not histories:
        raise InvalidDataError("no session has two events: there is nothing to foresee")
    return histories, ids[np.concatenate([np.asarray(row, dtype=np.int64) for row in places])]
