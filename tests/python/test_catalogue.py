"""Catalogues: the routes tables come by, what kinds are inferred, changes, errors."""

from __future__ import annotations

import copy
import pickle
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import recocore as rc
from recocore.catalogue import as_catalogue

TABLE: dict[str, Any] = {
    "item_id": [30, 10, 20, 40],
    "type": ["red", "white", "red", None],
    "grapes": [["merlot", "malbec"], [], None, ["merlot"]],
    "price": [12.5, None, 7.0, 30.0],
    "bedrooms": [2, 3, 2, 1],
    "region_id": [7, 7, 9, 7],
    "in_stock": [True, False, None, True],
    "title": ["Vino Tinto", "Weißwein", "Rosso", "葡萄酒"],
    "listed": [datetime(2021, 12, 31, 23, 59), datetime(2020, 1, 1), None, datetime(2021, 1, 1)],
    "latitude": [47.05, None, -33.5, 0.0],
    "longitude": [8.25, None, 151.0, 0.0],
    "vector": [[0.5, 1.0], [1.5, -2.0], None, [0.0, 0.25]],
}

KINDS = {
    "location": "point",
    "type": "category",
    "grapes": "labels",
    "price": "number",
    "bedrooms": "number",
    "region_id": "category",
    "in_stock": "flag",
    "title": "text",
    "listed": "date",
    "vector": "embedding",
}


def rows_of(catalogue: rc.Catalogue) -> list[dict]:
    """The rows in plain Python, with None for what is missing."""

    def plain(value: object) -> object:
        if isinstance(value, np.ndarray):
            return value.tolist()
        if isinstance(value, (list, tuple)):
            return value
        return None if value is None or value != value else value  # noqa: PLR0124

    frame = catalogue.to_pandas()
    return [{name: plain(frame[name][row]) for name in frame.columns} for row in range(len(frame))]


@pytest.fixture
def catalogue() -> rc.Catalogue:
    return rc.Catalogue.from_table(TABLE)


def test_rows_come_out_by_id_with_their_values(catalogue):
    assert catalogue.ids.tolist() == [10, 20, 30, 40]
    assert catalogue.kinds == KINDS
    assert catalogue.columns == list(KINDS)
    assert len(catalogue) == 4
    rows = rows_of(catalogue)
    assert rows[2] == {
        "item_id": 30,
        "location": (47.05, 8.25),
        "type": "red",
        "grapes": ["malbec", "merlot"],
        "price": 12.5,
        "bedrooms": 2.0,
        "region_id": 7,
        "in_stock": True,
        "title": "Vino Tinto",
        "listed": pd.Timestamp("2021-12-31 23:59"),
        "vector": [0.5, 1.0],
    }
    assert rows[0]["grapes"] is None
    assert rows[0]["location"] is None
    assert rows[1]["vector"] is None
    assert rows[1]["in_stock"] is None
    assert rows[3]["type"] is None


def arrow_table() -> pa.Table:
    return pa.table(TABLE)


def every_layout() -> pa.Table:
    """The same in other layouts of Arrow."""
    table = arrow_table()
    kinds = {
        "type": pa.dictionary(pa.int8(), pa.string()),
        "grapes": pa.large_list(pa.string_view()),
        "price": pa.float32(),
        "bedrooms": pa.uint16(),
        "region_id": pa.int8(),
        "title": pa.large_string(),
        "listed": pa.timestamp("ns", "UTC"),
        "vector": pa.list_(pa.float32(), 2),
    }
    columns = {name: table[name].cast(kinds.get(name, table[name].type)) for name in table.column_names}
    return pa.table(columns)


def chunked() -> pa.Table:
    table = every_layout()
    padded = pa.concat_tables([table.slice(0, 1), table]).combine_chunks().slice(1)
    return pa.concat_tables([padded.slice(0, 2), padded.slice(2, 0), padded.slice(2)])


def batch_with_an_offset() -> pa.RecordBatch:
    table = arrow_table()
    padded = pa.concat_tables([table.slice(0, 1), table]).combine_chunks()
    arrays = [padded[name].combine_chunks() for name in padded.column_names]
    arrays = [array.chunk(0) if isinstance(array, pa.ChunkedArray) else array for array in arrays]
    return pa.RecordBatch.from_struct_array(pa.StructArray.from_arrays(arrays, padded.column_names).slice(1))


