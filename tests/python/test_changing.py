"""Models that change: after any program of changes they are what a fit would give."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import numpy as np
import pytest
import recocore as rc

from tests.python.test_family import FAMILY

Row = tuple[int, int, int]

#: What is learned from interactions besides is given, so that a fit from scratch does not learn it again.
GIVEN: dict[str, dict[str, Any]] = {
    "Hybrid": {"half_support": 2.0, "inheritance": 1.0, "likeness": 0.3, "column_weights": {"size": 1.0}},
}
CATALOGUE = rc.Catalogue.from_table(
    {"item_id": list(range(9)), "size": [float(item % 4) for item in range(9)]}, kinds={"size": "number"}
)
NAMES = [*FAMILY, "Blend"]


def make(name: str) -> Any:
    if name == "Blend":
        return rc.Blend([rc.ItemKNN(k=3), rc.Popularity()], weights=[0.7, 0.3], n_jobs=1)
    return getattr(rc, name)(**{**FAMILY[name], **GIVEN.get(name, {})}, n_jobs=1)


def table(rows: list[Row]) -> dict[str, Any]:
    return {
        "user_id": [user for user, _, _ in rows],
        "item_id": [item for _, item, _ in rows],
        "when": [time * 3600 for _, _, time in rows],
    }


def fit(name: str, rows: list[Row], **options: Any) -> Any:
    inter = rc.Interactions.from_table(table(rows), timestamp="when", **options)
    more = {"items": CATALOGUE} if name in {"ContentKNN", "Hybrid"} else {}
    return make(name).fit(inter, **more)


def same(model: Any, fresh: Any) -> None:
    assert model.model_.to_bytes() == fresh.model_.to_bytes()
    assert model.interactions_ == fresh.interactions_
    assert (model.n_users_, model.n_items_) == (fresh.n_users_, fresh.n_items_)
    users = [*range(9), 99]
    assert model.recommend(users, n=4) == fresh.recommend(users, n=4)
    assert model.recommend(3, n=4) == fresh.recommend(3, n=4)
    assert model.recommend(history=[1, 2], n=4) == fresh.recommend(history=[1, 2], n=4)
    assert model.recommend_histories([[1], [2, 3]], n=4) == fresh.recommend_histories([[1], [2, 3]], n=4)


def some_rows(random: np.random.Generator, count: int) -> list[Row]:
    return [(int(random.integers(8)), int(random.integers(8)), int(random.integers(30))) for _ in range(count)]


def take(rows: list[Row], gone: list[Row]) -> list[Row]:
    left = list(rows)
    for row in gone:
        left.remove(row)
    return left


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [{"duplicates": "binary"}, {"min_items_per_user": 2}], ids=["binary", "support"])
def test_any_program_of_changes_ends_where_a_fit_does(name, options):
    for seed in range(4):
        random = np.random.default_rng(seed)
        rows = some_rows(random, 40)
        model = fit(name, rows, **options)
        for _ in range(4):
            kind = random.integers(4)
            if kind == 0:
                more = some_rows(random, 3)
                assert model.update(table(more)) is model
                rows += more
            elif kind == 1:
                gone = [rows[place] for place in random.choice(len(rows), 3, replace=False)]
                assert model.remove(table(gone)) is model
                rows = take(rows, gone)
            elif kind == 2:
                user = int(random.integers(9))
                receipt = model.forget(user)
                assert receipt.events == sum(row[0] == user for row in rows)
                assert receipt.known == (receipt.events > 0)
                rows = [row for row in rows if row[0] != user]
            else:
                time = int(random.integers(4))
                model.drop_before(datetime.fromtimestamp(time * 3600, timezone.utc))
                rows = [row for row in rows if row[2] >= time]
        same(model, fit(name, rows, **options))


@pytest.mark.parametrize("name", NAMES)
def test_a_change_is_one_version_and_pickles(name):
    rows = some_rows(np.random.default_rng(5), 30)
    model = fit(name, rows)
    assert model.version_ == 1
    model.update(table([(1, 2, 3), (1, 4, 5)]))
    assert model.version_ == 2
    again = pickle.loads(pickle.dumps(model))
    same(again, model)
    again.remove(table([(1, 2, 3), (1, 4, 5)]))
    same(again, fit(name, rows))


@pytest.mark.parametrize("name", NAMES)
def test_what_fails_changes_nothing(name):
    rows = some_rows(np.random.default_rng(6), 30)
    model = fit(name, rows)
    before = model.model_.to_bytes()
    with pytest.raises(rc.errors.InvalidDataError, match=r"(not|never) there"):
        model.remove(table([rows[0], (77, 1, 2)]))
    with pytest.raises(rc.errors.MissingColumnError, match="when"):
        model.update({"user_id": [1], "item_id": [2]})
    with pytest.raises(rc.errors.IdTypeError):
        model.update({"user_id": ["ann"], "item_id": [2], "when": [3]})
    with pytest.raises(rc.errors.IdTypeError):
        model.forget("ann")
    assert model.version_ == 1
    assert model.model_.to_bytes() == before
    model.time_limit = 1e-9
    with pytest.raises(rc.errors.DeadlineExceededError, match="as it was"):
        model.update(table([(1, 1, 1)]))
    model.time_limit = None
    assert model.version_ == 1
    same(model.update(table([(1, 1, 1)])), fit(name, [*rows, (1, 1, 1)]))


@pytest.mark.parametrize("name", NAMES)
def test_models_of_different_users_merge(name):
    rows = some_rows(np.random.default_rng(7), 40)
    ours, theirs = [row for row in rows if row[0] < 4], [row for row in rows if row[0] >= 4]
    model = fit(name, ours).merge(fit(name, theirs))
    same(model, fit(name, rows))
    with pytest.raises(rc.errors.InvalidDataError, match="both have the user 4"):
        model.merge(fit(name, theirs))
    other = "ItemKNN" if name == "Popularity" else "Popularity"
    with pytest.raises(rc.errors.InvalidParameterError, match="type"):
        model.merge(fit(other, theirs))


def test_a_merge_needs_the_same_parameters():
    rows = some_rows(np.random.default_rng(8), 40)
    model = fit("ItemKNN", [row for row in rows if row[0] < 4])
    theirs = rc.Interactions.from_table(table([row for row in rows if row[0] >= 4]), timestamp="when")
    with pytest.raises(rc.errors.InvalidParameterError, match="different configurations"):
        model.merge(rc.ItemKNN(k=7).fit(theirs))
    with pytest.raises(rc.errors.InvalidParameterError, match="different ways"):
        model.merge(fit("ItemKNN", [row for row in rows if row[0] >= 4], duplicates="binary"))
    with pytest.raises(rc.errors.InvalidParameterError, match="another model"):
        model.merge("a model")
    assert model.version_ == 1


@pytest.mark.parametrize("name", NAMES)
def test_retired_items_are_not_recommended_until_they_are_restored(name):
    model = fit(name, some_rows(np.random.default_rng(9), 60))
    assert model.retired_.tolist() == []
    model.retire([2, 5])
    assert model.retired_.tolist() == [2, 5]
    for lists in (
        model.recommend(list(range(8)), n=9, exclude_seen=False),
        model.recommend(history=[1], n=9, exclude_seen=False),
        model.recommend(3, n=9, exclude_seen=False),
    ):
        assert not {2, 5} & set(lists.item_id.tolist())
    model.update(table([(50, 2, 1)]))
    assert pickle.loads(pickle.dumps(model)).retired_.tolist() == [2, 5]
    assert 2 not in model.recommend(3, n=9, exclude_seen=False).item_id.tolist()
    model.restore(2)
    assert model.retired_.tolist() == [5]
    assert 2 in model.recommend(3, n=9, exclude_seen=False).item_id.tolist()
    with pytest.raises(rc.errors.UnknownIdError):
        model.retire(1234)


def test_a_receipt_says_what_was_erased():
    model = fit("ItemKNN", [(1, 1, 1), (1, 1, 2), (1, 2, 3), (2, 1, 4)])
    receipt = model.forget(1)
    assert (receipt.user_id, receipt.known, receipt.events, receipt.interactions) == (1, True, 3, 2)
    assert (receipt.version_before, receipt.version_after) == (1, 2)
    assert receipt.digest_before != receipt.digest_after
    assert json.loads(receipt.to_json())["events"] == 3
    nobody = model.forget(1)
    assert not nobody.known
    assert nobody.digest_before == nobody.digest_after == receipt.digest_after
    assert nobody.version_after == model.version_ == 2
    assert 1 not in model.interactions_.users


def test_the_digest_follows_events_not_their_way():
    one = fit("Popularity", [(1, 1, 1), (2, 1, 4)]).update(table([(3, 1, 1)]))
    two = fit("UserKNN", [(3, 1, 1), (2, 1, 4), (1, 1, 1), (9, 9, 9)]).remove(table([(9, 9, 9)]))
    assert one.forget(77).digest_before == two.forget(77).digest_before
    two.update(table([(1, 1, 1)]))
    assert one.forget(77).digest_before != two.forget(77).digest_before


def test_all_that_is_held_about_a_person_comes_out():
    events = {
        "user_id": ["ann", "ann", "bob"],
        "item_id": ["tea", "pot", "tea"],
        "weight": [1.0, 2.5, 1.0],
        "timestamp": ["2024-01-02", "2024-01-03T04:05:06.5Z", "2024-01-01"],
    }
    inter = rc.Interactions.from_table(events, weight="weight", timestamp="timestamp")
    items = {"item_id": ["tea", "pot"], "room": ["hall", "kitchen"]}
    users = {"user_id": ["ann", "eve"], "room": ["hall", "kitchen"], "born": ["1980-05-06", "1990-01-02"]}
    people = rc.Catalogue.from_table(users, id="user_id", kinds={"born": "date"})
    model = rc.Hybrid(half_support=1.0, inheritance=1.0, likeness=0.5).fit(inter, items=items, users=people)
    told = model.export("ann")
    assert json.loads(json.dumps(told)) == told
    assert told["known"]
    assert told["model"] == "Hybrid"
    assert told["version"] == 1
    assert sorted(told["events"], key=lambda event: event["time"]) == [
        {"item_id": "tea", "weight": 1.0, "time": "2024-01-02T00:00:00Z"},
        {"item_id": "pot", "weight": 2.5, "time": "2024-01-03T04:05:06.5Z"},
    ]
    assert told["profile"] == {"room": "hall", "born": "1980-05-06T00:00:00Z"}
    assert model.export("eve")["profile"] == {"room": "kitchen", "born": "1990-01-02T00:00:00Z"}
    assert model.forget("eve").known
    assert not model.export("eve")["known"]
    assert model.forget("ann").events == 2
    gone = model.export("ann")
    assert (gone["known"], gone["events"], gone["profile"]) == (False, [], None)
    assert b"ann" not in model.model_.to_bytes()
    assert model.version_ == 3


def test_the_columns_of_the_fit_are_remembered():
    events = {"who": [1, 1, 2], "what": [1, 2, 1], "how": ["view", "buy", "buy"], "ms": [1000, 2000, 3000]}
    inter = rc.Interactions.from_table(
        events,
        user="who",
        item="what",
        event="how",
        timestamp="ms",
        event_weights={"view": 1, "buy": 4},
        time_unit="ms",
    )
    more = {"who": [3], "what": [2], "how": ["buy"], "ms": [4000]}
    for model in (rc.ItemKNN().fit(inter), pickle.loads(pickle.dumps(rc.ItemKNN().fit(inter)))):
        model.update(more)
        told = model.export(3)
        assert told["events"] == [{"item_id": 2, "weight": 4.0, "time": "1970-01-01T00:00:04Z"}]
        model.remove(more)
        assert model.interactions_ == inter
    plain = rc.ItemKNN().fit({"user_id": [1, 1, 2], "item_id": [1, 2, 1]})
    plain.update({"user_id": [2], "item_id": [2]})
    assert plain.n_items_ == 2
    assert plain.interactions_.items_of(2).tolist() == [1, 2]


def test_matrices_and_interactions_are_events_too():
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.csr_array(np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]))
    model = rc.ItemKNN().fit(matrix)
    model.update(sparse.csr_array(np.array([[0.0, 0.0, 3.0]])))
    changed = model.interactions_.to_csr().toarray()
    assert changed[0].tolist() == [1.0, 2.0, 3.0]
    model.remove(rc.Interactions.from_arrays([0], [2], weight=[3.0]))
    assert model.interactions_.to_csr().toarray()[0].tolist() == [1.0, 2.0, 0.0]


def test_what_was_added_to_a_catalogue_stays():
    rows = some_rows(np.random.default_rng(11), 40)
    model = fit("Hybrid", rows)
    model.add_items({"item_id": [20], "size": [1.0]}).retire_items([3])
    model.update(table([(1, 8, 2)]))
    assert 20 in model.recommend(1, n=20, exclude_seen=False).item_id.tolist()
    assert 3 not in model.recommend(1, n=20, exclude_seen=False).item_id.tolist()
    assert model.recommend(1, n=5, where="size >= 1", exclude_seen=False).item_id.size == 5
    assert model.version_ == 4


def test_filters_and_rules_see_one_version():
    rows = some_rows(np.random.default_rng(12), 60)
    model = fit("ItemKNN", rows)
    rules = rc.Rules(pins={7: 1})
    for step in range(3):
        assert model.recommend(1, n=3, rules=rules, exclude_seen=False).item_id[0] == 7
        model.update(table([(step, 7, 1)]))


def test_readers_meanwhile_see_whole_versions():
    rows = some_rows(np.random.default_rng(13), 60)
    model = fit("ItemKNN", rows)
    known = {}
    for extra in range(4):
        fresh = fit("ItemKNN", rows + [(1, 7, 29)] * extra, duplicates="sum")
        known[extra] = fresh.recommend(1, n=5)
    wrong: list[Any] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            found = model.recommend(1, n=5)
            if all(found != expected for expected in known.values()):
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    change: Callable[[Any], Any]
    for _ in range(5):
        for change in (model.update, model.update, model.update, model.remove, model.remove, model.remove):
            change(table([(1, 7, 29)]))
    done.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert model.version_ == 31


def test_what_was_fitted_on_is_not_kept_alive():
    inter = rc.Interactions.from_table(table([(1, 1, 1), (1, 2, 2), (2, 1, 3), (2, 3, 4)]), timestamp="when")
    model = rc.ItemKNN().fit(inter)
    assert model.interactions_ is inter
    model.forget(2)
    assert all(value is not inter for value in model.__dict__.values())
    assert model.interactions_.users.tolist() == [1]
    assert (model.n_users_, model.n_items_) == (1, 2)


def test_models_that_are_not_fitted_say_so():
    with pytest.raises(rc.errors.NotFittedError):
        rc.ItemKNN().update({"user_id": [1], "item_id": [1]})
    with pytest.raises(rc.errors.NotFittedError):
        rc.ItemKNN().forget(1)
    with pytest.raises(AttributeError):
        rc.ItemKNN().interactions_  # noqa: B018
