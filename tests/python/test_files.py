"""Models in files."""

from __future__ import annotations

import json
import math
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import recocore as rc

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "io" / "golden" / "v1"

ITEMS = {
    "item_id": ["cup", "pot", "tea", "mug", "pan"],
    "kind": ["ware", "ware", "drink", "ware", "ware"],
    "price": [4.0, 20.0, 3.0, 5.0, 30.0],
}
USERS = {"user_id": ["ann", "bob", "eve"], "kind": ["ware", "drink", "ware"]}


def table(rows=120, seed=3):
    random = np.random.default_rng(seed)
    return {
        "user_id": [f"u{u}" for u in random.integers(0, 20, rows)],
        "item_id": [f"i{i}" for i in (random.integers(0, 15, rows) * random.random(rows)).astype(int)],
        "timestamp": random.integers(1_700_000_000, 1_700_400_000, rows),
        "weight": random.integers(1, 4, rows) / 2,
    }


def interactions(seed=3):
    return rc.Interactions.from_table(table(seed=seed), timestamp="timestamp", weight="weight")


MODELS = {
    "ALS": rc.ALS(factors=4, epochs=2),
    "Blend": rc.Blend({"knn": rc.ItemKNN(k=3), "top": rc.Popularity()}, weights={"knn": 0.75, "top": 0.25}),
    "EASE": rc.EASE(l2=5.0),
    "GraphFilter": rc.GraphFilter(dimensions=3),
    "ItemKNN": rc.ItemKNN(k=7, similarity="asymmetric_cosine", alpha=0.25, weighting="tf_idf"),
    "NextBasket": rc.NextBasket(k=5),
    "P3alpha": rc.P3alpha(k=6),
    "Popularity": rc.Popularity(kind="recent", window_days=2.0),
    "RP3beta": rc.RP3beta(k=6),
    "SLIM": rc.SLIM(l1=0.01, l2=1.0),
    "SessionKNN": rc.SessionKNN(k=5),
    "SparseEASE": rc.SparseEASE(k=4, l2=5.0),
    "UserKNN": rc.UserKNN(k=5),
}
NOT_FROM_HISTORIES = {"NextBasket", "SessionKNN", "UserKNN"}


def lists(model):
    return model.recommend(model.interactions_.users, n=20)


def same_parameters(a, b):
    of_machine = {"n_jobs", "progress", "time_limit", "memory_limit"}
    mine, others = a.get_params(), b.get_params()
    return repr({k: v for k, v in mine.items() if k not in of_machine}) == repr(
        {k: v for k, v in others.items() if k not in of_machine}
    )


@pytest.mark.parametrize("name", MODELS)
def test_every_model(name, tmp_path):
    model = MODELS[name].fit(interactions())
    path = tmp_path / "model.reco"
    model.save(path)
    for mmap in (True, False):
        again = rc.load(path, mmap=mmap, verify=True)
        assert type(again) is type(model)
        assert same_parameters(again, model)
        assert again.interactions_ == model.interactions_
        assert lists(again) == lists(model)
        assert math.isnan(again.fit_seconds_)
        assert again.sequence_ == 0
        again.save(tmp_path / "again.reco")
        assert (tmp_path / "again.reco").read_bytes() == path.read_bytes()
    assert lists(pickle.loads(pickle.dumps(again))) == lists(model)


@pytest.mark.parametrize("name", MODELS)
def test_serving_only(name, tmp_path):
    model = MODELS[name].fit(interactions())
    path = tmp_path / "model.reco"
    if name in NOT_FROM_HISTORIES:
        with pytest.raises(rc.errors.InvalidParameterError, match="for serving only"):
            model.save(path, serving_only=True)
        assert not path.exists()
        return
    model.save(path, serving_only=True)
    assert not re.search(rb"u1\d", path.read_bytes())
    served = rc.load(path)
    assert type(served) is type(model)
    assert served.n_users_ == 0
    for history in (["i0"], ["i3", "i1"], []):
        assert served.recommend(history=history, n=20) == model.recommend(history=history, n=20)
    with pytest.raises(rc.errors.InvalidParameterError, match="serving"):
        served.update(table(3))
    model.save(path, serving_only=True, histories=True)
    assert lists(rc.load(path)) == lists(model)


def test_histories_belong_to_serving_only(model, tmp_path):
    with pytest.raises(rc.errors.InvalidParameterError, match="belongs to serving_only"):
        model.save(tmp_path / "m", histories=True)
    with pytest.raises(rc.errors.NotFittedError):
        rc.ItemKNN().save(tmp_path / "m")


