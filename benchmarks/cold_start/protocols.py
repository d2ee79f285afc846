"""What is hidden from the fit, and what is to be foreseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import recocore as rc

if TYPE_CHECKING:
    from benchmarks.cold_start.data import Shop

#: Of the pairs, of the items that become new, and of the users that become new.
SHARE = 0.1
SUPPORTS = (0, 1, 2, 5, 10, 20, 50)
#: Pairs of an item of the support curve that are foreseen, at least.
FORESEEN = 10
HISTORIES = (0, 1, 2, 3, 5)


@dataclass
class Pairs:
    user: Any
    item: Any
    time: Any = None

    def __len__(self) -> int:
        return int(self.user.size)

    def where(self, chosen: Any) -> Pairs:
        return Pairs(self.user[chosen], self.item[chosen], None if self.time is None else self.time[chosen])

    def interactions(self) -> rc.Interactions:
        return rc.Interactions.from_arrays(self.user, self.item, timestamp=self.time, duplicates="binary")

    def rows(self) -> dict[int, list[int]]:
        """The items of each user."""
        order = np.argsort(self.user, kind="stable")
        users, begins = np.unique(self.user[order], return_index=True)
        return dict(zip(users.tolist(), map(np.ndarray.tolist, np.split(self.item[order], begins[1:])), strict=True))


@dataclass
class Cold:
    """A shop with new items: they are in the catalogue and have no pair in `train`.

    `stream` is what users do next, of all items; `launch` all that is known of the new items. Both are of users that
    have something in `train`, so that nothing but the items is new.
    """

    train: Pairs
    stream: Pairs
    launch: Pairs
    warm: Any
    new: Any
    #: Pairs that are neither: nobody is shown them, and they are no mistakes.
    hidden: Pairs | None = None

    def sizes(self) -> dict[str, float]:
        return {
            "training pairs": len(self.train),
            "users": np.unique(self.train.user).size,
            "warm items": self.warm.size,
            "new items": self.new.size,
            "pairs of the stream": len(self.stream),
            "users of the stream": np.unique(self.stream.user).size,
            "new in the stream": float(np.isin(self.stream.item, self.new).mean()) if len(self.stream) else 0.0,
            "pairs of new items": len(self.launch),
            "users of new items": np.unique(self.launch.user).size,
        }


def pairs_of(shop: Shop) -> Pairs:
    return Pairs(shop.user, shop.item, shop.time)


def cold(pairs: Pairs, in_train: Any, in_stream: Any, in_launch: Any) -> Cold:
    """Items without a pair left are new; what users without one did is left out."""
    train = pairs.where(in_train)
    warm = np.unique(train.item)
    new = np.setdiff1d(np.unique(pairs.item), warm)
    known = np.isin(pairs.user, train.user)
    return Cold(train, pairs.where(in_stream & known), pairs.where(in_launch & known), warm, new)


def item_disjoint(pairs: Pairs, seed: int = 0) -> Cold:
    """A random tenth of the pairs is the stream, and a tenth of the items loses all pairs besides: so a tenth of the
    stream is of new items. One of each ten items is drawn that follow each other in popularity."""
    random = np.random.default_rng(seed)
    in_stream = random.random(len(pairs)) < SHARE
    drawn = np.isin(pairs.item, one_in_ten(pairs.item, random))
    train = ~in_stream & ~drawn
    return cold(pairs, train, in_stream, ~np.isin(pairs.item, pairs.item[train]))


def one_in_ten(item: Any, random: np.random.Generator) -> Any:
    items, counts = np.unique(item, return_counts=True)
    ranked = items[np.argsort(-counts, kind="stable")]
    size = round(1 / SHARE)
    return np.array([random.choice(ranked[begin : begin + size]) for begin in range(0, ranked.size, size)])


def by_time(pairs: Pairs) -> Cold:
    """The last tenth of the time line, as many pairs; items first seen in it are new."""
    later = np.zeros(len(pairs), dtype=bool)
    later[np.argsort(pairs.time, kind="stable")[round((1 - SHARE) * len(pairs)) :]] = True
    return cold(pairs, ~later, later, later & ~np.isin(pairs.item, pairs.item[~later]))


@dataclass
class Thinned:
    """Items with exactly `support` pairs left to fit on: `cold.launch` is what is foreseen of them."""

    support: int
    cold: Cold


def thinned(pairs: Pairs, seed: int = 0) -> Iterator[Thinned]:
    """The same items with ever more of their pairs, the earlier ones kept; what is foreseen stays the same."""
    random = np.random.default_rng(seed)
    items, counts = np.unique(pairs.item, return_counts=True)
    able = items[counts >= SUPPORTS[-1] + FORESEEN]
    chosen = random.permutation(able)[: int(np.clip(able.size // 5, min(50, able.size), 200))]
    # Of each pair, the place among those of its item, in a random order.
    order = np.lexsort((random.random(len(pairs)), pairs.item))
    place = np.empty(len(pairs), dtype=np.int64)
    begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place[order] = np.arange(len(pairs)) - np.repeat(begins, counts)
    of_chosen = np.isin(pairs.item, chosen)
    # Users stay known whatever is thinned.
    known = np.isin(pairs.user, pairs.user[~of_chosen])
    foreseen = pairs.where(of_chosen & (place >= SUPPORTS[-1]) & known)
    others = np.unique(pairs.item[~of_chosen])
    for support in SUPPORTS:
        left = of_chosen & (place < support)
        hidden = pairs.where(of_chosen & (place >= support) & (place < SUPPORTS[-1]))
        nothing = pairs.where(np.zeros(len(pairs), dtype=bool))
        yield Thinned(support, Cold(pairs.where(~of_chosen | left), nothing, foreseen, others, np.sort(chosen), hidden))


@dataclass
class NewUsers:
    """Users nobody has seen: what they did first, in their order, and what they did later."""

    train: Pairs
    histories: list[list[int]]
    later: list[list[int]]

    def sizes(self) -> dict[str, float]:
        return {
            "training pairs": len(self.train),
            "new users": len(self.histories),
            "pairs foreseen": sum(map(len, self.later)),
        }


def new_users(pairs: Pairs, seed: int = 0) -> NewUsers:
    """A tenth of the users with enough to foresee. Of them the first `HISTORIES[-1]` items are given one after the
    other, in the order of time or else in a random one; all later items the others know are to be foreseen."""
    random = np.random.default_rng(seed)
    order = np.lexsort((random.random(len(pairs)) if pairs.time is None else pairs.time, pairs.user))
    rows = pairs.where(order).rows()
    able = np.array([user for user, row in rows.items() if len(row) >= 2 * HISTORIES[-1]])
    chosen = np.sort(random.permutation(able)[: max(1, round(SHARE * len(rows)))])
    train = pairs.where(~np.isin(pairs.user, chosen))
    known = set(train.item.tolist())
    kept = [[item for item in rows[user] if item in known] for user in chosen.tolist()]
    kept = [row for row in kept if len(row) > HISTORIES[-1]]
    return NewUsers(train, [row[: HISTORIES[-1]] for row in kept], [row[HISTORIES[-1] :] for row in kept])