def object_frame() -> pd.DataFrame:
    """Of objects that pyarrow cannot make a column of."""
    frame = pd.DataFrame(TABLE)
    frame["price"] = pd.Series([Decimal("12.5"), None, 7.0, 30], dtype=object)
    return frame


def list_of_dicts() -> list[dict]:
    rows = [{name: list(values)[row] for name, values in TABLE.items()} for row in range(4)]
    return [{name: value for name, value in row.items() if value is not None or name == "type"} for row in rows]


def arrays() -> dict[str, Any]:
    table: dict[str, Any] = dict(TABLE)
    table["price"] = np.array([12.5, np.nan, 7.0, 30.0], dtype=np.float32)
    table["bedrooms"] = np.array([2, 3, 2, 1], dtype=np.uint8)
    table["listed"] = np.array(TABLE["listed"], dtype="datetime64[ns]")
    table["type"] = pd.Categorical(TABLE["type"])
    table["grapes"] = [{"merlot", "malbec"}, (), None, np.array(["merlot"])]
    table["vector"] = [np.array([0.5, 1.0]), np.array([1.5, -2.0], dtype=np.float32), None, (0, 0.25)]
    return table


@pytest.mark.parametrize(
    "make",
    [arrow_table, every_layout, chunked, batch_with_an_offset, list_of_dicts, arrays, object_frame,
     lambda: pd.DataFrame(TABLE), lambda: pl.DataFrame(TABLE), lambda: pl.DataFrame(TABLE).lazy(),
     lambda: pd.DataFrame(TABLE).set_index("item_id"), lambda: pd.DataFrame(TABLE).iloc[::-1]],
)  # fmt: skip
def test_every_route_gives_the_same_catalogue(make, catalogue):
    other = rc.Catalogue.from_table(make())
    assert other.kinds == catalogue.kinds
    assert rows_of(other) == rows_of(catalogue)


def test_a_file_gives_the_same_catalogue(tmp_path, catalogue):
    path = tmp_path / "items.csv"
    pd.DataFrame(TABLE).to_csv(path, index=False)
    read = rc.Catalogue.from_csv(path)
    assert read.kinds == catalogue.kinds
    assert rows_of(read) == rows_of(catalogue)
    pd.DataFrame(TABLE).to_csv(tmp_path / "items.tsv", index=False, sep="\t")
    assert rows_of(rc.Catalogue.from_csv(tmp_path / "items.tsv")) == rows_of(catalogue)
    pd.DataFrame(TABLE).to_csv(path, index=False, sep=";")
    assert rows_of(rc.Catalogue.from_csv(str(path), delimiter=";")) == rows_of(catalogue)


def test_named_arrays():
    table = np.array([(2, "a"), (1, "b")], dtype=[("item_id", "i4"), ("name", "U3")])
    assert rows_of(rc.Catalogue.from_table(table)) == [{"item_id": 1, "name": "b"}, {"item_id": 2, "name": "a"}]


def inferred(values: list, name: str = "x") -> str:
    return rc.Catalogue.from_table({"item_id": list(range(len(values))), name: values}).kinds[name]


def test_what_text_is():
    assert inferred(["a", "b", "a"]) == "category"
    assert inferred(["a", "b", "c"]) == "text"
    # From 30 rows on a value must occur twice on average.
    assert inferred([f"t{row // 2}" for row in range(40)]) == "category"
    assert inferred([f"t{row // 2}" if row < 38 else f"t{row}" for row in range(40)]) == "text"
    assert inferred(["['a', 'b']", "[]", None]) == "labels"
    assert inferred(['["a\\u00fc", "b"]', '["c"]']) == "labels"
    assert inferred(["[1, 2]", "[3]"]) == "labels"
    assert inferred(["[0.5, 2]", "[3, 4.0]"]) == "embedding"
    assert inferred(["[a, b", "['c']", "d"]) == "text"
    assert inferred(["2021-12-31", "2020-01-01T10:00:00Z"]) == "date"
    assert inferred([None, None]) == "category"