def test_bytes_depend_on_events_alone(tmp_path):
    data = table()
    order = np.random.default_rng(1).permutation(len(data["user_id"]))
    shuffled = {name: [values[row] for row in order] for name, values in data.items()}
    for number, (events, n_jobs) in enumerate(((data, 1), (shuffled, 2))):
        made = rc.Interactions.from_table(events, timestamp="timestamp", weight="weight")
        rc.ItemKNN(k=4, n_jobs=n_jobs).fit(made).save(tmp_path / f"{number}")
    assert (tmp_path / "0").read_bytes() == (tmp_path / "1").read_bytes()


def test_popularity_with_categories(shop, tmp_path):
    items = {"item_id": ["cup", "pot", "tea"], "kind": ["ware", "ware", "drink"]}
    model = rc.Popularity(category="kind").fit(shop, items=items)
    model.save(tmp_path / "m")
    again: Any = rc.load(tmp_path / "m")
    assert again.top(category="ware") == model.top(category="ware")
    assert again.categories_.tolist() == model.categories_.tolist()


@pytest.mark.parametrize("cls", [rc.Hybrid, rc.ContentKNN])
def test_catalogues(shop, tmp_path, cls):
    model = cls().fit(shop, items=ITEMS)
    model.add_items({"item_id": ["jug"], "kind": ["ware"], "price": [9.0]})
    model.retire(["pan"])
    model.save(tmp_path / "m")
    again: Any = rc.load(tmp_path / "m")
    for history in (["tea"], ["jug", "cup"], ["mug"]):
        assert again.recommend(history=history, n=6) == model.recommend(history=history, n=6)
    assert again.recommend(history=["tea"], n=6, where="price > 8") == model.recommend(
        history=["tea"], n=6, where="price > 8"
    )
    assert "pan" not in again.recommend(history=["tea"], n=6).item_id
    assert again.interactions_ == model.interactions_
    again.add_items({"item_id": ["bowl"], "kind": ["ware"], "price": [2.0]})
    assert "bowl" in again.recommend(history=["cup"], n=8).item_id
    model.save(tmp_path / "s", serving_only=True)
    served = rc.load(tmp_path / "s")
    assert served.recommend(history=["tea"], n=6) == model.recommend(history=["tea"], n=6)


def test_hybrid_with_profiles(shop, tmp_path):
    model = rc.Hybrid(half_support=1, inheritance=1, likeness=0.5).fit(shop, items=ITEMS, users=USERS)
    model.add_users({"user_id": "new", "kind": "drink"})
    model.save(tmp_path / "m")
    again: Any = rc.load(tmp_path / "m")
    for user in ("ann", "new"):
        assert again.recommend(user, n=5) == model.recommend(user, n=5)
    assert again.column_weights_ == model.column_weights_
    assert again.content_report_ == model.content_report_
    model.save(tmp_path / "s", serving_only=True)
    assert b"ann" not in (tmp_path / "s").read_bytes()
    served = rc.load(tmp_path / "s")
    assert served.recommend(history=["tea"], n=5) == model.recommend(history=["tea"], n=5)


def test_retired_items_stay_retired(tmp_path):
    model = rc.ItemKNN().fit(interactions()).retire(["i0", "i2"])
    model.save(tmp_path / "m")
    again = rc.load(tmp_path / "m")
    assert again.retired_.tolist() == ["i0", "i2"]
    assert lists(again) == lists(model)


def test_updated_models(tmp_path):
    data = table()
    part = {name: values[:80] for name, values in data.items()}
    rest = {name: values[80:] for name, values in data.items()}
    read: dict[str, Any] = {"timestamp": "timestamp", "weight": "weight"}
    model = rc.ItemKNN(k=5).fit(rc.Interactions.from_table(part, **read))
    model.save(tmp_path / "m")
    loaded = rc.load(tmp_path / "m").update(rest)
    loaded.save(tmp_path / "updated")
    rc.ItemKNN(k=5).fit(rc.Interactions.from_table(data, **read)).save(tmp_path / "fitted")
    assert (tmp_path / "updated").read_bytes() == (tmp_path / "fitted").read_bytes()


