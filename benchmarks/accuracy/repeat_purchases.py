"""Where people buy the same again: the next purchases in Online Retail, those of known articles included.

    RECOCORE_DATA=... python -m benchmarks.accuracy.repeat_purchases

The first four fifths of the events to fit, the rest to foresee; lists of 10, nothing left out. Default settings.
"""

from __future__ import annotations

import recocore as rc

from benchmarks.accuracy.data import load
from benchmarks.accuracy.report import number

MODELS: dict[str, rc._base.Recommender] = {
    "Popularity": rc.Popularity(),
    "ItemKNN": rc.ItemKNN(),
    "EASE": rc.EASE(),
    "NextBasket, `alpha=1`: the personal top": rc.NextBasket(alpha=1.0),
    "NextBasket": rc.NextBasket(),
}


def main() -> None:
    split = load("online-retail")
    assert split.test is not None
    print("| model | Recall@10 | NDCG@10 |\n|---|---|---|")
    for name, model in MODELS.items():
        found = rc.evaluate(model.fit(split.train), split.train, split.test, n=10, exclude_seen=False)
        low, high = found.interval("ndcg")
        print(f"| {name} | {number(found.recall)} | {number(found.ndcg)} [{number(low)}, {number(high)}] |", flush=True)


if __name__ == "__main__":
    main()
