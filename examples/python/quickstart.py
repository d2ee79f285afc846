"""From a file of purchases to recommendations, in a dozen lines."""

from __future__ import annotations

from pathlib import Path

import recocore as rc

events = Path(__file__).parent.parent / "data" / "breakfast.csv"

inter = rc.Interactions.from_csv(events, timestamp="timestamp")
print(inter.report, end="\n\n")

model = rc.ItemKNN(k=10).fit(inter)
print(model.recommend("ann", n=3), end="\n\n")  # a known customer
print(model.recommend(history=["coffee", "milk"], n=3), end="\n\n")  # a visitor
print(model.similar_items("tea", n=3))