def test_files_of_other_languages():
    classes = {
        "als": rc.ALS,
        "blend": rc.Blend,
        "content_knn": rc.ContentKNN,
        "ease": rc.EASE,
        "graph_filter": rc.GraphFilter,
        "hybrid": rc.Hybrid,
        "item_knn": rc.ItemKNN,
        "next_basket": rc.NextBasket,
        "popularity": rc.Popularity,
        "rp3beta": rc.RP3beta,
        "session_knn": rc.SessionKNN,
        "slim": rc.SLIM,
        "sparse_ease": rc.SparseEASE,
        "user_knn": rc.UserKNN,
    }
    for name, cls in classes.items():
        model = rc.load(GOLDEN / f"{name}.reco")
        assert type(model) is cls
        assert model.sequence_ == 7
        assert len(model.recommend(history=[], n=3)) == 3
        # The parameters are those of the file: a fit with them gives the same model.
        if name not in {"content_knn", "hybrid"}:
            again = cls(**model.get_params()).fit(model.interactions_)
            assert lists(again) == lists(model)
    assert rc.load(GOLDEN / "item_knn.reco").get_params()["k"] == 5
    assert rc.load(GOLDEN / "blend.reco").get_params()["models"][1].weights == [1.0, 2.0]
    assert rc.load(GOLDEN / "hybrid.reco").get_params()["collaborative"].k == 5