def test_what_numbers_are():
    assert inferred([1, 2, 1]) == "number"
    assert inferred([1.0, 2.5, None]) == "number"
    for name in ["id", "region_id", "RegionID", "wineryId", "code", "Code", "post-code"]:
        assert inferred([1, 2, 1], name) == "category", name
    for name in ["paid", "bid", "grid", "encode", "idle"]:
        assert inferred([1, 2, 1], name) == "number", name
    assert inferred([1.5, 2.0, 1.0], "region_id") == "number"
    assert inferred([[1, 2], [3]]) == "labels"
    assert inferred([[1.0, 2.0], [3.0, 4.0]]) == "embedding"
    assert inferred([date(2021, 1, 1), None]) == "date"
    assert inferred([np.datetime64("2021-01-01"), np.datetime64("NaT")]) == "date"
    assert inferred([True, None]) == "flag"


def test_elements_of_lists_written_as_text():
    texts = [
        "['a', \"it's\", 'don\\'t', 7, None, 2.5, True]",
        '["\\u00fc\\ud83c\\udf77", "x"]',
        "['a',]",
        "['a', 'a']",
    ]
    catalogue = rc.Catalogue.from_table({"item_id": range(4), "x": texts})
    assert catalogue.to_pandas()["x"].tolist() == [
        sorted(["a", "it's", "don't", "7", "2.5", "True"]),
        ["x", "ü🍷"],
        ["a"],
        ["a"],
    ]


def test_kinds_can_be_given():
    table = {
        "item_id": [1, 2, 3],
        "x": ["7", "8", "7"],
        "tags": ["a|b,c", "b", None],
        "lat": [1, 2, 3],
        "at": [9, 8, 7],
    }
    kinds = {"x": "number", "tags": "labels", "lat": "ignore", "at": "date"}
    catalogue = rc.Catalogue.from_table(table, kinds=kinds)
    assert catalogue.kinds == {"x": "number", "tags": "labels", "at": "date"}
    assert catalogue.to_pandas()["tags"].tolist() == [["a", "b,c"], ["b"], None]
    assert catalogue.to_pandas()["at"][0] == pd.Timestamp("1970-01-01 00:00:09")
    assert rc.Catalogue.from_table(table, kinds={"x": "text"}).kinds["x"] == "text"
    assert rc.Catalogue.from_table(table, kinds={"x": "category"}).to_pandas()["x"].tolist() == ["7", "8", "7"]


def test_points():
    table = {"item_id": [1, 2], "a": [47.0, 1.0], "b": [8.0, 2.0], "c": ["47.5, 8.5", None], "d": [[1.0, 2.0], None]}
    catalogue = rc.Catalogue.from_table(table, kinds={"place": ("a", "b"), "c": "point", "d": "point"})
    assert catalogue.kinds == {"place": "point", "c": "point", "d": "point"}
    assert rows_of(catalogue)[0] == {"item_id": 1, "place": (47.0, 8.0), "c": (47.5, 8.5), "d": (1.0, 2.0)}
    for latitude, longitude in [("lat", "lon"), ("Lat", "Lng"), ("LATITUDE", "LONGITUDE")]:
        found = rc.Catalogue.from_table({"item_id": [1], latitude: [47.0], longitude: [8.0]})
        assert found.kinds == {"location": "point"}
    kept = rc.Catalogue.from_table({"item_id": [1], "lat": [47.0], "lon": [8.0]}, kinds={"lat": "number"})
    assert kept.kinds == {"lat": "number", "lon": "number"}


