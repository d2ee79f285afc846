"""Audiences, campaigns and look-alikes through the package."""

from __future__ import annotations

import csv
import gc
from collections import Counter

import numpy as np
import pytest
import recocore as rc
from recocore.audience import audience, campaign, look_alikes
from recocore.errors import (
    IdTypeError,
    InvalidParameterError,
    MemoryLimitError,
    NotFittedError,
    UnknownIdError,
)

USERS, ITEMS = 120, 30


@pytest.fixture(scope="module")
def events():
    random = np.random.default_rng(4)
    user = np.repeat(np.arange(USERS), 6)
    taste = user % 3
    item = (random.integers(0, 14, user.size) + taste * 8) % ITEMS
    return {"user_id": [f"u{u:03d}" for u in user], "item_id": [f"i{i:02d}" for i in item]}


@pytest.fixture(scope="module")
def model(events):
    return rc.ItemKNN(k=12, n_jobs=1).fit(events)


def lists(model):
    """What each user does not have, with scores, best first: without what is filled up."""
    made = model.recommend(model.interactions_.users, n=ITEMS)
    own: dict = {user: [] for user in model.interactions_.users}
    for user, item, _, score, tier in made:
        if tier == "collaborative":
            own[user].append((item, score))
    return own


def meaning(own, item, alternative):
    score = dict(own).get(item)
    if score is None:
        return None
    others = [other for name, other in own if name != item]
    bar = others[min(alternative, len(others)) - 1] if others else 0.0
    return np.float32(score / (score + bar))


@pytest.mark.parametrize("alternative", [1, 3, 10])
def test_an_audience_is_what_whole_lists_say(model, alternative):
    own = lists(model)
    for item in ("i00", "i07", "i29"):
        found = audience(model, item, n=1000, alternative=alternative)
        expected = {user: meaning(rows, item, alternative) for user, rows in own.items()}
        expected = {user: value for user, value in expected.items() if value is not None}
        assert dict(zip(found.user_id, found.meaning, strict=True)) == pytest.approx(expected, rel=1e-6)
        assert list(found.meaning) == sorted(found.meaning, reverse=True)
        for user, rank in zip(found.user_id, found.rank, strict=True):
            assert own[user][rank - 1][0] == item


def test_columns_and_ids(model, events):
    found = audience(model, "i03", n=5)
    assert found.column_names() == ("user_id", "rank", "meaning", "score", "evidence")
    assert len(found) == len(found.to_dict()["user_id"]) == len(list(found)) == 5
    assert list(found.to_pandas().columns) == list(found.column_names())
    assert "meaning" in repr(found)
    assert "<table>" in found._repr_html_()
    have = {user for user, item in zip(events["user_id"], events["item_id"], strict=True) if item == "i03"}
    assert not have & set(found.user_id)
    numbers = rc.ItemKNN().fit({"user_id": [1, 1, 2, 2, 3], "item_id": [10, 11, 10, 11, 10]})
    assert audience(numbers, 11).user_id.tolist() == [3]


def test_who_may_be_told(model):
    everybody = audience(model, "i03", n=1000).user_id.tolist()
    few = [everybody[4], everybody[2], "nobody"]
    assert audience(model, "i03", users=few).user_id.tolist() == [everybody[2], everybody[4]]
    told = {everybody[0]: 1, everybody[1]: 0, everybody[2]: 3, "nobody": 9}
    assert audience(model, "i03", n=2, already_told=told).user_id.tolist() == [everybody[1], everybody[3]]
    assert audience(model, "i03", n=1, already_told=told, max_messages=2).user_id.tolist() == everybody[:1]
    assert audience(model, "i03", n=1000, min_history=5).evidence.min() >= 5


def test_the_number_of_threads_does_not_matter(model):
    assert audience(model, "i03", n=50, n_jobs=1) == audience(model, "i03", n=50, n_jobs=3)
    assert campaign(model, items=["i01", "i02"], n_jobs=1) == campaign(model, items=["i01", "i02"], n_jobs=3)


def test_what_users_stand_up_to_is_kept_as_long_as_the_model(events):
    from recocore.audience import _bars

    gc.collect()
    before = len(_bars)
    fitted = rc.ItemKNN(k=5).fit(events)
    first = audience(fitted, "i03")
    assert len(_bars) == before + 1
    assert audience(fitted, "i03") == first
    del fitted
    gc.collect()
    assert len(_bars) == before


def test_campaign_caps(model, events):
    items = [f"i{i:02d}" for i in range(10)]
    for per_user, per_item in ((1, 4), (2, 10), (3, 1000)):
        planned = campaign(model, items=items, per_user=per_user, per_item=per_item)
        pairs = list(zip(planned.user_id, planned.item_id, strict=True))
        assert len(set(pairs)) == len(pairs) > 0
        assert max(Counter(planned.user_id).values()) <= per_user
        assert max(Counter(planned.item_id).values()) <= per_item
        assert not set(pairs) & set(zip(events["user_id"], events["item_id"], strict=True))
        assert planned.total == pytest.approx(planned.meaning.sum(dtype=np.float64))
        assert 0 <= planned.gap <= 0.005
        whole = {(user, item): value for item in items for user, _, value, *_ in audience(model, item, n=1000)}
        assert all(whole[pair] == value for pair, value in zip(pairs, planned.meaning.tolist(), strict=True))
    users = ["u001", "u002", "nobody"]
    assert set(campaign(model, items=items, users=users).user_id) <= set(users)


