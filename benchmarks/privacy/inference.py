"""The related-items inference attack, with and without the defences against it.

    python -m benchmarks.privacy.inference

Calandrino, Kilzer, Narayanan, Felten, Shmatikov 2011, "You might also like: privacy risks of collaborative filtering",
section V: who knows some items of a person watches the public lists of what is related to them. An item that
appears or rises in many of these lists at once is inferred to be what the person has just taken.

The shop is generated (`benchmarks/speed/shop.py`), so that the truth is known. Lists are published after every
`publish_every` purchases; the attacker knows `known` items of each target and sees the lists, not the scores.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import recocore as rc
import scipy.sparse as sp

from benchmarks.speed.shop import make_shop

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Setting:
    #: Distinct users that an item in a list must have in common with the one it is related to.
    min_common: int = 1
    #: Purchases from one publication of lists to the next.
    publish_every: int = 50
    #: Length of a public list.
    length: int = 10
    #: Items that the attacker knows of each target.
    known: int = 8
    #: An item is inferred when it appears or rises in at least as many lists of the known items.
    votes: int = 4


@dataclass(frozen=True)
class Outcome:
    inferred: int
    right: int
    #: Purchases of targets while they were watched.
    purchases: int
    #: Items with a list that is as long as it may be, on average over publications.
    full_lists: float

    @property
    def precision(self) -> float:
        return self.right / self.inferred if self.inferred else float("nan")

    @property
    def recall(self) -> float:
        return self.right / self.purchases


@dataclass(frozen=True)
class Shop:
    """A history, and the purchases that follow it in their order."""

    history: sp.csr_matrix
    users: NDArray[np.int64]
    items: NDArray[np.int64]


def make(seed: int, users: int = 2_000, items: int = 4_000, pairs: int = 24_000, stream: int = 1_000) -> Shop:
    whole = make_shop(users, items, pairs, seed=seed, departments=60, loyalty=0.7).tocoo()
    order = np.random.default_rng(seed + 1000).permutation(whole.nnz)
    first, later = order[:-stream], order[-stream:]
    ones = np.ones(len(first), dtype=np.float32)
    history = sp.csr_matrix((ones, (whole.row[first], whole.col[first])), shape=whole.shape)
    return Shop(history, whole.row[later].astype(np.int64), whole.col[later].astype(np.int64))


def lists_of(matrix: sp.csr_matrix, setting: Setting) -> NDArray[np.int16]:
    """Places in the public lists, items by items; `length` where there is none."""
    model = rc.ItemKNN(k=setting.length, min_common=setting.min_common, n_jobs=None)
    similar = model.fit(rc.Interactions.from_sparse(matrix)).similarity_.tocsr()
    places = np.full(similar.shape, setting.length, dtype=np.int16)
    for item in range(similar.shape[0]):
        row = slice(similar.indptr[item], similar.indptr[item + 1])
        # As the library orders: by similarity, then by the item's id.
        order = np.lexsort((similar.indices[row], -similar.data[row]))
        places[item, similar.indices[row][order]] = np.arange(len(order))
    return places


def attack(shop: Shop, setting: Setting, seed: int = 0) -> Outcome:
    random = np.random.default_rng(seed)
    matrix = shop.history.tolil()
    owned = [set(row) for row in matrix.rows]
    targets = [user for user in range(len(owned)) if len(owned[user]) >= setting.known]
    known = {user: random.choice(sorted(owned[user]), setting.known, replace=False) for user in targets}
    inferred = right = purchases = 0
    full = []
    before = lists_of(shop.history, setting)
    for start in range(0, len(shop.users), setting.publish_every):
        now = slice(start, start + setting.publish_every)
        bought: dict[int, set[int]] = {}
        for user, item in zip(shop.users[now].tolist(), shop.items[now].tolist(), strict=True):
            matrix[user, item] = 1
            bought.setdefault(user, set()).add(item)
        after = lists_of(matrix.tocsr(), setting)
        rises = after < before
        full.append(np.mean((after < setting.length).sum(axis=1) == setting.length))
        for user in targets:
            votes = rises[known[user]].sum(axis=0)
            votes[known[user]] = 0
            guessed = set(np.flatnonzero(votes >= setting.votes).tolist())
            truth = bought.get(user, set())
            inferred += len(guessed)
            right += len(guessed & truth)
            purchases += len(truth)
        before = after
    return Outcome(inferred, right, purchases, float(np.mean(full)))


def total(found: list[Outcome]) -> Outcome:
    return Outcome(
        sum(one.inferred for one in found),
        sum(one.right for one in found),
        sum(one.purchases for one in found),
        float(np.mean([one.full_lists for one in found])),
    )


SETTINGS = (
    *(Setting(min_common=least) for least in (1, 2, 3, 4, 5, 7)),
    *(Setting(publish_every=every) for every in (200, 1000)),
    *(Setting(min_common=5, publish_every=every) for every in (200, 1000)),
    *(Setting(length=length) for length in (5, 20)),
    *(Setting(min_common=5, length=length) for length in (5, 20)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="shops")
    arguments = parser.parse_args()
    shops = [make(seed) for seed in range(arguments.seeds)]
    print("| min_common | published every | length | inferred | right | precision | recall | full lists |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for setting in SETTINGS:
        found = total([attack(shop, setting) for shop in shops])
        print(
            f"| {setting.min_common} | {setting.publish_every} purchases | {setting.length} | {found.inferred} "
            f"| {found.right} | {found.precision:.0%} | {found.recall:.1%} | {found.full_lists:.0%} |",
            flush=True,
        )
    print(json.dumps(asdict(Setting()) | {"seeds": arguments.seeds}))


if __name__ == "__main__":
    main()
