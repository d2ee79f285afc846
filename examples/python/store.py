"""Events in a file, a model that follows them, and a person who is forgotten by both."""

from __future__ import annotations

import tempfile
from pathlib import Path

import recocore as rc

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)

    # One shop, one file. What append returned for survives whatever happens next.
    with rc.Store(folder / "shop.db", timestamp="time", consent="may_learn") as store:
        store.append(
            {
                "user_id": ["ann", "ann", "bob", "bob", "cat", "dan", "dan"],
                "item_id": ["tea", "pot", "tea", "pot", "tea", "cup", "pot"],
                "time": [f"2024-05-{day:02}" for day in (1, 1, 2, 3, 4, 4, 5)],
                "may_learn": [True, True, True, True, True, False, False],
            }
        )
        print(f"{len(store)} events are stored, models may learn from {len(store.interactions())}")

        model = store.fit(rc.ItemKNN(k=10))
        model.save(folder / "shop.reco")

        # Later, perhaps in another process, which died in between: the file knows how far the model is.
        store.append({"user_id": "cat", "item_id": "cup", "time": "2024-05-06", "may_learn": True})
        model = rc.load(folder / "shop.reco")
        done = store.replay(model)
        print(f"{done.events_added} event was new; the model is at number {done.sequence} now")
        print(model.recommend("cat", n=1))

        # Somebody leaves: out of the store's bytes, out of the model, out of the model's file.
        receipt = store.erase("ann")
        store.replay(model)
        model.save(folder / "shop.reco")
        store.checkpoint()
        print(f"{receipt.events} events erased; in the store: {store.export('ann')}")

    for path in sorted(folder.iterdir()):
        print(f"{path.name} knows ann: {b'ann' in path.read_bytes()}")
