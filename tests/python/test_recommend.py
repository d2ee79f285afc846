"""Lists: whom for, filters, filling, the total order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import recocore as rc
from recocore.errors import (
    IdTypeError,
    InvalidDataError,
    InvalidParameterError,
    NotFittedError,
    UnknownIdError,
)


@pytest.fixture
def numbers(random_matrix) -> rc.ItemKNN:
    return rc.ItemKNN(k=5).fit(random_matrix)


def test_one_user_is_the_same_alone_and_among_many(numbers):
    together = numbers.recommend(range(80), n=7)
    assert together.user_id.tolist() == np.repeat(np.arange(80), 7).tolist()
    for user in range(80):
        assert numbers.recommend(user, n=7) == together.for_user(user)


@pytest.mark.parametrize(
    "users",
    [
        ["ann", "eve"], ("ann", "eve"), np.array(["ann", "eve"]), np.array(["ann", "eve"], dtype=object),
        pd.Series(["ann", "eve"]), pd.Series(["ann", "eve"], index=[5, 6]), pd.Index(["ann", "eve"]),
        pd.Series(["ann", "eve"], dtype="category"), pl.Series(["ann", "eve"]), pa.array(["ann", "eve"]),
        pa.chunked_array([["ann"], ["eve"]]), {"ann": 1, "eve": 2}, iter(["ann", "eve"]),
        pl.Series(["ann", "eve"], dtype=pl.Categorical),
    ],
    ids=lambda users: type(users).__module__ + "." + type(users).__name__,
)  # fmt: skip
def test_many_users_in_any_form(model, users):
    assert model.recommend(users, n=2) == model.recommend(["ann", "eve"], n=2)


@pytest.mark.parametrize(
    "users",
    [range(3), np.arange(3, dtype=np.int8), np.arange(6)[::2] // 2, pd.Series([0, 1, 2]), pl.Series([0, 1, 2]),
     np.array([0, 1, 2], dtype=">i4"), [np.int32(0), 1, np.uint8(2)]],
    ids=lambda users: type(users).__module__ + "." + type(users).__name__,
)  # fmt: skip
def test_many_integer_users_in_any_form(numbers, users):
    assert numbers.recommend(users) == numbers.recommend([0, 1, 2])


@pytest.mark.parametrize("user", [3, np.int64(3), np.uint8(3), np.int32(3)])
def test_one_integer_user(numbers, user):
    assert numbers.recommend(user) == numbers.recommend([3])


def test_a_str_is_one_id(model):
    assert model.recommend("eve").user_id.tolist() == model.recommend(np.str_("eve")).user_id.tolist() == ["eve"] * 2
    assert model.recommend(history="pot") == model.recommend(history=["pot"])


def test_nobody(model):
    nobody: object
    for nobody in ([], np.array([]), pd.Series([], dtype=object)):
        assert len(model.recommend(nobody)) == 0


def test_history_of_a_user_is_the_user(numbers, random_matrix):
    for user in range(10):
        row = random_matrix[[user]]
        visitor = numbers.recommend(history=row.indices, weights=row.data, n=9)
        mine = numbers.recommend(user, n=9)
        assert visitor.item_id.tolist() == mine.item_id.tolist()
        assert visitor.score.tolist() == mine.score.tolist()


def test_history_in_any_order_and_with_repeats(model):
    once = model.recommend(history=["tea", "pot"], n=3)
    assert model.recommend(history=["pot", "tea", "pot"], n=3) == once
    doubled = model.recommend(history=["tea", "tea"], weights=[1, 1], n=3)
    assert doubled == model.recommend(history=["tea"], weights=[2], n=3)
    assert model.recommend(history=["tea", "never seen"], n=3) == model.recommend(history=["tea"], n=3)


def test_exactly_n_whenever_n_exist(numbers, random_matrix):
    seen = np.diff(random_matrix.indptr)
    for n in (1, 5, 30, 100):
        lists = numbers.recommend(range(80), n=n)
        counts = np.bincount(lists.user_id, minlength=80)
        assert counts.tolist() == np.minimum(n, 40 - seen).tolist()


def test_filling_is_labelled_and_descends(numbers):
    lists = numbers.recommend(range(80), n=40)
    assert set(lists.tier) == {"collaborative", "popular"}
    for user in range(80):
        mine = lists.for_user(user)
        assert (np.diff(mine.score) <= 0).all()
        filled = np.flatnonzero(mine.tier == "popular")
        assert (mine.tier[filled[0] :] == "popular").all()
        assert mine.rank.tolist() == list(range(1, len(mine) + 1))
        assert len(set(mine.item_id)) == len(mine)


def test_ties_are_broken_by_the_items_own_key():
    events = {"user_id": [1, 1, 1, 1, 2], "item_id": ["d", "b", "a", "c", "d"]}
    model = rc.ItemKNN().fit(events)
    assert model.recommend(2).item_id.tolist() == ["a", "b", "c"]
    numbered = rc.ItemKNN().fit({"user_id": [1, 1, 1, 1, 2], "item_id": [9, 10, -1, 100, 9]})
    assert numbered.recommend(2).item_id.tolist() == [-1, 10, 100]


def test_exclude_seen(model):
    assert model.recommend("ann").item_id.tolist() == ["cup"]
    assert sorted(model.recommend("ann", exclude_seen=False).item_id) == ["cup", "pot", "tea"]


def test_exclude(model):
    assert "pot" not in model.recommend("eve", exclude=["pot", "not there"]).item_id
    assert model.recommend("eve", exclude={"pot", "cup"}).item_id.tolist() == []
    assert model.recommend("eve", exclude="pot").item_id.tolist() == ["cup"]


def test_candidates_come_before_the_ranking(numbers, random_matrix):
    candidates = np.arange(20, 30)
    lists = numbers.recommend(range(80), n=3, candidates=candidates)
    assert set(lists.item_id) <= set(candidates)
    free = 10 - np.diff(random_matrix[:, 20:30].tocsr().indptr)
    assert np.bincount(lists.user_id, minlength=80).tolist() == np.minimum(3, free).tolist()
    whole = numbers.recommend(4, n=40)
    kept = [item for item in whole.item_id if item in set(candidates)]
    assert numbers.recommend(4, n=40, candidates=candidates).item_id.tolist() == kept
    assert len(numbers.recommend(4, candidates=[])) == 0
    assert len(numbers.recommend(4, candidates=[999])) == 0
    assert numbers.recommend(4, candidates=[21, 22], exclude=[21]).item_id.tolist() in ([22], [])


def test_unknown_users(model):
    popular = model.recommend("nobody")
    assert popular.item_id.tolist() == ["tea", "pot", "cup"]
    assert set(popular.tier) == {"popular"}
    assert len(model.recommend("nobody", on_unknown="empty")) == 0
    with pytest.raises(UnknownIdError, match="unknown user 'nobody'") as raised:
        model.recommend("nobody", on_unknown="error")
    assert isinstance(raised.value, KeyError)
    some = model.recommend(["nobody", "eve"], n=2, on_unknown="empty")
    assert some.user_id.tolist() == ["eve", "eve"]
    with pytest.raises(UnknownIdError, match="unknown user 'nobody'"):
        model.recommend(["eve", "nobody"], on_unknown="error")


def test_unknown_history(model):
    assert set(model.recommend(history=["x", "y"]).tier) == {"popular"}
    assert len(model.recommend(history=["x"], on_unknown="empty")) == 0
    with pytest.raises(UnknownIdError, match="unknown item 'x'"):
        model.recommend(history=["tea", "x"], on_unknown="error")
    assert set(model.recommend(history=[]).tier) == {"popular"}


def test_similar_items(model):
    similar = model.similar_items("tea", n=10)
    assert similar.similar_to.tolist() == ["tea", "tea"]
    assert sorted(similar.item_id) == ["cup", "pot"]
    assert (np.diff(similar.score) <= 0).all()
    assert len(model.similar_items("tea", n=1)) == 1
    assert model.similar_items("tea", candidates=["cup"]).item_id.tolist() == ["cup"]
    assert model.similar_items("tea", exclude=["cup"]).item_id.tolist() == ["pot"]
    assert set(model.similar_items("x").tier) == {"popular"}
    assert len(model.similar_items("x", on_unknown="empty")) == 0
    with pytest.raises(UnknownIdError, match="unknown item 'x'"):
        model.similar_items("x", on_unknown="error")


@pytest.mark.parametrize("n", [0, -1, 2.5, True, None, "3"])
def test_n_is_a_count(model, n):
    with pytest.raises(InvalidParameterError, match="n must be a whole number of at least 1; got"):
        model.recommend("eve", n=n)
    with pytest.raises(InvalidParameterError, match="n must be"):
        model.similar_items("tea", n=n)


def test_a_huge_n_is_all(model):
    assert len(model.recommend("eve", n=10**30)) == 2


@pytest.mark.parametrize(
    ("user", "error", "message"),
    [
        (5, IdTypeError, "the model's user ids are text, but 5 is integer"),
        (1.5, IdTypeError, "the user id 1.5 is of the type float"),
        (True, IdTypeError, "the user id True is of the type bool"),
        (np.bool_(True), IdTypeError, "is of the type bool"),
        (np.float32(1), IdTypeError, "is of the type float32"),
        (b"eve", IdTypeError, "is of the type bytes.*decode"),
        (float("nan"), InvalidDataError, "the user id is missing"),
        ([None], InvalidDataError, "row 0: the user id is missing"),
        (["eve", pd.NA], InvalidDataError, "row 1: the user id is missing"),
        (["eve", float("nan")], InvalidDataError, "row 1: the user id is missing"),
        (["eve", 3], IdTypeError, "row 1: the user id 3 is integer, but 'eve' in row 0 is text"),
        (["eve", 2.5], IdTypeError, "row 1: the user id 2.5 is of the type float"),
        ([["eve"]], IdTypeError, "row 0: the user id .* is of the type list"),
        (np.array([1.0, np.nan]), InvalidDataError, "row 1: the user id is missing"),
        (np.array([1.0, 2.0]), IdTypeError, "array of float64"),
        (np.array([True]), IdTypeError, "array of bool"),
        (np.array([["eve"]]), InvalidDataError, "2 dimensions"),
        (2**64, IdTypeError, "does not fit a signed 64-bit integer"),
        ([2**64], IdTypeError, "does not fit a signed 64-bit integer"),
        ("\ud800", InvalidDataError, "UTF-8"),
        (object(), InvalidParameterError, "must be one id or a list"),
    ],
    ids=str,
)
def test_ids_that_are_none(model, user, error, message):
    with pytest.raises(error, match=message):
        model.recommend(user)


def test_text_where_integers_are(numbers):
    with pytest.raises(IdTypeError, match="the model's user ids are integer, but '5' is text"):
        numbers.recommend("5")
    with pytest.raises(IdTypeError, match="the model's item ids are integer, but 'a' is text"):
        numbers.recommend(5, exclude=["a"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs either a user, or several, or history=.*got neither"),
        ({"user": "eve", "history": ["tea"]}, "got both"),
        ({"user": "eve", "weights": [1.0]}, "weights belong to a history"),
        ({"history": ["tea"], "weights": [1.0, 2.0]}, "a history of 1 items needs as many weights"),
        ({"history": ["tea"], "weights": ["x"]}, "weights must be numbers"),
        ({"history": ["tea"], "weights": 3.0}, "weights must be one number for each"),
        ({"user": "eve", "on_unknown": "ignore"}, "unknown on_unknown 'ignore'; known are"),
        ({"user": "eve", "exclude_seen": "yes"}, "exclude_seen must be True or False"),
        ({"user": ["eve"], "n_jobs": 0}, "n_jobs must be"),
    ],
)
def test_arguments_that_make_no_sense(model, arguments, message):
    with pytest.raises(InvalidParameterError, match=message):
        model.recommend(**arguments)


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), 1e300])
def test_weights_of_a_history_are_finite(model, weight):
    with pytest.raises(InvalidDataError, match="weight of history item 'tea'"):
        model.recommend(history=["tea"], weights=[weight])


def test_not_fitted():
    for call in (lambda m: m.recommend("a"), lambda m: m.similar_items("a"), lambda m: m.similarity_):
        with pytest.raises(NotFittedError, match="this ItemKNN is not fitted yet; call fit first"):
            call(rc.ItemKNN())


def test_many_threads_at_once(numbers):
    expected = [numbers.recommend(user, n=15) for user in range(80)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda user: numbers.recommend(user % 80, n=15), range(800)))
    assert all(found[user] == expected[user % 80] for user in range(800))