def test_campaign_counts_what_was_told(model):
    items = [f"i{i:02d}" for i in range(10)]
    told = {f"u{u:03d}": 1 for u in range(0, USERS, 2)}
    planned = campaign(model, items=items, per_user=2, already_told=told)
    now = Counter(planned.user_id)
    assert all(count <= (1 if user in told else 2) for user, count in now.items())
    assert max(now.values()) == 2


def test_campaign_csv(model, tmp_path):
    planned = campaign(model, items=["i01", "i02"], per_item=5)
    path = planned.to_csv(tmp_path / "mail.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["user_id", "item_id", "meaning", "score", "rank", "evidence"]
    assert [row["user_id"] for row in rows] == planned.user_id.tolist()
    assert [np.float32(row["meaning"]) for row in rows] == planned.meaning.tolist()
    assert list(tmp_path.iterdir()) == [path]  # nothing beside it
    path.write_text("old")
    planned.to_csv(path)
    assert path.read_text().startswith("user_id,item_id,")
    with pytest.raises(OSError, match="no-such-folder"):
        planned.to_csv(tmp_path / "no-such-folder" / "mail.csv")


def test_look_alikes_find_the_same_taste(model, events):
    seeds = [f"u{u:03d}" for u in range(0, 90, 3)]
    found = look_alikes(model, seeds, n=10)
    assert not set(found.user_id) & set(seeds)
    assert sum(int(user[1:]) % 3 == 0 for user in found.user_id) >= 8
    assert list(found.score) == sorted(found.score, reverse=True)
    assert found.recall is not None
    assert found.recall.hidden == 6
    assert found.recall.candidates == USERS - 24
    assert found.recall.lift(5) > 1.5
    assert "hidden" in repr(found.recall)
    same = look_alikes(rc.Interactions.from_table(events), seeds, n=10, hidden=None)
    assert same == found
    assert same.recall is None
    assert look_alikes(model, seeds, candidates=["u091", "u093"]).user_id.tolist() == ["u093"]


def test_errors(model, events):
    with pytest.raises(NotFittedError):
        audience(rc.ItemKNN(), "i03")
    with pytest.raises(UnknownIdError, match="unknown item 'nothing'"):
        audience(model, "nothing")
    with pytest.raises(IdTypeError):
        audience(model, 3)
    with pytest.raises(InvalidParameterError, match="where looks at columns of users"):
        audience(model, "i03", where="age > 30")
    with pytest.raises(InvalidParameterError, match="alternative"):
        audience(model, "i03", alternative=0)
    with pytest.raises(InvalidParameterError, match="already_told"):
        audience(model, "i03", already_told=["u001"])  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterError, match="tolerance"):
        campaign(model, items=["i03"], tolerance=0.0)
    with pytest.raises(UnknownIdError):
        campaign(model, items=["i03", "nothing"])
    with pytest.raises(UnknownIdError, match="unknown user 'nobody'"):
        look_alikes(model, ["u001", "nobody"])
    with pytest.raises(InvalidParameterError, match="at least one user"):
        look_alikes(model, [])
    small = rc.ItemKNN(k=5).fit(events)
    small.memory_limit = 10
    with pytest.raises(MemoryLimitError):
        campaign(small, items=["i03"])


def test_a_new_item_and_columns_of_users(events):
    items = sorted(set(events["item_id"]))
    users = sorted(set(events["user_id"]))
    kinds = {item: f"k{int(item[1:]) // 10}" for item in items}
    likes = {user: f"k{int(user[1:]) % 3}" for user in users}
    hybrid = rc.Hybrid(n_jobs=1).fit(
        events,
        items={"item_id": items, "kind": list(kinds.values())},
        users={"user_id": users, "kind": list(likes.values())},
    )
    hybrid.add_items({"item_id": ["new"], "kind": ["k1"]})
    everybody = audience(hybrid, "new", n=1000)
    assert len(everybody) > 10
    some = audience(hybrid, "new", n=1000, where="kind == 'k1'")
    assert some.user_id.tolist() == [user for user in everybody.user_id if likes[user] == "k1"]
    planned = campaign(hybrid, items=["new", *items[:3]], where="kind == 'k2'")
    assert {likes[user] for user in planned.user_id} == {"k2"}
    alike = look_alikes(hybrid, users[:30:3], n=50, where="kind != 'k0'", hidden=None)
    assert "k0" not in {likes[user] for user in alike.user_id}
    hybrid.retire_items(["new"])
    with pytest.raises(InvalidParameterError, match="is retired"):
        audience(hybrid, "new")
