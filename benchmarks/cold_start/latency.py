"""How long it takes until a new item is in lists: one row added, then the first list that may hold it.

    python -m benchmarks.cold_start.latency out.json [--items N] [--users N] [--additions N]

The catalogue is generated, and the tables say so: Zipf's law for categories, labels and words, a log-normal price, and
departments that decide both what an item is described by and, half of the time, who takes it.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import recocore as rc

from benchmarks.cold_start.protocols import Pairs

KINDS = {"category": "category", "brand": "category", "labels": "labels", "price": "number", "title": "text"}
DEPARTMENTS = 300
#: Milliseconds that 99 of 100 additions and first lists may take.
TARGET = 10.0


def generated(items: int, seed: int = 1) -> tuple[dict[str, Any], Any]:
    """A catalogue, and the department of each item."""
    random = np.random.default_rng(seed)
    department = random.integers(0, DEPARTMENTS, items)

    def zipf(size: int, values: int) -> Any:
        return np.minimum((values ** random.random(size)).astype(np.int64), values - 1)

    # Half of the words and labels are those of the department.
    words, counts = zipf(items * 8, 8_000).reshape(items, 8), random.integers(3, 9, items)
    words[:, ::2] = (department[:, None] * 37 + words[:, ::2] % 40) % 8_000
    labels = np.column_stack([department % 90, zipf(items, 400), zipf(items, 400)])
    table = {
        "item_id": np.arange(items),
        "category": [f"category {value}" for value in department],
        "brand": [f"brand {value}" for value in zipf(items, 2_000)],
        "labels": [sorted({f"label {value}" for value in row}) for row in labels.tolist()],
        "price": np.round(np.exp(random.normal(3.0 + department / DEPARTMENTS, 0.6)), 2),
        "title": [" ".join(f"word{w}" for w in row[:n]) for row, n in zip(words.tolist(), counts, strict=True)],
    }
    return table, department


def bought(department: Any, users: int, pairs: int, seed: int = 2) -> Pairs:
    """Half of it from one department a user, the rest by popularity."""
    random = np.random.default_rng(seed)
    items = department.size
    order = np.argsort(department, kind="stable")
    begins = np.searchsorted(department[order], np.arange(DEPARTMENTS + 1))
    user = random.integers(0, users, pairs)
    home = random.integers(0, DEPARTMENTS, users)[user]
    own = order[
        np.minimum((begins[home] + (begins[home + 1] - begins[home]) * random.random(pairs) ** 2), items - 1).astype(
            np.int64
        )
    ]
    any_item = random.permutation(items)[np.minimum((items ** random.random(pairs)).astype(np.int64), items - 1)]
    item = np.where(random.random(pairs) < 0.5, own, any_item)
    both = np.unique(np.column_stack([user, item]), axis=0)
    return Pairs(both[:, 0], both[:, 1])


def rows(table: dict[str, Any], chosen: Any) -> dict[str, Any]:
    return {
        column: values[chosen] if hasattr(values, "dtype") else [values[row] for row in chosen]
        for column, values in table.items()
    }


def measured(model: Any, table: dict[str, Any], first: int, users: Any) -> dict[str, Any]:
    """Times of additions one at a time; that the new item can be shown is seen afterwards, outside the clock."""
    spans: dict[str, list[float]] = {"add_items of one item": [], "the first list of 20 after": [], "both": []}
    shown = 0
    for number, user in enumerate(users.tolist()):
        row = rows(table, np.array([first + number]))
        begin = time.perf_counter()
        model.add_items(row)
        added = time.perf_counter()
        model.recommend(user, n=20)
        done = time.perf_counter()
        for span, value in zip(spans.values(), (added - begin, done - added, done - begin), strict=True):
            span.append(1000 * value)
        shown += list(model.recommend(user, n=1, candidates=[first + number]).item_id) == [first + number]
    if shown != users.size:
        raise AssertionError(f"{users.size - shown} of {users.size} new items could not be recommended")
    return {
        what: dict(zip(("p50", "p99", "max"), np.quantile(values, (0.5, 0.99, 1.0)).tolist(), strict=True))
        for what, values in spans.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--additions", type=int, default=200)
    arguments = parser.parse_args()
    table, department = generated(arguments.items + arguments.additions)
    pairs = bought(department[: arguments.items], arguments.users, arguments.pairs)
    users = np.random.default_rng(3).choice(np.unique(pairs.user), arguments.additions, replace=False)
    models = []
    known = rc.Catalogue.from_table(rows(table, np.arange(arguments.items)), kinds=KINDS)
    for name, model in (("Hybrid", rc.Hybrid()), ("ContentKNN", rc.ContentKNN())):
        start = time.perf_counter()
        model.fit(pairs.interactions(), items=known)
        seconds = time.perf_counter() - start
        # Once outside the clock: what is made on first use is made.
        model.recommend(int(users[0]), n=20)
        found = measured(model, table, arguments.items, users)
        models.append({"model": name, "fit_seconds": seconds, "milliseconds": found})
        print(name, found, flush=True)
    report = {"items": arguments.items, "pairs": len(pairs), "target": TARGET, "models": models}
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
