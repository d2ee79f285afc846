"""A model that lives: events come, one is wrong, a person goes, an item is sold out."""

from __future__ import annotations

import recocore as rc

orders = {
    "customer": ["ann", "ann", "bob", "bob", "cem", "cem", "dee", "eve"],
    "article": ["tea", "pot", "tea", "pot", "tea", "mug", "mug", "tea"],
    "date": [
        "2024-01-03",
        "2024-01-03",
        "2024-02-01",
        "2024-02-09",
        "2024-03-01",
        "2024-03-07",
        "2024-03-08",
        "2024-04-01",
    ],
}
names = {"user": "customer", "item": "article", "timestamp": "date", "duplicates": "binary"}
model = rc.ItemKNN(k=10).fit(rc.Interactions.from_table(orders, **names))
print("eve, who has tea:", model.recommend("eve", n=2).item_id.tolist())

# The day's orders, in a table like the one of the fit.
model.update({"customer": ["fay", "fay"], "article": ["mug", "tea"], "date": ["2024-04-02", "2024-04-02"]})
print("version", model.version_, "with", model.n_users_, "customers:", model.recommend("eve", n=2).item_id.tolist())

# An order was cancelled.
model.remove({"customer": ["cem"], "article": ["mug"], "date": ["2024-03-07"]})

# Somebody asks what is known of them, and then to be forgotten.
print("held of ann:", [event["item_id"] for event in model.export("ann")["events"]])
receipt = model.forget("ann")
print(f"erased {receipt.events} events; nothing is left: {not model.export('ann')['known']}")

# The pot is sold out: it counts, and is not recommended.
model.retire("pot")
print("without the pot:", model.recommend("eve", n=2).item_id.tolist())

# All of it gives just what a fit on what is left gives.
left = {
    "customer": ["bob", "bob", "cem", "dee", "eve", "fay", "fay"],
    "article": ["tea", "pot", "tea", "mug", "tea", "mug", "tea"],
    "date": ["2024-02-01", "2024-02-09", "2024-03-01", "2024-03-08", "2024-04-01", "2024-04-02", "2024-04-02"],
}
again = rc.ItemKNN(k=10).fit(rc.Interactions.from_table(left, **names))
model.restore("pot")
print("as from scratch:", model.recommend(["bob", "eve"], n=3) == again.recommend(["bob", "eve"], n=3))
