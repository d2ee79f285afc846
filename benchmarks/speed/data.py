"""The data of the benchmark, users by items. Real data comes from the folder that RECOCORE_DATA names."""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from benchmarks.speed.shop import make_shop

GENERATED: dict[str, Callable[[], sp.csr_matrix]] = {
    "shop-1.5m": lambda: make_shop(150_000, 60_000, 1_500_000),
    "shop-20m": lambda: make_shop(1_000_000, 200_000, 20_000_000),
    "shop-100k-items": lambda: make_shop(200_000, 100_000, 3_000_000),
    "shop-tiny": lambda: make_shop(2_000, 800, 20_000, departments=20),
}
REAL = (
    "movielens1m_m1",
    "gowalla_m1",
    "yelp2018_m1",
    "online-retail",
    "online-retail-quantities",
    "x-wines",
    "x-wines-ratings",
)


def available(name: str) -> bool:
    return name in GENERATED or bool(os.environ.get("RECOCORE_DATA"))


def prepare(name: str, folder: Path) -> Path:
    """The file that has the matrix; made when it is not there, or when how it is made has changed."""
    sources = [Path(__file__).read_bytes(), Path(make_shop.__code__.co_filename).read_bytes()]
    origin = b"" if name in GENERATED else os.environ["RECOCORE_DATA"].encode()
    path = folder / f"{name}-{hashlib.sha256(b''.join([*sources, origin])).hexdigest()[:12]}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        matrix = GENERATED[name]() if name in GENERATED else read(name, Path(os.environ["RECOCORE_DATA"]))
        unfinished = path.with_suffix(".unfinished.npz")
        sp.save_npz(unfinished, matrix, compressed=False)
        unfinished.rename(path)
    return path


def read(name: str, folder: Path) -> sp.csr_matrix:
    if name.startswith("x-wines"):
        return _matrix(_wine_ratings(folder / "x-wines" / "ratings.csv"), binary=not name.endswith("ratings"))
    if name.startswith("online-retail"):
        lines = _invoice_lines(folder / "online-retail" / "online_retail.csv.gz")
        return _matrix(lines, binary=not name.endswith("quantities"))
    return _matrix(_rows(folder / name / "train.txt"), binary=True)


def _rows(path: Path) -> Iterable[tuple[str, str, float]]:
    """A line a user: the user, then the items."""
    with path.open() as file:
        for line in file:
            user, *items = line.split()
            for item in items:
                yield user, item, 1.0


def _wine_ratings(path: Path) -> Iterable[tuple[str, str, float]]:
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            yield row["UserID"], row["WineID"], float(row["Rating"])


def _invoice_lines(path: Path) -> Iterable[tuple[str, str, float]]:
    """Purchases of known customers."""
    with gzip.open(path, "rt", newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.DictReader(file):
            if row["CustomerID"] and not row["InvoiceNo"].startswith("C") and float(row["Quantity"]) > 0:
                yield row["CustomerID"], row["StockCode"], float(row["Quantity"])


def _matrix(events: Iterable[tuple[str, str, float]], *, binary: bool) -> sp.csr_matrix:
    """Weights of equal pairs are summed; or all are 1."""
    users: dict[str, int] = {}
    items: dict[str, int] = {}
    row, column, value = [], [], []
    for user, item, weight in events:
        row.append(users.setdefault(user, len(users)))
        column.append(items.setdefault(item, len(items)))
        value.append(weight)
    shape = (len(users), len(items))
    matrix = sp.csr_matrix((np.asarray(value, dtype=np.float32), (row, column)), shape=shape)
    matrix.sum_duplicates()
    if binary:
        matrix.data[:] = 1
    return matrix
