"""Whom to tell about an item people know: how many of those told take it next. (`audience.py` is about new items.)

    python benchmarks/cold_start/audience_of_known.py [--data FOLDER] [--model ItemKNN] [--items 50] [--n 100]

The last interaction of each user is put aside, one a user, so that nobody is hit more easily for being active. Of the
items that at least ``--least`` users take in that part, ordered by how many do, ``--items`` are taken at even
distances. For each, ``--n`` users who do not have it are chosen in several ways. What counts is the share of messages
to users whose last interaction is with the item. At the end campaigns are timed.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import recocore as rc
from recocore.audience import audience, campaign

TUNED = {"ItemKNN": {"similarity": "asymmetric_cosine", "alpha": 0.7, "weighting": "tf_idf", "shrinkage": 3.0}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("RECOCORE_DATA"), help="default: RECOCORE_DATA")
    parser.add_argument("--model", default="ItemKNN", help="a class of recocore; Hybrid is given the table of wines")
    parser.add_argument("--items", type=int, default=50)
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--least", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.data is None:
        sys.exit("this benchmark needs data: set RECOCORE_DATA, or --data, to the folder that has x-wines")

    folder = arguments.data / "x-wines"
    users, items, times = read_ratings(folder / "ratings.csv")
    everything = rc.Interactions.from_arrays(users, items, timestamp=times, duplicates="binary")
    train, test = rc.split.leave_last(everything)
    takers: dict[int, set[int]] = {item: set() for item in train.items.tolist()}
    for user, item, _ in rows_of(test):
        if item in takers:
            takers[item].add(user)
    asked = spread([item for item in takers if len(takers[item]) >= arguments.least], takers, arguments.items)
    wines = read_wines(folder / "wines.csv")
    model = getattr(rc, arguments.model)(n_jobs=arguments.jobs, **TUNED.get(arguments.model, {}))
    model = model.fit(train, items=wines) if arguments.model == "Hybrid" else model.fit(train)
    print(f"{model!r} on {train!r}")

    print(f"{len(asked)} items, {arguments.n} messages each; share to users whose next item it was")
    everybody = np.mean([len(takers[item]) / train.n_users for item in asked])
    print(f"  {'everybody':36} {everybody:.2%}")
    for name, choose in make_ways(model, train, wines, arguments.n).items():
        started = time.perf_counter()
        shares = [np.mean([user in takers[item] for user in choose(item)] or [0.0]) for item in asked]
        seconds = (time.perf_counter() - started) / len(asked)
        error = np.std(shares, ddof=1) / np.sqrt(len(shares))
        print(f"  {name:36} {np.mean(shares):.2%} +- {error:.2%}   {1000 * seconds:.1f} ms an item")
    time_campaigns(model, train, takers)


def rows_of(interactions: Any) -> list[tuple[int, int, Any]]:
    indptr, indices, _ = interactions._core.csr()
    users = np.repeat(interactions.users, np.diff(indptr)).tolist()
    return list(zip(users, interactions.items[indices].tolist(), interactions.times, strict=True))


def read_ratings(path: Path) -> tuple[Any, Any, Any]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(int(row["UserID"]), int(row["WineID"]), row["Date"]) for row in csv.DictReader(file)]
    users, items, times = zip(*rows, strict=True)
    return np.array(users), np.array(items), np.array(times, dtype="datetime64[s]")


def read_wines(path: Path) -> dict[str, list[Any]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table: dict[str, list[Any]] = {"item_id": [int(row["WineID"]) for row in rows]}
    for name in ("WineName", "Type", "Elaborate", "Body", "Acidity", "Country", "RegionName", "WineryName"):
        table[name] = [row[name] for row in rows]
    table["ABV"] = [float(row["ABV"]) for row in rows]
    for name in ("Grapes", "Harmonize"):
        table[name] = [[part.strip(" '\"") for part in row[name].strip("[]").split(",")] for row in rows]
    return table


def spread(items: list[int], takers: dict[int, set[int]], count: int) -> list[int]:
    """Items at even distances in the order by takers."""
    ordered = sorted(items, key=lambda item: (-len(takers[item]), item))
    return [ordered[place] for place in np.linspace(0, len(ordered) - 1, min(count, len(ordered))).astype(int)]


def make_ways(model: Any, train: Any, wines: dict[str, list[Any]], n: int) -> dict[str, Any]:
    """Ways to choose users for an item, by what is in the training part."""
    rows = rows_of(train)
    having: dict[int, set[int]] = {}
    activity = Counter(user for user, _, _ in rows)
    for user, item, _ in rows:
        having.setdefault(item, set()).add(user)
    by_activity = sorted(activity, key=lambda user: (-activity[user], user))
    shuffled = np.random.default_rng(1).permutation(np.array(sorted(activity))).tolist()
    kind = dict(zip(wines["item_id"], wines["Type"], strict=True))
    grape = {item: grapes[0] for item, grapes in zip(wines["item_id"], wines["Grapes"], strict=True)}

    def first(order: list[int], item: int) -> list[int]:
        have = having.get(item, set())
        return [user for user in order if user not in have][:n]

    def recent(category: dict[int, Any], item: int) -> list[int]:
        latest = {user: at.astype(np.int64) for user, at in latest_of(rows, category, item).items()}
        return first(sorted(latest, key=lambda user: (-latest[user], user)), item)

    def many(category: dict[int, Any], item: int) -> list[int]:
        counts = Counter(user for user, other, _ in rows if category.get(other) == category.get(item))
        return first(sorted(counts, key=lambda user: (-counts[user], user)), item)

    def by_score(item: int) -> list[int]:
        everybody = audience(model, item, n=len(activity))
        order = np.argsort(-everybody.score, kind="stable")
        return everybody.user_id[order].tolist()[:n]

    for alternative in (1, 10, 100):  # what users stand up to is found once
        audience(model, train.items[0].item(), n=1, alternative=alternative)
    return {
        "random": lambda item: first(shuffled, item),
        "the most active": lambda item: first(by_activity, item),
        "recent buyers of the type": lambda item: recent(kind, item),
        "recent buyers of the grape": lambda item: recent(grape, item),
        "most purchases of the type": lambda item: many(kind, item),
        "most purchases of the grape": lambda item: many(grape, item),
        "the highest scores (all places too)": by_score,
        "audience, alternative=1": lambda item: audience(model, item, n=n, alternative=1).user_id.tolist(),
        "audience": lambda item: audience(model, item, n=n).user_id.tolist(),
        "audience, alternative=100": lambda item: audience(model, item, n=n, alternative=100).user_id.tolist(),
    }


def latest_of(rows: list[tuple[int, int, Any]], category: dict[int, Any], item: int) -> dict[int, Any]:
    """When each user last took something of the same category."""
    latest: dict[int, Any] = {}
    for user, other, at in rows:
        if category.get(other) == category.get(item) and (user not in latest or at > latest[user]):
            latest[user] = at
    return latest


def time_campaigns(model: Any, train: Any, takers: dict[int, set[int]]) -> None:
    """10,000 users by 100 items."""
    items = sorted(takers)[:100]
    users = train.users[:10_000]
    for per_user, per_item in ((1, 50), (1, 200), (2, 150), (3, 1000)):
        started = time.perf_counter()
        planned = campaign(model, items=items, users=users, per_user=per_user, per_item=per_item)
        seconds = time.perf_counter() - started
        hits = np.mean([user in takers[item] for user, item in zip(planned.user_id, planned.item_id, strict=True)])
        print(
            f"campaign of {len(users):,} users by {len(items)} items, {per_user} a user, {per_item} an item: "
            f"{len(planned):,} messages, within {planned.gap:.3%} of the best, {seconds:.2f} s, {hits:.2%} taken"
        )


if __name__ == "__main__":
    main()
