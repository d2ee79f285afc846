"""The benchmark of updates runs, and what it times gives the right model."""

from __future__ import annotations

import numpy as np

from benchmarks.speed.update import Shop, markdown, recocore_live

SIZE = {
    "users": 300, "items": 150, "events": 4_000, "departments": 10,
    "singles": 5, "sustained": 20, "batch": 40, "forgotten": 3, "seconds": 20,
}  # fmt: skip


def test_parts_are_disjoint():
    shop = Shop(SIZE)
    parts = [shop.matrix(name) for name in ("base", "singles", "sustained", "batch")]
    assert [part.nnz for part in parts] == [4_000, 5, 20, 40]
    assert shop.matrix("base", "singles", "sustained", "batch").nnz == 4_065
    assert np.all(sum(part.toarray() for part in parts) <= 1)


def test_recocore():
    found = recocore_live(Shop(SIZE), 1)
    assert found["equal to a fit"]
    assert found["one event, seen in a list"]["calls"] == 4
    assert found["a user forgotten"]["calls"] == 3
    made_up = {"date": "", "processor": "", "threads": 1, "versions": {}, "size": SIZE}
    text = markdown(made_up | {"found": {"recocore ItemKNN": found}})
    assert "equals that of a fit" in text
    assert "DOES NOT EQUAL" in markdown(made_up | {"found": {"recocore ItemKNN": found | {"equal to a fit": False}}})
