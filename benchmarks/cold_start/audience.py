"""Whom to tell about a new item: how many of those told take it.

    python -m benchmarks.cold_start.audience data out.json

The protocol is that of the items (`protocols.item_disjoint`); each new item that enough users take is told to 50.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cold_start.contestants import fitted
from benchmarks.cold_start.data import Shop, load
from benchmarks.cold_start.measure import interval
from benchmarks.cold_start.protocols import Cold, item_disjoint, pairs_of

TOLD = 50
#: Users that take an item, at least, for it to be told about.
TAKEN = 20
#: What a shop would call a category.
CATEGORIES = {"x-wines": ("Type", "RegionName", "Grapes")}

#: The users to tell about an item.
Choice = Callable[[int], Any]


def most_active(part: Cold, shop: Shop) -> Choice:
    users, counts = np.unique(part.train.user, return_counts=True)
    best = users[np.argsort(-counts, kind="stable")][:TOLD]
    return lambda _: best


def drawn(part: Cold, shop: Shop) -> Choice:
    users, random = np.unique(part.train.user), np.random.default_rng(0)
    return lambda _: random.permutation(users)[:TOLD]


def recent_buyers(column: str) -> Callable[[Cold, Shop], Choice]:
    """Those who took something of the same category last."""

    def make(part: Cold, shop: Shop) -> Choice:
        latest = np.argsort(-part.train.time, kind="stable")
        user, item = part.train.user[latest], part.train.item[latest]
        values = [set(value if isinstance(value, list) else [value]) - {None} for value in shop.table[column]]

        def choose(new: int) -> Any:
            alike = np.array([bool(values[new] & other) for other in values])
            users, first = np.unique(user[alike[item]], return_index=True)
            return users[np.argsort(first, kind="stable")][:TOLD]

        return choose

    return make


def by_hybrid(part: Cold, shop: Shop) -> Choice:
    model = fitted("Hybrid(ItemKNN)", {}, part, shop)
    return lambda item: model.audience(item, n=TOLD).user_id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    shop = load(arguments.data)
    part = item_disjoint(pairs_of(shop), seed=0)
    choices: dict[str, Callable[[Cold, Shop], Choice]] = {"random users": drawn, "most active users": most_active}
    for column in CATEGORIES.get(arguments.data, ()):
        choices[f"latest buyers of the same {column}"] = recent_buyers(column)
    choices["Hybrid.audience"] = by_hybrid
    found = {name: rates(make(part, shop), part) for name, make in choices.items()}
    items = len(wanted(part))
    arguments.out.write_text(json.dumps({"data": arguments.data, "items": items, "told": TOLD, "rates": found}) + "\n")


def wanted(part: Cold) -> dict[int, set[int]]:
    """Who takes each new item that enough users take."""
    takers: dict[int, set[int]] = {}
    for user, item in zip(part.launch.user.tolist(), part.launch.item.tolist(), strict=True):
        takers.setdefault(item, set()).add(user)
    return {item: users for item, users in sorted(takers.items()) if len(users) >= TAKEN}


def rates(choose: Choice, part: Cold) -> dict[str, Any]:
    """Hits a message, as a mean over the items."""
    hits = [len(users & set(np.asarray(choose(item)).tolist())) / TOLD for item, users in wanted(part).items()]
    return {"hit_rate": float(np.mean(hits)), "interval": interval(np.array(hits))}


if __name__ == "__main__":
    main()
