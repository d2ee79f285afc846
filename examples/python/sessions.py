"""What comes next in a visit, from the visits of others."""

from __future__ import annotations

import recocore as rc

visits = [
    ["tent", "mat", "stove", "gas"],
    ["boots", "socks", "boots", "wax"],
    ["tent", "stove", "gas", "pot"],
    ["mat", "tent", "lamp"],
    ["boots", "wax", "socks"],
    ["stove", "gas", "pot", "stove"],
    ["tent", "lamp", "mat", "tent"],
]
clicks = {
    "visit": [number for number, visit in enumerate(visits) for _ in visit],
    "product": [product for visit in visits for product in visit],
    "clicked": list(range(sum(map(len, visits)))),  # seconds
}
# A session is what a user is elsewhere; the order of its events needs times.
inter = rc.Interactions.from_table(
    clicks, user="visit", item="product", timestamp="clicked", time_unit="s", duplicates="binary"
)
model = rc.SessionKNN().fit(inter)

# People go back to what they looked at: what was seen may be recommended.
print(model.recommend(history=["tent", "stove"], n=4, exclude_seen=False), end="\n\n")
print(model.similar_items("boots", n=2), end="\n\n")  # what is looked at next

histories, targets = rc.split.steps(inter)
print(rc.evaluate_next(model, histories, targets, n=3))
