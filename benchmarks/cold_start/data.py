"""Shops whose items are described. All data comes from the folder that RECOCORE_DATA names.

Users and items are numbered from 0, so that they are their own positions in every library's matrices. A pair counts
once, with the first time it happened; whatever its rating or quantity, it is something the user took.
"""

from __future__ import annotations

import ast
import csv
import gzip
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

DATA = ("x-wines", "online-retail", "s3rec-beauty", "citeulike-a")

#: An event: user, item, and the time or the place in the user's order; None when there is neither.
Event = tuple[Any, Any, Any]


@dataclass
class Shop:
    """Pairs in the order of users and times, and a row a numbered item in each column of `table`."""

    name: str
    user: Any
    item: Any
    time: Any = None
    #: Whether times can be compared between users.
    dated: bool = False
    n_users: int = 0
    n_items: int = 0
    table: dict[str, Any] = field(default_factory=dict)
    #: Of each column: category, labels, number or text.
    kinds: dict[str, str] = field(default_factory=dict)


def folder() -> Path:
    data = os.environ.get("RECOCORE_DATA")
    if not data:
        sys.exit("the benchmark needs data: set RECOCORE_DATA to the folder that holds it")
    return Path(data)


def load(name: str) -> Shop:
    path = folder() / name
    if not path.is_dir():
        sys.exit(f"there is no {path}")
    return {"x-wines": x_wines, "online-retail": online_retail, "s3rec-beauty": beauty, "citeulike-a": citeulike}[name](
        path
    )


def make_shop(
    name: str,
    events: Iterable[Event],
    columns: dict[str, dict[Any, Any]],
    kinds: dict[str, str],
    *,
    dated: bool = False,
) -> Shop:
    """Number everything in the order of the ids; `columns` holds values by item, items without one have none."""
    first: dict[tuple[Any, Any], Any] = {}
    for user, item, time in events:
        pair = user, item
        if pair not in first or (time is not None and time < first[pair]):
            first[pair] = time
    users = {user: number for number, user in enumerate(sorted({user for user, _ in first}))}
    items = {item: number for number, item in enumerate(sorted({item for _, item in first}))}
    user = np.array([users[user] for user, _ in first], dtype=np.int64)
    item = np.array([items[item] for _, item in first], dtype=np.int64)
    times = list(first.values())
    time = None if times[0] is None else seconds(times)
    order = np.lexsort((item, user) if time is None else (item, time, user))
    table: dict[str, Any] = {"item_id": np.arange(len(items))}
    for column, values in columns.items():
        empty: Any = [] if kinds[column] == "labels" else np.nan if kinds[column] == "number" else None
        table[column] = [values.get(item, empty) for item in items]
        if kinds[column] == "number":
            table[column] = np.array(table[column], dtype=np.float64)
    return Shop(
        name,
        user[order],
        item[order],
        None if time is None else time[order],
        dated=dated,
        n_users=len(users),
        n_items=len(items),
        table=table,
        kinds=kinds,
    )


def seconds(times: list[Any]) -> Any:
    """Since 1970, of dates in ISO 8601; numbers are left as they are."""
    dates = np.array(times, dtype="datetime64[s]") if isinstance(times[0], str) else np.array(times)
    return dates.astype(np.int64)


def x_wines(path: Path) -> Shop:
    with (path / "ratings.csv").open(newline="", encoding="utf-8") as file:
        events = [(int(row["UserID"]), int(row["WineID"]), row["Date"]) for row in csv.DictReader(file)]
    kinds = dict.fromkeys(("Type", "Elaborate", "Body", "Acidity", "Country", "RegionName", "WineryName"), "category")
    kinds |= {"Grapes": "labels", "Harmonize": "labels", "ABV": "number", "WineName": "text"}
    columns: dict[str, dict[Any, Any]] = {column: {} for column in kinds}
    with (path / "wines.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for column, kind in kinds.items():
                if row[column]:
                    columns[column][int(row["WineID"])] = value_of(row[column], kind)
    return make_shop(path.name, events, columns, kinds, dated=True)


def value_of(text: str, kind: str) -> Any:
    if kind == "labels":
        return [str(label) for label in ast.literal_eval(text)]
    return float(text) if kind == "number" else text


def online_retail(path: Path) -> Shop:
    """Purchases of known customers, without cancellations and what is not an article. An item has the description
    most lines have and the median of its prices."""
    events: list[Event] = []
    prices: dict[str, list[float]] = defaultdict(list)
    names: dict[str, Counter[str]] = defaultdict(Counter)
    with gzip.open(path / "online_retail.csv.gz", "rt", newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.DictReader(file):
            bought = not row["InvoiceNo"].startswith("C") and float(row["Quantity"]) > 0
            if row["CustomerID"] and bought and row["StockCode"][:1].isdigit():
                events.append((row["CustomerID"], row["StockCode"], row["InvoiceDate"]))
                prices[row["StockCode"]].append(float(row["UnitPrice"]))
                names[row["StockCode"]][row["Description"].strip()] += 1
    columns: dict[str, dict[Any, Any]] = {
        "description": {item: max(sorted(found), key=found.__getitem__) for item, found in names.items()},
        "price": {item: float(np.median(found)) for item, found in prices.items()},
    }
    return make_shop(path.name, events, columns, {"description": "text", "price": "number"}, dated=True)


def beauty(path: Path) -> Shop:
    """Purchases in their order, without dates. Attributes are numbers of categories and brands."""
    events: list[Event] = []
    with (path / "sequences.txt").open() as file:
        for line in file:
            user, *items = map(int, line.split())
            events += [(user, item, place) for place, item in enumerate(items)]
    attributes = json.loads((path / "item2attributes.json").read_text())
    labels = {int(item): [str(label) for label in found] for item, found in attributes.items()}
    return make_shop(path.name, events, {"attributes": labels}, {"attributes": "labels"})


def citeulike(path: Path) -> Shop:
    """Papers in the libraries of researchers, without any order."""
    with (path / "users.dat").open() as file:
        events: list[Event] = [(user, int(item), None) for user, line in enumerate(file) for item in line.split()[1:]]
    with (path / "item-tag.dat").open() as file:
        tags = {item: line.split()[1:] for item, line in enumerate(file)}
    return make_shop(path.name, events, {"tags": tags}, {"tags": "labels"})
