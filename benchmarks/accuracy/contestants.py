"""Which models run on which kind of split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import recocore as rc

from benchmarks.accuracy.data import RANKING, SESSIONS, SHOPS, Split

#: What a Blend is made of: models with the settings that searches found for each alone.
BLENDS: dict[str, dict[str, Any]] = {
    "gowalla_m1": {
        "GraphFilter": rc.GraphFilter(
            dimensions=448,
            history_exponent=0.9,
            candidate_exponent=0.1,
            low_pass_history_exponent=0.4,
            low_pass_candidate_exponent=0.4,
        ),
        "P3alpha": rc.P3alpha(),
        "UserKNN": rc.UserKNN(k=200),
        "SparseEASE": rc.SparseEASE(),
    },
    "yelp2018_m1": {
        "GraphFilter": rc.GraphFilter(dimensions=448, user_exponent=0.75, low_pass_weight=0.58, low_pass_damping=1.0),
        "RP3beta": rc.RP3beta(k=342, alpha=0.768, beta=0.418, keep="history"),
        "UserKNN": rc.UserKNN(),
        "SparseEASE": rc.SparseEASE(),
    },
    "movielens1m_m1": {
        "EASE": rc.EASE(l2=1100.0, user_exponent=0.5, count_exponent=0.5, candidate_exponent=0.1),
        # So large a weight leaves the low-pass part alone.
        "low-pass": rc.GraphFilter(
            dimensions=64,
            low_pass_weight=1000.0,
            low_pass_damping=-1.0,
            low_pass_history_exponent=0.4,
            low_pass_candidate_exponent=0.4,
        ),
        "ALS": rc.ALS(factors=128),
        "UserKNN": rc.UserKNN(amplification=3.0),
    },
    "x-wines": {"EASE": rc.EASE(), "RP3beta": rc.RP3beta(), "GraphFilter": rc.GraphFilter()},
    "online-retail": {"EASE": rc.EASE(), "ALS": rc.ALS(), "GraphFilter": rc.GraphFilter()},
}

EVERYWHERE = (*RANKING, *SESSIONS, *SHOPS)
LISTS = (*RANKING, *SHOPS)


@dataclass(frozen=True)
class Contestant:
    """A model class, and where it makes sense."""

    model: Callable[..., Any]
    splits: tuple[str, ...] = LISTS

    def make(self, settings: dict[str, Any], split: Split) -> Any:
        if self.model is not rc.Blend:
            return self.model(**settings)
        part = split.validation()
        return rc.Blend(BLENDS[split.name], validation=(part.train, part.test), **settings)

    def space(self) -> Any:
        """What is searched; of a Blend its weights, which it learns by itself."""
        return {} if self.model is rc.Blend else getattr(self.model, "search_space", dict)()


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
    "Blend": Contestant(rc.Blend),
    "SessionKNN": Contestant(rc.SessionKNN, SESSIONS),
}
