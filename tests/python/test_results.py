"""Results are columns."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import recocore as rc

COLUMNS = ["user_id", "item_id", "rank", "score", "tier"]


@pytest.fixture
def lists(model) -> rc.Recommendations:
    return model.recommend(["eve", "nobody"], n=2)


def test_columns(lists):
    assert lists.user_id.tolist() == ["eve", "eve", "nobody", "nobody"]
    assert lists.rank.tolist() == [1, 2, 1, 2]
    assert [column.dtype for column in (lists.rank, lists.score)] == [np.int32, np.float32]
    assert lists.tier.tolist() == ["collaborative", "collaborative", "popular", "popular"]
    assert all(type(item) is str for item in lists.item_id)
    assert lists.item_id is lists.item_id


def test_integer_ids(random_matrix):
    lists = rc.ItemKNN().fit(random_matrix).recommend([3, 1])
    assert lists.user_id.dtype == lists.item_id.dtype == np.int64


def test_rows(lists):
    rows = list(lists)
    assert len(rows) == len(lists) == 4
    assert rows[0] == lists[0] == lists[-4]
    assert rows[0]._fields == tuple(COLUMNS)
    assert rows[0].user_id == "eve"
    assert [type(value) for value in lists[0]] == [str, str, int, float, str]
    assert lists[1:3] == rows[1:3]
    with pytest.raises(IndexError):
        lists[4]


def test_for_user(lists, model):
    assert lists.for_user("eve") == model.recommend("eve", n=2)
    with pytest.raises(rc.errors.UnknownIdError, match="no list for the user 'bob'"):
        lists.for_user("bob")


def test_exports_agree(lists):
    expected = lists.to_dict()
    assert list(expected) == COLUMNS
    frame = lists.to_pandas()
    assert frame.to_dict("list") == expected
    assert isinstance(frame["tier"].dtype, pd.CategoricalDtype)
    polars = lists.to_polars()
    assert polars.to_dict(as_series=False) == expected
    assert polars.schema["item_id"] == pl.String
    arrow = lists.to_arrow()
    assert arrow.to_pydict() == expected
    arrow.validate(full=True)
    assert pa.table(lists) == arrow
    assert pa.RecordBatchReader.from_stream(lists).read_all() == arrow


def test_exports_outlive_the_results(model):
    arrow = pa.table(model.recommend(["eve", "dan"]))
    reader = pa.RecordBatchReader.from_stream(model.recommend("eve"))
    del model
    assert arrow.num_rows == 4
    assert reader.read_all().num_rows == 2


def test_history_has_no_user(model):
    lists = model.recommend(history=["tea"], n=2)
    assert lists.user_id.tolist() == [None, None]
    assert lists.to_dict()["user_id"] == [None, None]
    assert lists.to_arrow()["user_id"].type == pa.null()
    assert lists.to_pandas()["user_id"].isna().all()
    assert lists.to_polars()["user_id"].null_count() == 2


def test_similar_items(model):
    similar = model.similar_items("tea")
    assert list(similar.to_dict()) == ["similar_to", *COLUMNS[1:]] == similar.to_arrow().column_names
    assert similar[0].similar_to == "tea"
    assert similar.to_polars().to_dict(as_series=False) == similar.to_pandas().to_dict("list") == similar.to_dict()


def test_empty(model):
    empty = model.recommend([])
    assert len(empty) == 0
    assert list(empty) == []
    assert empty.to_pandas().columns.tolist() == COLUMNS
    assert empty.to_polars().shape == (0, 5)
    assert empty.to_arrow().num_rows == 0
    assert repr(empty).split() == COLUMNS
    assert pickle.loads(pickle.dumps(empty)) == empty


def test_repr(model, lists):
    assert repr(model.recommend("dan", n=1, on_unknown="error")).splitlines()[0].split() == COLUMNS
    assert len(repr(lists).splitlines()) == 5
    long = rc.Popularity().fit({"user_id": range(50), "item_id": range(50)}).top(40)
    assert repr(long).endswith("... and 20 more")
    assert "the first 20 of 40" in long._repr_html_()


def test_html_is_escaped():
    model = rc.Popularity().fit({"user_id": [1], "item_id": ["<script>&"]})
    html = model.top()._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;&amp;" in html


def test_one_megabyte_id():
    big = "x" * 2**20
    model = rc.ItemKNN().fit({"user_id": [big, big, "b"], "item_id": [big, "y", "y"]})
    lists = model.recommend("b", n=1)
    assert lists.item_id.tolist() == [big]
    assert lists.to_arrow()["item_id"].to_pylist() == [big]
    assert len(repr(lists)) < 300
    with pytest.raises(rc.errors.UnknownIdError) as raised:
        model.recommend("z" * 2**20, on_unknown="error")
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("copied", [lambda x: pickle.loads(pickle.dumps(x)), copy.copy, copy.deepcopy])
def test_pickle(lists, model, copied):
    for result in (
        lists,
        model.recommend(history=["tea"]),
        model.similar_items("tea"),
        model.recommend("eve"),
    ):
        again = copied(result)
        assert type(again) is type(result)
        assert again == result
        assert pa.table(again) == pa.table(result)


def test_equality(lists, model):
    assert lists == model.recommend(["eve", "nobody"], n=2)
    assert lists != model.recommend(["eve", "nobody"], n=1)
    assert lists != "lists"
    with pytest.raises(TypeError):
        hash(lists)


def test_file_that_is_not_utf8(tmp_path):
    (tmp_path / "latin.csv").write_bytes(b"user_id,item_id\n1,caf\xe9\n")
    model = rc.Popularity().fit(rc.Interactions.from_csv(tmp_path / "latin.csv"))
    assert model.top().item_id.tolist() == ["caf\udce9"]


def test_long_ids_in_messages_are_cut_between_characters_or_shown_so(model):
    with pytest.raises(rc.errors.UnknownIdError, match="unknown user 'üü"):
        model.recommend("ü" * 100, on_unknown="error")
    with pytest.raises(rc.errors.UnknownIdError, match="unknown user 'xüü"):
        model.recommend("x" + "ü" * 100, on_unknown="error")
