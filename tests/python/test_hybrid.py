"""New items, new users, reasons: what a Hybrid adds to its collaborative model."""

from __future__ import annotations

import pickle
import threading
from typing import Any

import numpy as np
import pytest
import recocore as rc

TYPES = ("red", "white", "rose")


def shop(seed: int = 0, users: int = 150, items: int = 60) -> tuple[dict[str, Any], dict[str, Any]]:
    """Users who like one type of wine; a third of the items nobody has."""
    random = np.random.default_rng(seed)
    kind = np.arange(items) % 3
    known = np.flatnonzero(np.arange(items) % 3 == kind)[: items * 2 // 3]
    table = {
        "item_id": [f"i{i:02}" for i in range(items)],
        "type": [TYPES[k] for k in kind],
        "price": random.integers(5, 80, items).astype(float).tolist(),
        "stock": (random.uniform(size=items) < 0.7).tolist(),
        "brand": [f"b{i % 7}" for i in range(items)],
    }
    events: dict[str, list[Any]] = {"user_id": [], "item_id": []}
    for user in range(users):
        mine = known[kind[known] == user % 3]
        for item in random.choice(mine, 6, replace=False):
            events["user_id"].append(f"u{user:03}")
            events["item_id"].append(f"i{item:02}")
        for item in random.choice(known, 2, replace=False):
            events["user_id"].append(f"u{user:03}")
            events["item_id"].append(f"i{item:02}")
    return events, table


GIVEN: dict[str, Any] = {"half_support": 5, "inheritance": 1, "likeness": 0.5}


@pytest.fixture(scope="module")
def model() -> rc.Hybrid:
    events, items = shop()
    return rc.Hybrid(**GIVEN).fit(events, items=items)


def test_what_nobody_has_is_recommended_to_those_who_like_its_kind(model):
    kind = dict(zip(*(shop()[1][name] for name in ("item_id", "type")), strict=True))
    made = model.recommend([f"u{user:03}" for user in range(30)], n=8)
    new = [(user, item) for user, item, _, _, tier in made if tier == "content"]
    assert len(new) > 30
    agreeing = [kind[item] == TYPES[int(user[1:]) % 3] for user, item in new]
    assert np.mean(agreeing) > 0.9


def test_an_item_is_recommended_once_it_is_added_and_the_model_before_is_as_it_was(model):
    before = model.recommend("u000", n=60)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.recommend("u000", n=60) == before
    copy.add_items({"item_id": "new", "type": "red", "price": 20.0, "stock": True, "brand": "b1"})
    added = copy.recommend("u000", n=10)
    assert "new" in added.item_id
    assert model.recommend("u000", n=60) == before
    # Changed, retired, back again.
    assert "new" in copy.recommend("u000", n=70, where="price < 21 and brand == 'b1'").item_id
    copy.add_items([{"item_id": "new", "price": 30.0}])
    assert "new" not in copy.recommend("u000", n=70, where="price < 21 and brand == 'b1'", on_unknown="error").item_id
    copy.retire_items("new")
    assert "new" not in copy.recommend("u000", n=70).item_id
    copy.add_items({"item_id": ["new"], "price": [10.0]})
    assert "new" in copy.recommend("u000", n=70).item_id
    assert copy.catalogue_.to_pandas().set_index("item_id").loc["new", "price"] == 10.0
    again = pickle.loads(pickle.dumps(copy))
    assert again.recommend("u000", n=70) == copy.recommend("u000", n=70)


def test_a_click_on_something_new_leads_to_its_relatives(model):
    kind = dict(zip(*(shop()[1][name] for name in ("item_id", "type")), strict=True))
    unseen = "i59"
    assert unseen not in model.interactions_.items
    made = model.recommend(history=[unseen], n=5)
    assert set(made.tier) <= {"collaborative", "content"}
    assert np.mean([kind[item] == kind[unseen] for item in made.item_id]) >= 0.8


def test_filters_come_before_the_ranking(model):
    table = shop()[1]
    allowed = {
        item
        for item, kind, price, stock in zip(*(table[c] for c in ("item_id", "type", "price", "stock")), strict=True)
        if kind != "red" and price < 50 and stock
    }
    where = "type != 'red' and price < 50 and stock"
    everything = model.recommend("u000", n=60)
    some = model.recommend("u000", n=60, where=where)
    assert set(some.item_id) <= allowed
    seen = set(model.interactions_.items_of("u000"))
    assert len(some) == len(allowed - seen)
    # The same as the full list, filtered.
    assert some.item_id.tolist() == [item for item in everything.item_id if item in allowed]
    many = model.recommend(["u000", "u001"], n=60, where=where)
    assert many.for_user("u000").item_id.tolist() == some.item_id.tolist()
    assert model.recommend(history=["i00"], n=60, where=where).score.tolist() == sorted(
        model.recommend_histories([["i00"]], n=60, where=where).score.tolist(), reverse=True
    )
    similar = model.similar_items("i00", n=60, where="brand != item.brand and type == item.type")
    brand = dict(zip(table["item_id"], table["brand"], strict=True))
    assert len(similar) > 3
    assert all(brand[item] != brand["i00"] for item in similar.item_id)
    with pytest.raises(rc.errors.InvalidParameterError, match="prize"):
        model.recommend("u000", where="prize < 3")


def test_reasons_add_up_and_what_is_taken_away_takes_its_share_along(model):
    history = model.interactions_.items_of("u004").tolist()
    made = model.recommend(history=history, n=12, explain=True)
    assert made.reasons is not None
    for row, reason in zip(made, made.reasons, strict=True):
        assert reason.item_id == row.item_id
        if row.tier == "popular":
            continue
        total = sum(share for _, share in reason.because) + reason.profile + reason.withheld
        assert total == pytest.approx(reason.score)
        assert np.float32(reason.score) == np.float32(row.score)
        gone, share = reason.because[0] if reason.because else (history[0], 0.0)
        rest = [item for item in history if item != gone]
        again = model.recommend(history=rest, n=60, candidates=[row.item_id])
        left = again.score[0] if again.tier[0] != "popular" else 0.0
        assert left == pytest.approx(reason.score - share - reason.withheld * (not reason.because), abs=1e-6)
    assert any("same type" in reason.facts for reason in made.reasons)
    assert made.reasons[0].text.startswith("because of ")
    with pytest.raises(rc.errors.InvalidParameterError, match="one user"):
        model.recommend(["u001", "u002"], explain=True)


def test_what_is_sensitive_or_hardly_supported_is_not_named():
    events, items = shop()
    events = {name: [*values, value] for (name, values), value in zip(events.items(), ("u000", "i59"), strict=True)}
    model = rc.Hybrid(**GIVEN, sensitive="type == 'white'", min_support=2).fit(events, items=items)
    kind = dict(zip(items["item_id"], items["type"], strict=True))
    withheld = 0
    for user in range(20):
        made = model.recommend(f"u{user:03}", n=10, explain=True)
        assert made.reasons is not None
        for reason in made.reasons:
            assert all(kind[item] != "white" and item != "i59" for item, _ in reason.because)
            withheld += reason.withheld > 0
    assert withheld > 10


def test_rules_move_entries_and_say_so(model):
    rules = rc.Rules(at_most={"brand": 1}, boost={"type == 'white'": 5})
    made = model.recommend("u000", n=6, rules=rules, explain=True)
    table = shop()[1]
    brand = dict(zip(table["item_id"], table["brand"], strict=True))
    assert len({brand[item] for item in made.item_id}) == len(made) == 6
    assert made.reasons is not None
    assert any(reason.moved for reason in made.reasons)
    with pytest.raises(rc.errors.InvalidParameterError, match="rules"):
        model.recommend("u000", rules={"at_most": 1})


def test_a_profile_is_enough_for_a_list():
    events, items = shop()
    users = {"user_id": ["u000", "u001", "visitor"], "type": ["red", "white", "rose"], "age": [30.0, 40.0, 50.0]}
    model = rc.Hybrid(**GIVEN).fit(events, items=items, users=users)
    kind = dict(zip(items["item_id"], items["type"], strict=True))

    def rose(user: str) -> float:
        made = model.recommend(user, n=10, explain=True)
        assert made.reasons is not None
        assert made.reasons[0].profile > 0
        return float(np.mean([kind[item] == "rose" for item in made.item_id]))

    assert rose("visitor") > 0.8
    model.add_users({"user_id": "late", "type": "rose"})
    assert rose("late") > 0.8
    segments = rc.Hybrid(**GIVEN, user_half_support=0).fit(events, items=items, users=users)
    assert (
        set(segments.recommend("visitor", n=10).tier) == {"segment"} or "popular" in segments.recommend("visitor").tier
    )
    numbers = rc.Catalogue.from_table({"user_id": ["u000"], "type": [1.5]}, id="user_id")
    with pytest.raises(rc.errors.InvalidParameterError, match="type"):
        rc.Hybrid(**GIVEN).fit(events, items=items, users=numbers)


def test_without_items_it_is_the_collaborative_model():
    events, _ = shop()
    plain = rc.ItemKNN(k=20)
    users = [f"u{user:03}" for user in range(50)]
    assert rc.Recommender is rc.Hybrid
    assert rc.Hybrid(plain).fit(events).recommend(users) == plain.fit(events).recommend(users)


def test_blending_is_learned_and_reported():
    events, items = shop(users=400)
    model = rc.Hybrid(rc.ItemKNN(k=20)).fit(events, items=items)
    assert model.inheritance_ > 0 or model.likeness_ > 0
    weights = model.column_weights_
    assert sum(weights.values()) == pytest.approx(1.0)
    assert max(weights, key=lambda name: weights[name]) == "type"
    assert "type" in model.content_report_
    assert model.collaborative_.recommend("u000", n=3).item_id.size == 3
    by_hand = rc.Hybrid(**GIVEN, column_weights={"type": 1.0}).fit(events, items=items)
    assert by_hand.column_weights_["type"] == pytest.approx(1.0)
    train, test = rc.split.new_items(rc.Interactions.from_table(events), 0.2, seed=3)
    alone = rc.evaluate(rc.ItemKNN(k=20), train, test).ndcg
    assert rc.evaluate(rc.Hybrid(**GIVEN).fit(train, items=items), train, test).ndcg > alone + 0.05


def test_lists_asked_for_while_items_are_added_see_one_model_or_the_other(model):
    copy = pickle.loads(pickle.dumps(model))
    problems: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            made = copy.recommend("u001", n=70)
            if len(set(made.item_id)) != len(made) or len(made) < 50:
                problems.append(repr(made))

    asking = threading.Thread(target=ask)
    asking.start()
    for number in range(30):
        copy.add_items({"item_id": f"n{number}", "type": "white", "price": float(number)})
    done.set()
    asking.join()
    assert not problems
    assert copy.recommend("u001", n=100).item_id.size > 80


def test_bad_input_says_what_and_leaves_the_model_as_it_was(model):
    events, items = shop()
    with pytest.raises(rc.errors.InvalidParameterError, match="half_support"):
        rc.Hybrid(half_support=-1).fit(events, items=items)
    with pytest.raises(rc.errors.InvalidParameterError, match="popularity"):
        rc.Hybrid(rc.Popularity(), **GIVEN).fit(events, items=items)
    with pytest.raises(rc.errors.InvalidParameterError, match="prize"):
        rc.Hybrid(column_weights={"prize": 1.0}).fit(events, items=items)
    with pytest.raises(rc.errors.IdTypeError):
        rc.Hybrid(**GIVEN).fit(events, items={"item_id": [1, 2], "type": ["a", "b"]})
    before = model.recommend("u000")
    with pytest.raises(rc.errors.InvalidDataError, match="grape"):
        model.add_items({"item_id": "x", "grape": "merlot"})
    with pytest.raises(rc.errors.UnknownIdError):
        model.retire_items(["nothing"])
    assert model.recommend("u000") == before
    with pytest.raises(rc.errors.NotFittedError):
        rc.Hybrid().add_items(items)


def test_a_questionnaire_and_clicks_go_together():
    events, items = shop()
    users = {"user_id": ["u000", "visitor"], "type": ["red", "rose"]}
    model = rc.Hybrid(**GIVEN).fit(events, items=items, users=users)
    kind = dict(zip(items["item_id"], items["type"], strict=True))
    clicks = [item for item in model.interactions_.items if kind[item] == "white"][:1]

    def rose(**asked: Any) -> float:
        return float(np.mean([kind[item] == "rose" for item in model.recommend(n=12, **asked).item_id]))

    assert rose(user="visitor") > rose(user="visitor", history=clicks) > rose(history=clicks)
    with pytest.raises(rc.errors.InvalidParameterError, match="both"):
        rc.ItemKNN().fit(events).recommend("u000", history=clicks)
    # Of a stranger nothing is known.
    made = model.recommend(["visitor", "nobody"], n=60, where="type == user.type")
    assert {kind[item] for item in made.for_user("visitor").item_id} == {"rose"}
    with pytest.raises(rc.errors.UnknownIdError):
        made.for_user("somebody")
    assert "nobody" not in made.user_id


def test_numbers_as_ids_and_evaluation_with_items_that_were_added():
    events = {"user_id": [0, 0, 1, 1, 2, 2], "item_id": [1, 2, 1, 2, 1, 2]}
    items = {"item_id": [0, 1, 2, 3], "size": [1.0, 2.0, 3.0, 4.0]}
    model = rc.Hybrid(**GIVEN).fit(events, items=items)
    again = pickle.loads(pickle.dumps(model))
    assert again.recommend([0, 1, 2], n=4) == model.recommend([0, 1, 2], n=4)
    model.add_items({"item_id": [-5], "size": [2.0]})
    # Behind the others in the model, and before them by id.
    test = {"user_id": [0, 0], "item_id": [-5, 3]}
    assert rc.evaluate(model, events, test, n=5).recall == 1.0


def test_rules_of_one_list_are_not_those_of_the_next(model):
    rules = rc.Rules(pins={"i07": 3}, value=0.5, value_column="price")
    made = model.recommend("u001", n=3, candidates=["i01", "i07"], rules=rules, exclude_seen=False, explain=True)
    assert sorted(made.item_id) == ["i01", "i07"]
    assert made.price is not None
    empty = model.recommend("nobody", rules=rules, explain=True, on_unknown="empty")
    assert len(empty) == 0
    assert empty.reasons == []
    assert not any(model.recommend("u001", candidates=["i07"], rules=rules).price or ())


def test_no_change_is_lost_between_threads(model):
    copy = pickle.loads(pickle.dumps(model))

    def add(part: int) -> None:
        for number in range(10):
            copy.add_items({"item_id": f"t{part}{number}", "type": "red"})

    threads = [threading.Thread(target=add, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(copy.catalogue_) == len(model.catalogue_) + 40


def test_what_is_private_is_not_told():
    events, items = shop()
    told = rc.Hybrid(**GIVEN).fit(events, items=items).recommend("u000", explain=True).reasons
    kept = (
        rc.Hybrid(**GIVEN, private_columns=["price"]).fit(events, items=items).recommend("u000", explain=True).reasons
    )
    assert told is not None
    assert kept is not None
    assert any("price" in reason.facts for reason in told)
    assert not any("price" in reason.facts for reason in kept)


def test_a_blend_refuses_what_it_cannot_keep_up_with(model):
    knn = rc.ItemKNN().fit(model.collaborative_.interactions_)
    with pytest.raises(rc.errors.InvalidParameterError, match="catalogue"):
        rc.Blend.from_fitted([knn, model])
