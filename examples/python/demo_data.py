"""Real data for the demo: what is at hand, else what can be fetched.

With ``RECOCORE_DATA`` set to a folder that has them: the X-Wines ratings and the invoices of the
Online Retail shop. Without: MovieLens-100K, from its publisher, or, where only a package index can be
reached, from the package ``recbole``, which carries it. What is fetched is checked and kept in the
user's cache folder.

X-Wines: de Azambuja, Morais, Filipe 2023, doi 10.3390/bdcc7010020 (CC0).
Online Retail: Chen, Sain, Guo 2012 (CC0).
MovieLens: Harper, Konstan 2015, doi 10.1145/2827872 (no redistribution).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

MOVIELENS = "https://files.grouplens.org/datasets/movielens/ml-100k.zip"
MOVIELENS_MD5 = "0e33842e24a9c977be4e0107933c0723"
CARRIER = "recbole==1.2.1"
CARRIED = {
    "ml-100k.inter": "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
    "ml-100k.item": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
}


@dataclass
class Shop:
    """Events as columns, and what the items are called."""

    name: str
    source: str
    user: list[int | str] = field(default_factory=list)
    item: list[int | str] = field(default_factory=list)
    timestamp: list[int | str] = field(default_factory=list)
    title: dict[int | str, str] = field(default_factory=dict)
    dropped: str = ""


def load_shops() -> list[Shop]:
    """The shops there are data of, at least one."""
    folder = os.environ.get("RECOCORE_DATA")
    if folder:
        loaders: dict[str, Callable[[Path], Shop]] = {"x-wines": x_wines, "online-retail": online_retail}
        shops = [load(Path(folder) / name) for name, load in loaders.items() if (Path(folder) / name).is_dir()]
        if shops:
            return shops
        print(f"RECOCORE_DATA is set, but {folder} has neither x-wines nor online-retail.")
    return [movielens()]


def x_wines(folder: Path) -> Shop:
    """Ratings of wines."""
    shop = Shop("X-Wines: a wine shop's ratings", "RECOCORE_DATA")
    with (folder / "ratings.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            shop.user.append(int(row["UserID"]))
            shop.item.append(int(row["WineID"]))
            shop.timestamp.append(row["Date"])
    with (folder / "wines.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            shop.title[int(row["WineID"])] = f"{row['WineName']}, {row['WineryName']} ({row['Type']}, {row['Country']})"
    return shop


def online_retail(folder: Path) -> Shop:
    """Invoice lines of a gift shop: purchases of known customers, without cancellations and postage."""
    shop = Shop("Online Retail: a gift webshop's invoices", "RECOCORE_DATA")
    lines = cancelled = anonymous = 0
    with gzip.open(folder / "online_retail.csv.gz", "rt", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            lines += 1
            if row["InvoiceNo"].startswith("C") or float(row["Quantity"]) <= 0:
                cancelled += 1
            elif not row["CustomerID"]:
                anonymous += 1
            else:
                shop.user.append(int(float(row["CustomerID"])))
                shop.item.append(row["StockCode"])
                shop.timestamp.append(row["InvoiceDate"])
                shop.title[row["StockCode"]] = row["Description"].strip().capitalize()
    shop.dropped = f"of {lines:,} invoice lines {cancelled:,} cancel and {anonymous:,} name no customer"
    return shop


def movielens() -> Shop:
    """Ratings of films, fetched."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "recocore"
    cache.mkdir(parents=True, exist_ok=True)
    publisher = cache / "ml-100k.zip"
    is_carried = all((cache / name).exists() for name in CARRIED)
    if publisher.exists() or (not is_carried and _from_publisher(publisher)):
        with zipfile.ZipFile(publisher) as archive:
            events = archive.read("ml-100k/u.data").decode().splitlines()
            films = archive.read("ml-100k/u.item").decode("latin-1").splitlines()
        title = {int(film.split("|")[0]): film.split("|")[1] for film in films}
        source = "its publisher"
    else:
        if not is_carried:
            _from_carrier(cache)
        events = (cache / "ml-100k.inter").read_text().splitlines()[1:]
        films = (cache / "ml-100k.item").read_text(encoding="utf-8").splitlines()[1:]
        title = {int(film.split("\t")[0]): " ".join(film.split("\t")[1:3]) for film in films}
        source = f"the package {CARRIER}"
    shop = Shop("MovieLens-100K: ratings of films", source, title=dict(title))
    for event in events:
        user, item, _, seconds = event.split("\t")
        shop.user.append(int(user))
        shop.item.append(int(item))
        shop.timestamp.append(int(seconds))
    return shop


def _from_publisher(target: Path) -> bool:
    print(f"fetching {MOVIELENS}", flush=True)
    try:
        with urllib.request.urlopen(MOVIELENS, timeout=10) as response:
            content = response.read()
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        print(f"  not reached ({error})")
        return False
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != MOVIELENS_MD5:
        print("  the file is not the one the publisher names: not used")
        return False
    _write(target, content)
    return True


def _from_carrier(cache: Path) -> None:
    print(f"fetching the package {CARRIER}, which carries MovieLens-100K", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, CARRIER]
        if subprocess.run(pip, check=False).returncode != 0:
            sys.exit("demo: no data: neither the publisher nor a package index was reached; set RECOCORE_DATA")
        with zipfile.ZipFile(next(Path(folder).glob("recbole-*.whl"))) as wheel:
            for name, digest in CARRIED.items():
                content = wheel.read(f"recbole/dataset_example/ml-100k/{name}")
                if hashlib.sha256(content).hexdigest() != digest:
                    sys.exit(f"demo: {name} in {CARRIER} is not the file this demo knows")
                _write(cache / name, content)


def _write(target: Path, content: bytes) -> None:
    """A killed demo leaves no half file."""
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    part.replace(target)
