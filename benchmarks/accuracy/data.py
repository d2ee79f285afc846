"""The splits of the scoreboard. All data comes from the folder that RECOCORE_DATA names.

Three kinds: ``ranking`` (published splits: full ranking, items of the training row left out), ``sessions``
(foresee the next item, one target a list, repetitions allowed) and ``shop`` (the first four fifths of the events
to fit, the rest to foresee). A validation part is cut from the training part in the same way, with one exception.

The test parts of Gowalla and Yelp2018 are not random ones: with n_i pairs of item i in both
parts, the numbers of test pairs scatter 3.6 and 6.1 times as much as they would (MovieLens-1M: 1.0). Random pairs put
aside there make models look best that do worst on the test part. So their validation part is made harder: a fifth of
each row, all of it in one stretch of item numbers, which keeps together what first came up together.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import recocore as rc

RANKING = ("gowalla_m1", "yelp2018_m1", "movielens1m_m1")
SESSIONS = ("diginetica", "serenade-example")
SHOPS = ("x-wines", "online-retail")
SPLITS = (*RANKING, *SESSIONS, *SHOPS)

#: Share of the training part that settings are chosen on.
VALIDATION = 0.1
#: Splits whose test part is no random one, the share of a row that is put aside, and how many users are judged.
IN_STRETCHES = ("gowalla_m1", "yelp2018_m1")
STRETCH = 0.2
STRETCH_USERS = 6_000


@dataclass
class Split:
    """What is fitted and what is to be foreseen: interactions, or histories and their targets."""

    name: str
    train: rc.Interactions
    test: rc.Interactions | None = None
    histories: list[Any] = field(default_factory=list)
    targets: Any = None

    @property
    def is_sessions(self) -> bool:
        return self.test is None

    def validation(self) -> Split:
        """The training part split once more: no number of it comes from the test part."""
        if self.name in IN_STRETCHES:
            return stretches(self.name, self.train)
        if self.name in RANKING:
            return Split(self.name, *rc.split.random(self.train, test_fraction=VALIDATION, seed=1))
        if self.name in SHOPS:
            return Split(self.name, *rc.split.by_time(self.train, test_fraction=VALIDATION))
        return last_sessions(self.name, self.train)

    def score(self, model: Any, resamples: int = 1) -> Any:
        """An evaluation of lists of 20."""
        if self.is_sessions:
            return rc.evaluate_next(model, self.histories, self.targets, resamples=resamples)
        return rc.evaluate(model, self.train, self.test, n=20, resamples=resamples)

    @property
    def metric(self) -> str:
        """What settings are chosen by."""
        return "mrr" if self.is_sessions else "ndcg"


def folder() -> Path:
    data = os.environ.get("RECOCORE_DATA")
    if not data:
        sys.exit("the scoreboard needs data: set RECOCORE_DATA to the folder that holds the splits")
    return Path(data)


def load(name: str) -> Split:
    path = folder() / name
    if not path.is_dir():
        sys.exit(f"there is no {path}")
    if name in RANKING:
        return Split(name, read_rows(path / "train.txt"), read_rows(path / "test.txt"))
    if name == "diginetica":
        return diginetica(path)
    if name == "serenade-example":
        return serenade(path)
    events = x_wines(path) if name == "x-wines" else online_retail(path)
    everything = rc.Interactions.from_table(events, timestamp="timestamp", duplicates="binary")
    return Split(name, *rc.split.by_time(everything, test_fraction=0.2))


def read_rows(path: Path) -> rc.Interactions:
    """A line a user: the user, then the items."""
    users, items = [], []
    with path.open() as file:
        for line in file:
            numbers = np.array(line.split(), dtype=np.int64)
            users.append(np.full(max(0, numbers.size - 1), numbers[0] if numbers.size else 0))
            items.append(numbers[1:])
    return rc.Interactions.from_arrays(np.concatenate(users), np.concatenate(items), duplicates="binary")


def diginetica(path: Path) -> Split:
    """Sessions in their order, without times: each click is given the place it has."""
    sessions = [np.array(line.split(), dtype=np.int64) for line in (path / "train_sessions.txt").open()]
    sessions = [session for session in sessions if session.size]
    lengths = [session.size for session in sessions]
    items = np.concatenate(sessions)
    train = sessions_of(np.repeat(np.arange(len(sessions)), lengths), items, np.arange(items.size))
    histories, targets = [], []
    with (path / "test_prefix_target.txt").open() as file:
        for line in file:
            prefix, target = line.split("\t")
            histories.append(np.array(prefix.split(), dtype=np.int64))
            targets.append(int(target))
    return Split(path.name, train, histories=histories, targets=np.array(targets))


def serenade(path: Path) -> Split:
    """Sessions of a shop. As in the library this example belongs to, clicks on unknown items are left out."""
    train = sessions_of(*read_sessions(path / "train.txt"))
    session, item, time = read_sessions(path / "test.txt")
    known = np.isin(item, train.items)
    histories, targets = rc.split.steps(sessions_of(session[known], item[known], time[known]))
    return Split(path.name, train, histories=histories, targets=targets)


def read_sessions(path: Path) -> tuple[Any, Any, Any]:
    columns = np.genfromtxt(path, delimiter="\t", skip_header=1, dtype=np.float64)
    return columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2].astype(np.int64)


def sessions_of(session: Any, item: Any, time: Any) -> rc.Interactions:
    """Events as they are: nothing is merged away from the order of clicks."""
    return rc.Interactions.from_arrays(session, item, timestamp=time, duplicates="binary")


def last_sessions(name: str, train: rc.Interactions) -> Split:
    """The sessions that end last, put aside; of what remains is fitted."""
    offsets, positions, items = train._core.sequences()
    assert train.times is not None
    indptr, _, _ = train._core.csr()
    ends = np.maximum.reduceat(train.times.astype(np.int64), indptr[:-1])
    aside = np.zeros(train.n_users, dtype=bool)
    aside[np.argsort(ends, kind="stable")[-max(1, int(train.n_users * VALIDATION)) :]] = True
    sessions = np.repeat(np.arange(train.n_users), np.diff(offsets).astype(np.int64))
    ids, order = items[positions], np.arange(positions.size)
    kept = ~aside[sessions]
    # Whole sessions only; their clicks keep their places, the sessions the order of their ends.
    rank = np.argsort(np.argsort(ends, kind="stable"), kind="stable")
    time = rank[sessions] * np.int64(1000) + (order - offsets[:-1].astype(np.int64)[sessions])
    fit_part = sessions_of(train.users[sessions[kept]], ids[kept], time[kept])
    known = aside[sessions] & np.isin(ids, fit_part.items)
    histories, targets = rc.split.steps(sessions_of(train.users[sessions[known]], ids[known], time[known]))
    chosen = np.random.default_rng(1).permutation(len(targets))[:20_000]
    return Split(name, fit_part, histories=[histories[i] for i in chosen], targets=targets[chosen])


def stretches(name: str, train: rc.Interactions) -> Split:
    """A stretch of each row put aside, at a random place; of a sample of users it is judged."""
    random = np.random.default_rng(1)
    indptr, indices, _ = train._core.csr()
    sizes = np.diff(indptr)
    lengths = np.where(sizes >= 5, np.maximum(1, np.round(sizes * STRETCH)), 0).astype(np.int64)
    begins = indptr[:-1] + random.integers(0, sizes - lengths + 1)
    judged = np.zeros(train.n_users, dtype=bool)
    judged[random.permutation(train.n_users)[:STRETCH_USERS]] = True
    user = np.repeat(np.arange(train.n_users), sizes)
    place = np.arange(indices.size)
    aside = (place >= begins[user]) & (place < (begins + lengths)[user])

    def part(rows: Any) -> rc.Interactions:
        return rc.Interactions.from_arrays(train.users[user[rows]], train.items[indices[rows]], duplicates="binary")

    return Split(name, part(~aside), part(aside & judged[user]))


def x_wines(path: Path) -> dict[str, list[Any]]:
    with (path / "ratings.csv").open(newline="", encoding="utf-8") as file:
        rows = [(int(row["UserID"]), int(row["WineID"]), row["Date"]) for row in csv.DictReader(file)]
    return dict(zip(("user_id", "item_id", "timestamp"), map(list, zip(*rows, strict=True)), strict=True))


def online_retail(path: Path) -> dict[str, list[Any]]:
    """Purchases of known customers, without cancellations and what is not an article."""
    events: dict[str, list[Any]] = {"user_id": [], "item_id": [], "timestamp": []}
    with gzip.open(path / "online_retail.csv.gz", "rt", newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.DictReader(file):
            bought = not row["InvoiceNo"].startswith("C") and float(row["Quantity"]) > 0
            if row["CustomerID"] and bought and row["StockCode"][:1].isdigit():
                events["user_id"].append(row["CustomerID"])
                events["item_id"].append(row["StockCode"])
                events["timestamp"].append(row["InvoiceDate"])
    return events