def test_what_cannot_be_read(model, tmp_path):
    path = tmp_path / "model.reco"
    with pytest.raises(rc.errors.FileError, match="No such file"):
        rc.load(path)
    model.save(path)
    data = path.read_bytes()
    for damaged, message in (
        (b"user_id,item_id\n", "fewer than a header"),
        (data[:-1], "cut off"),
        (data[:200] + bytes([data[200] ^ 1]) + data[201:], "checksum"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(rc.errors.InvalidDataError, match=message):
            rc.load(path)
    with pytest.raises(rc.errors.FileError, match="No such file"):
        model.save(tmp_path / "none" / "model.reco")


def test_foreign_parameters(model, tmp_path):
    from recocore import _core

    path = tmp_path / "model.reco"
    for text in (
        b"nonsense",
        b"[]",
        json.dumps({"class": "os", "parameters": {}, "fitted": {}}).encode(),
        json.dumps({"class": "Popularity", "parameters": {}, "fitted": {}}).encode(),
        json.dumps({"class": "ItemKNN", "parameters": {"none": 1}, "fitted": {}}).encode(),
        json.dumps({"class": "ItemKNN", "parameters": {"k": {"$array": 1}}, "fitted": {}}).encode(),
        b"[" * 100_000,
    ):
        _core.save_model(model.model_, os.fsencode(path), False, False, 0, text)
        with pytest.raises(rc.errors.InvalidDataError, match="parameters in the file"):
            rc.load(path)


@pytest.mark.parametrize(
    "array",
    [
        {"$array": ["a", "b"], "$type": "<U400000000"},
        {"$array": [1, 2], "$type": "V2000000000"},
        {"$array": [10**400], "$type": "<i8"},
        {"$array": [1], "$type": "i8,i8"},
        {"$array": [1], "$type": 7},
        {"$float": "1" * 5000 + "x"},
    ],
)
def test_hostile_parameters(model, tmp_path, array):
    from recocore import _core

    path = tmp_path / "model.reco"
    text = json.dumps({"class": "ItemKNN", "parameters": {"k": array, "none": 1}, "fitted": {}}).encode()
    _core.save_model(model.model_, os.fsencode(path), False, False, 0, text)
    with pytest.raises(rc.errors.InvalidDataError, match="parameters in the file"):
        rc.load(path)


def test_arrays_in_files_are_no_larger_than_their_text():
    from recocore._files import _array

    assert _array(["a", "bcd"], "<U400000000").dtype == np.dtype("<U3")
    for kind in ("V2000000000", "S2000000000", "i8,i8", "(9999,9999)i8", 7):
        with pytest.raises(ValueError, match="no arrays of the type"):
            _array([1], kind)


@pytest.mark.parametrize("nested", [False, True])
def test_events_among_parameters_are_in_no_file(tmp_path, nested):
    def events(users):
        return rc.Interactions.from_table({"user_id": users, "item_id": ["tea", "pot", "cup"] * (len(users) // 3)})

    validation = (events(["wanda", "bob", "cat"] * 2), events(["wanda", "bob", "cat"]))
    model = rc.Blend([rc.ItemKNN(), rc.Popularity()], validation=validation)
    if nested:
        model = rc.Blend([model, rc.Popularity()], weights=[2, 1])
    model.fit(events(["wanda", "bob", "cat", "bob", "cat", "bob"]))
    assert model.forget("wanda").known
    model.save(tmp_path / "model.reco")
    again: Any = rc.load(tmp_path / "model.reco")
    inner = again.models[0] if nested else again
    assert inner.validation is None
    assert lists(again) == lists(model)
    again.save(tmp_path / "again.reco")
    assert (tmp_path / "again.reco").read_bytes() == (tmp_path / "model.reco").read_bytes()
    pickled = pickle.dumps(model)
    assert lists(pickle.loads(pickled)) == lists(model)
    for data in ((tmp_path / "model.reco").read_bytes(), pickled):
        assert b"bob" in data
        assert b"wanda" not in data
    # Who pickles what is not fitted needs it.
    assert pickle.loads(pickle.dumps(rc.Blend([rc.ItemKNN()], validation=validation))).validation is not None


def test_the_number_in_a_file_is_that_of_its_events(tmp_path, monkeypatch):
    from recocore import _core

    model = rc.ItemKNN().fit(interactions())
    model.sequence_ = 5
    take = _core.live_snapshot

    def changed_meanwhile(native):
        frozen = take(native)
        if model.sequence_ == 5:
            model.update({"user_id": ["u1"], "item_id": ["i2"], "timestamp": [1_700_000_000], "weight": [1.0]})
            model.sequence_ = 6
        return frozen

    monkeypatch.setattr(_core, "live_snapshot", changed_meanwhile)
    model.save(tmp_path / "m")
    again = rc.load(tmp_path / "m")
    assert again.sequence_ == 6
    assert again.interactions_ == model.interactions_


def test_loading_starts_no_thread(tmp_path):
    rc.ItemKNN(k=5).fit(interactions()).save(tmp_path / "m")
    script = (
        "import os, sys, recocore as rc\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "model = rc.load(sys.argv[1])\n"
        "model.recommend('u1')\n"
        "assert len(os.listdir('/proc/self/task')) == before\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "m")], check=True)


def golden_models():
    """Fitted models whose parameters take all forms that a file knows."""
    shop = interactions()
    validation = interactions(4), interactions(5)
    yield "item_knn", rc.ItemKNN(k=7, weighting="tf_idf", shrinkage=2.5).fit(shop)
    yield "blend", rc.Blend([rc.ItemKNN(k=3), rc.UserKNN(k=4)], validation=validation, depth=50).fit(shop)
    kinds = {"item_id": ["i0", "i1", "i2", "i3"], "kind": ["a", "b", "b", "c"]}
    yield "popularity", rc.Popularity(kind="trending", window_days=1.5, category="kind").fit(shop, items=kinds)
    items = {"item_id": [f"i{i}" for i in range(18)], "size": list(range(18)), "kind": list("abc" * 6)}
    hybrid = rc.Hybrid(rc.RP3beta(k=9), column_weights={"kind": 0.5}, private_columns=["size"])
    yield "hybrid", hybrid.fit(shop, items=items).add_items({"item_id": ["new"], "kind": ["a"], "size": [3]})


def described(model):
    made = model.recommend(history=["i0", "i3"], n=20)
    return {
        "parameters": repr(model),
        "items": [str(item) for item in made.item_id],
        "scores": [round(float(score), 4) for score in made.score],
    }


def test_golden_files():
    """As in tests/io/golden_test.cpp; recorded with RECOCORE_RECORD_GOLDEN=tests/python/golden/v2."""
    if folder := os.environ.get("RECOCORE_RECORD_GOLDEN"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for name, model in golden_models():
            model.save(Path(folder) / f"{name}.reco")
            text = json.dumps(described(model), indent=1, ensure_ascii=False) + "\n"
            (Path(folder) / f"{name}.json").write_text(text, encoding="utf-8")
    files = sorted((ROOT / "tests" / "python" / "golden").glob("*/*.reco"))
    assert len(files) >= 4
    for path in files:
        expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        found = described(rc.load(path, verify=True))
        assert found["parameters"] == expected["parameters"]
        assert found["items"] == expected["items"]
        assert found["scores"] == pytest.approx(expected["scores"], rel=1e-3)


def test_the_documented_example():
    text = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    data = (GOLDEN / "popularity-serving.reco").read_bytes()
    rows = re.findall(r"^([0-9a-f]{4}): ((?:[0-9a-f]{2} ){16})", text, re.MULTILINE)
    assert len(rows) > 15
    for place, row in rows:
        at = int(place, 16)
        assert data[at : at + 16] == bytes.fromhex(row)
