"""The shops of the benchmark. All data comes from the folder that RECOCORE_DATA names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import recocore as rc

from benchmarks.accuracy.data import folder, online_retail, read_sessions, x_wines


@dataclass
class Shop:
    """Events, what items are, and how they are looked at."""

    name: str
    title: str
    events: rc.Interactions
    catalogue: rc.Catalogue | None = None
    models: list[Any] = field(default_factory=list)
    period: str | None = None


def load(name: str) -> Shop:
    """A shop by its name; the models have the settings of the scoreboard, which were chosen on other parts."""
    return {"online-retail": gifts, "x-wines": wines, "serenade-example": clicks}[name]()


NAMES = ("online-retail", "x-wines", "serenade-example")


def gifts() -> Shop:
    events = rc.Interactions.from_table(
        online_retail(folder() / "online-retail"), timestamp="timestamp", duplicates="binary"
    )
    return Shop("online-retail", "a gift shop", events, models=[rc.Popularity(), rc.ItemKNN(), rc.EASE()], period="1w")


def wines() -> Shop:
    path = folder() / "x-wines"
    events = rc.Interactions.from_table(x_wines(path), timestamp="timestamp", duplicates="binary")
    kinds = dict.fromkeys(("Type", "Elaborate", "Body", "Acidity", "Country", "RegionName", "WineryName"), "category")
    kinds |= {"Grapes": "labels", "Harmonize": "labels", "ABV": "number", "WineName": "text"}
    kinds |= dict.fromkeys(("Code", "RegionID", "WineryID", "Website", "Vintages"), "ignore")
    catalogue = rc.Catalogue.from_csv(path / "wines.csv", id="WineID", kinds=kinds)
    models = [rc.Popularity(), rc.ItemKNN(), rc.Hybrid()]
    return Shop("x-wines", "ratings of wines", events, catalogue, models, period="13w")


def clicks() -> Shop:
    """A month of sessions; the three parts of the example are one timeline again."""
    path = folder() / "serenade-example"
    columns = [np.concatenate(parts) for parts in zip(*map(read_sessions, sorted(path.glob("*.txt"))), strict=True)]
    events = rc.Interactions.from_arrays(*columns[:2], timestamp=columns[2], duplicates="binary")
    models = [rc.Popularity(), rc.SessionKNN(), rc.ItemKNN()]
    return Shop("serenade-example", "clicks of a web shop", events, models=models, period="1d")
