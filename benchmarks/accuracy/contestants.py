"""Which models run on which kind of split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import recocore as rc

from benchmarks.accuracy.data import RANKING, SESSIONS, SHOPS

EVERYWHERE = (*RANKING, *SESSIONS, *SHOPS)
LISTS = (*RANKING, *SHOPS)


@dataclass(frozen=True)
class Contestant:
    """A model class, and where it makes sense."""

    model: Callable[..., Any]
    splits: tuple[str, ...] = LISTS

    def make(self, settings: dict[str, Any]) -> Any:
        return self.model(**settings)

    def space(self) -> Any:
        return getattr(self.model, "search_space", dict)()


CONTESTANTS: dict[str, Contestant] = {
    "Popularity": Contestant(rc.Popularity, EVERYWHERE),
    "ItemKNN": Contestant(rc.ItemKNN, EVERYWHERE),
    "UserKNN": Contestant(rc.UserKNN),
    "P3alpha": Contestant(rc.P3alpha),
    "RP3beta": Contestant(rc.RP3beta),
    "SLIM": Contestant(rc.SLIM),
    "SparseEASE": Contestant(rc.SparseEASE),
    "EASE": Contestant(rc.EASE, ("movielens1m_m1", *SHOPS)),
    "GraphFilter": Contestant(rc.GraphFilter),
    "ALS": Contestant(rc.ALS),
    "SessionKNN": Contestant(rc.SessionKNN, SESSIONS),
}