def test_a_file_of_text_says_what_its_numbers_are(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text(
        "item_id,n,post_code,code,flag,postal,gap\n7,1.5,08001,12,TRUE,08001,nan\n8,NaN,12345,13,false,12345,3\n",
        encoding="utf-8",
    )
    catalogue = rc.Catalogue.from_csv(path)
    assert catalogue.kinds == {
        "n": "number", "post_code": "text", "code": "category", "flag": "flag", "postal": "text", "gap": "number",
    }  # fmt: skip
    assert rows_of(catalogue)[0] == {
        "item_id": 7, "n": 1.5, "post_code": "08001", "code": 12, "flag": True, "postal": "08001", "gap": None,
    }  # fmt: skip


def test_changes_give_new_catalogues(catalogue):
    changed = catalogue.add({"item_id": [20, 50, 35], "price": [8.5, 9.0, None], "type": ["rosé", "red", "red"]})
    assert len(catalogue) == 4
    assert changed.ids.tolist() == [10, 20, 30, 40, 35, 50]
    before = {row["item_id"]: row for row in rows_of(catalogue)}
    after = {row["item_id"]: row for row in rows_of(changed)}
    assert after[20] == {**before[20], "price": 8.5, "type": "rosé"}
    assert after[50]["title"] is None
    assert after[50]["price"] == 9.0
    assert all(after[item] == before[item] for item in [10, 30, 40])
    one = changed.add({"item_id": 60, "grapes": ["gamay"], "latitude": 1.0, "longitude": 2.0})
    assert rows_of(one)[-1]["grapes"] == ["gamay"]
    assert rows_of(one)[-1]["location"] == (1.0, 2.0)


def test_what_is_added_is_read_as_the_kinds_there_are():
    catalogue = rc.Catalogue.from_table(
        {
            "item_id": [1, 2, 3],
            "type": ["a", "b", "a"],
            "place": [1.0, 2.0, 3.0],
            "far": [1.0, 2.0, 3.0],
            "x": [1, 2, 3],
        },
        kinds={"spot": ("place", "far"), "x": "ignore"},
    )
    # By itself the type would be text.
    changed = catalogue.add([{"item_id": 4, "type": "new", "place": 5.0, "far": 6.0, "x": "y"}, {"item_id": 5}])
    assert changed.kinds == {"spot": "point", "type": "category"}
    assert rows_of(changed)[3] == {"item_id": 4, "spot": (5.0, 6.0), "type": "new"}
    assert rows_of(changed)[4] == {"item_id": 5, "spot": None, "type": None}
    assert len(catalogue.add({"item_id": [9], "type": ["b"]})) == 4


def test_retired_rows_stay_known(catalogue):
    retired = catalogue.retire([10, 40])
    assert retired.retired.tolist() == [10, 40]
    assert catalogue.retired.tolist() == []
    assert retired.ids.tolist() == [10, 20, 30, 40]
    assert retired.to_pandas()["item_id"].tolist() == [20, 30]
    assert retired.retire(20).retired.tolist() == [10, 20, 40]
    assert retired.add({"item_id": [10]}).retired.tolist() == [40]
    with pytest.raises(rc.errors.UnknownIdError, match="there is no row with the id 99 among the 4"):
        catalogue.retire([99])
    with pytest.raises(rc.errors.IdTypeError, match="ids of the catalogue are integer"):
        catalogue.retire("10")


def test_copies_and_pickles(catalogue):
    changed = catalogue.add({"item_id": [5], "type": ["x"]}).retire([5])
    again = pickle.loads(pickle.dumps(changed))
    assert rows_of(again) == rows_of(changed)
    assert again.retired.tolist() == [5]
    assert again.kinds == changed.kinds
    assert len(again.add({"item_id": [6]})) == 6
    assert copy.deepcopy(changed) is changed
    with pytest.raises(rc.errors.InvalidDataError):
        rc._core.Catalogue.from_bytes(changed._core.to_bytes()[:-1])


def test_what_models_accept(tmp_path, catalogue):
    assert as_catalogue(catalogue) is catalogue
    assert rows_of(as_catalogue(TABLE)) == rows_of(catalogue)
    users = {"user_id": ["ann", "bob"], "age": [30, 40]}
    assert as_catalogue(users, id="user_id").ids.tolist() == ["ann", "bob"]
    pd.DataFrame(users).to_csv(tmp_path / "users.csv", index=False)
    assert as_catalogue(tmp_path / "users.csv", id="user_id").ids.tolist() == ["ann", "bob"]


def test_how_it_shows(catalogue):
    assert repr(catalogue.retire([10])).startswith("<Catalogue: 4 rows, 1 retired; location: point, type: category")
    html = catalogue._repr_html_()
    assert "<td>grapes</td><td>labels</td><td>50.0%</td><td>malbec, merlot · merlot</td>" in html
    empty = rc.Catalogue.from_table({"item_id": []})
    assert repr(empty) == "<Catalogue: 0 rows; no columns>"
    assert "<table>" in empty._repr_html_()
    assert "&lt;b&gt;" in rc.Catalogue.from_table({"item_id": [1], "x": ["<b>"]})._repr_html_()


@pytest.mark.parametrize(
    ("table", "kinds", "error", "message"),
    [
        ({"item": [1]}, None, "MissingColumnError", "there is no column 'item_id'; did you mean 'item'"),
        ({"item_id": [1], "x": [1]}, {"y": "number"}, "MissingColumnError", "there is no column 'y'"),
        ({"item_id": [1], "x": [1]}, {"y": "ignore"}, "MissingColumnError", "there is no column 'y'"),
        ({"item_id": [1], "x": [1]}, {"p": ("x", "y")}, "MissingColumnError", "there is no column 'y'"),
        ({"item_id": [1], "x": [1]}, {"x": "colour"}, "InvalidParameterError", "unknown kind of column 'colour'"),
        ({"item_id": [1], "x": [1]}, {"x": 7}, "InvalidParameterError", "the kind of 'x' must be a str"),
        ({"item_id": [1], "x": [1]}, ["x"], "InvalidParameterError", "kinds must say what columns are"),
        ({"item_id": [1, None]}, None, "InvalidDataError", "row 1, column 'item_id': the id is missing"),
        ({"item_id": ["a", "b", "a"]}, None, "InvalidDataError", "rows 0 and 2 both have the id 'a'"),
        ({"item_id": [1.5]}, None, "IdTypeError", "has 1.5 in row 0, which is a number, but an id is"),
        ({"item_id": [1, "a"]}, None, "InvalidDataError", "row 1, column 'item_id': the value is text, but before it"),
        ({"item_id": [1, 2], "x": [1]}, None, "InvalidDataError", "the column 'x' has 1 rows, but 'item_id' has 2"),
        ({"item_id": [7, 8], "x": ["1", "a"]}, {"x": "number"}, "InvalidDataError",
         "row 1 \\(id 8\\), column 'x': 'a' is not a number; mend it, or read the column as another"),
        ({"item_id": [7], "x": ["maybe"]}, {"x": "flag"}, "InvalidDataError", "'maybe' is not yes or no"),
        ({"item_id": [7], "x": ["today"]}, {"x": "date"}, "InvalidDataError", "'today' is not a date"),
        ({"item_id": [7], "x": ["here"]}, {"x": "point"}, "InvalidDataError", "'here' is not a list of numbers"),
        ({"item_id": [7], "x": [[1.0]]}, {"x": "point"}, "InvalidDataError", "a list of 1 is not a point"),
        ({"item_id": [7], "x": [[1.0]]}, {"x": "category"}, "InvalidDataError", "not a whole number or text"),
        ({"item_id": [7], "x": [1.5]}, {"x": "category"}, "InvalidDataError", "1.5 is not a whole number or text"),
        ({"item_id": [7, 8], "x": [[1.0], [1.0, 2.0]]}, None, "InvalidDataError",
         "row 1 \\(id 8\\), column 'x': the vector has 2 values, but that of row 0 has 1"),
        ({"item_id": [7], "x": [[1.0, None]]}, None, "InvalidDataError", "value 1 of the vector is missing"),
        ({"item_id": [7], "x": [None]}, {"x": "embedding"}, "InvalidDataError", "has no vector in any row"),
        ({"item_id": [7], "x": [float("inf")]}, None, "InvalidDataError", "row 0 \\(id 7\\), column 'x': the"),
        ({"item_id": [7], "lat": [91.0], "lon": [0.0]}, None, "InvalidDataError", "is no place on earth"),
        ({"item_id": [7, 8], "x": [1, "a"]}, None, "InvalidDataError", "row 1, column 'x': the value is text"),
        ({"item_id": [7], "x": [[[1]]]}, None, "InvalidDataError", "lists within lists"),
        ({"item_id": [7], "x": [object()]}, None, "InvalidDataError", "row 0, column 'x': a value of the type object"),
        ({"item_id": [7], "x": "a"}, None, "InvalidDataError", "the column 'x' is a str; give one value a row"),
        ({"item_id": [7], 3: [1]}, None, "InvalidDataError", "a column of the table is called 3"),
        ([1, 2], None, "InvalidParameterError", "row 0 is a int; a list of rows is a list of dicts"),
        (7, None, "InvalidParameterError", "cannot read a table from an object of the type int"),
        ("items.csv", None, "InvalidParameterError", "read a file with Catalogue.from_csv"),
        (pa.table({"item_id": [1], "x": pa.array([b"a"])}), None, "InvalidDataError", "values of the type bytes"),
    ],
)  # fmt: skip
def test_errors(table, kinds, error, message):
    with pytest.raises(getattr(rc.errors, error), match=message):
        rc.Catalogue.from_table(table, kinds=kinds)


def test_errors_of_changes(catalogue):
    with pytest.raises(rc.errors.InvalidDataError, match="the catalogue has no column 'colour'; its columns are"):
        catalogue.add({"item_id": [1], "colour": ["red"]})
    with pytest.raises(rc.errors.InvalidDataError, match="row 0 \\(id 1\\), column 'price': 'cheap' is not a number"):
        catalogue.add({"item_id": [1], "price": ["cheap"]})
    with pytest.raises(rc.errors.InvalidDataError, match="vectors of 3 dimensions, but those of the catalogue have 2"):
        catalogue.add({"item_id": [1], "vector": [[1.0, 2.0, 3.0]]})
    with pytest.raises(rc.errors.IdTypeError, match="the ids of the table are integer"):
        catalogue.add({"item_id": ["one"]})
    with pytest.raises(TypeError, match="use Catalogue"):
        rc.Catalogue()


def test_errors_of_files(tmp_path):
    with pytest.raises(rc.errors.FileError, match="cannot be opened"):
        rc.Catalogue.from_csv(tmp_path / "none.csv")
    path = tmp_path / "items.csv"
    path.write_bytes(b"")
    with pytest.raises(rc.errors.InvalidDataError, match="is empty; it needs a header line"):
        rc.Catalogue.from_csv(path)
    path.write_bytes(b"item_id,x\n1,2\n3\n")
    with pytest.raises(rc.errors.InvalidDataError, match="line 3: there are 1 fields, but the header has 2"):
        rc.Catalogue.from_csv(path)
    path.write_bytes("item_id,x\n1,für\n".encode("latin-1"))
    with pytest.raises(rc.errors.InvalidDataError, match="row 0 \\(id 1\\), column 'x': the text is not UTF-8"):
        rc.Catalogue.from_csv(path)
    path.write_bytes(b"item_id,x\n1,2\n,3\n")
    with pytest.raises(rc.errors.InvalidDataError, match="row 1, column 'item_id': the id is missing"):
        rc.Catalogue.from_csv(path)


def test_times_have_their_zone():
    table = {"item_id": [1], "x": [datetime(2021, 1, 1, 12, tzinfo=timezone.utc)], "y": ["2021-01-01T12:00:00+02:00"]}
    frame = rc.Catalogue.from_table(table).to_pandas()
    assert frame["x"][0] == pd.Timestamp("2021-01-01 12:00")
    assert frame["y"][0] == pd.Timestamp("2021-01-01 10:00")


def test_vectors_as_one_array():
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    catalogue = rc.Catalogue.from_table({"item_id": ["c", "a", "b"], "vector": vectors})
    assert catalogue.kinds == {"vector": "embedding"}
    assert [row.tolist() for row in catalogue.to_pandas()["vector"]] == [[2.0, 3.0], [4.0, 5.0], [0.0, 1.0]]


def test_real_wines(real_data):
    path = real_data / "x-wines" / "wines.csv"
    wines = rc.Catalogue.from_csv(path, id="WineID", kinds={"Vintages": "labels"})
    assert len(wines) == 1007
    kinds = wines.kinds
    assert kinds["Grapes"] == kinds["Harmonize"] == kinds["Vintages"] == "labels"
    assert kinds["ABV"] == "number"
    assert kinds["WineName"] == "text"
    assert all(kinds[name] == "category" for name in ["Type", "Body", "Acidity", "Country", "RegionID", "WineryID"])
    frame = pd.read_csv(path)
    first = wines.to_pandas()[wines.ids == frame["WineID"][0]].iloc[0]
    assert first["Harmonize"] == sorted(["Pork", "Rich Fish", "Shellfish"])
    assert first["Vintages"][0] == "1920"
    assert first["Vintages"][-1] == "N.V."
    assert rows_of(rc.Catalogue.from_table(frame, id="WineID"))[5]["Grapes"] == rows_of(wines)[5]["Grapes"]
