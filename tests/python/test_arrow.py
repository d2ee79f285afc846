"""The layouts Arrow tables come in."""

from __future__ import annotations

import gc
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
import recocore as rc

TEXTS = ["a", "longer than twelve bytes", "ü", "", "a", "another long text of an id"]
USERS = [5, 3, 5, 2, 2, 9]


def expected(ids) -> rc.Interactions:
    return rc.Interactions.from_table({"user_id": USERS, "item_id": ids})


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()),
     pa.dictionary(pa.uint32(), pa.large_string())],
    ids=str,
)  # fmt: skip
def test_text_layouts(kind):
    table = pa.table({"user_id": USERS, "item_id": pa.array(TEXTS).cast(kind)})
    assert rc.Interactions.from_table(table) == expected(TEXTS)
    # Slices have offsets, in the buffers and in the bits of the nulls.
    padded = pa.concat_tables([table.slice(0, 1), table]).combine_chunks().slice(1)
    assert rc.Interactions.from_table(padded) == expected(TEXTS)
    chunked = pa.concat_tables([table.slice(0, 2), table.slice(2, 0), table.slice(2)])
    assert rc.Interactions.from_table(chunked) == expected(TEXTS)


@pytest.mark.parametrize("width", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_integer_layouts(width):
    items = [1, 0, 7, 7, 1, 3]
    table = pa.table({"user_id": USERS, "item_id": pa.array(items, type=width)})
    assert rc.Interactions.from_table(table) == expected(items)
    dictionary = pa.table({"user_id": USERS, "item_id": pa.array(items, type=width).dictionary_encode()})
    assert rc.Interactions.from_table(dictionary) == expected(items)


def test_a_batch_with_an_offset():
    struct = pa.StructArray.from_arrays([pa.array([0, *USERS]), pa.array(["x", *TEXTS])], ["user_id", "item_id"])
    batch = pa.RecordBatch.from_struct_array(struct.slice(1))
    assert rc.Interactions.from_table(batch) == expected(TEXTS)


def test_nulls_behind_an_offset():
    column = pa.array(["x", None, *TEXTS[2:], None])
    table = pa.table({"user_id": [0, *USERS], "item_id": column}).slice(2)
    with pytest.raises(rc.errors.InvalidDataError, match="row 4, column 'item_id': the item id is missing"):
        rc.Interactions.from_table(table)
    assert len(rc.Interactions.from_table(table.slice(0, 4))) == 4


def test_nulls_are_counted_over_all_batches():
    table = pa.table({"user_id": [1, 2, 3, None], "item_id": [1, 2, 3, 4]})
    with pytest.raises(rc.errors.InvalidDataError, match="row 3, column 'user_id'"):
        rc.Interactions.from_table(table.to_reader(max_chunksize=2))


def test_nulls_of_a_dictionary():
    by_value = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), pa.array(["a", None]))
    by_code = pa.DictionaryArray.from_arrays(pa.array([0, None, 0]), pa.array(["a", "b"]))
    for column in (by_value, by_code):
        with pytest.raises(rc.errors.InvalidDataError, match="row 1, column 'item_id'"):
            rc.Interactions.from_table(pa.table({"user_id": [1, 2, 3], "item_id": column}))


@pytest.mark.parametrize(
    "column",
    [pa.array([True, False]), pa.array([b"a", b"b"]), pa.array([[1], [2]]), pa.array([1, 2]).cast(pa.timestamp("s")),
     pa.array([1, 2]).cast(pa.decimal128(20)), pa.array([1.0, 2.0])],
    ids=lambda column: str(column.type),
)  # fmt: skip
def test_types_that_are_no_ids(column):
    with pytest.raises(rc.errors.IdTypeError, match="column 'item_id' has values of the type"):
        rc.Interactions.from_table(pa.table({"user_id": [1, 2], "item_id": column}))


def test_large_unsigned_id():
    table = pa.table({"user_id": [1, 2], "item_id": pa.array([1, 2**63], type=pa.uint64())})
    with pytest.raises(rc.errors.IdTypeError, match="row 1, column 'item_id': the item id 9223372036854775808"):
        rc.Interactions.from_table(table)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1.5, 2.0], type=pa.float32()),
        pa.array([1.5, 2.0]),
        pa.array([3, 4], type=pa.int8()),
        pa.array([Decimal("-0.25"), Decimal("1234567.5")], type=pa.decimal128(20, 2)),
        pa.array([Decimal(-(2**90)), Decimal(2**80)], type=pa.decimal128(38)),
        pa.array([Decimal(0), Decimal(-1), Decimal(7)], type=pa.decimal128(9))[1:],
    ],
    ids=lambda column: str(column.type),
)
def test_weights(column):
    table = pa.table({"user_id": [1, 2], "item_id": [1, 1], "w": column})
    weights = rc.Interactions.from_table(table, weight="w").to_csr().data
    assert weights.tolist() == [float(value) for value in column.to_pylist()]


@pytest.mark.parametrize("kind", [pa.decimal256(20), pa.string(), pa.bool_(), pa.dictionary(pa.int8(), pa.int64())])
def test_weights_are_numbers(kind):
    column = pa.array([1, 0]).cast(kind) if not pa.types.is_dictionary(kind) else pa.array([1, 0]).dictionary_encode()
    table = pa.table({"user_id": [1, 2], "item_id": [1, 1], "w": column})
    with pytest.raises(rc.errors.InvalidDataError, match=r"column 'w' has values of the type .* weights are numbers"):
        rc.Interactions.from_table(table, weight="w")


@pytest.mark.parametrize(
    "column",
    [
        pa.array([86_400, 0]).cast(pa.timestamp("s", "Europe/Berlin")),
        pa.array([86_400_000, 0]).cast(pa.timestamp("ms")),
        pa.array([86_400_000_000_000, 0]).cast(pa.timestamp("ns")),
        pa.array([1, 0], type=pa.int32()).cast(pa.date32()),
        pa.array([86_400_000, 0]).cast(pa.date64()),
        pa.array([86_400.0, 0.0]),
        pa.array(["1970-01-02", "1970-01-01T00:00:00Z"]),
        pa.array(["1970-01-02 01:00+01:00", "1970-01-01"]).dictionary_encode(),
    ],
    ids=lambda column: str(column.type),
)
def test_times(column):
    table = pa.table({"user_id": [1, 2], "item_id": [1, 1], "t": column})
    times = rc.Interactions.from_table(table, timestamp="t").times
    assert times is not None
    assert times.tolist() == np.array(["1970-01-02", "1970-01-01"], dtype="datetime64[us]").tolist()


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([1, None]), "row 1, column 't': the timestamp is missing"),
        (pa.array([1.0, float("nan")]), "row 1, column 't': the timestamp is missing"),
        (pa.array(["2024-01-01", "2024-02-30"]), "row 1, column 't': '2024-02-30' is not an ISO 8601 time"),
        (pa.array([1, 10**18]), "row 1, column 't': the timestamp 1000000000000000000 does not fit"),
        (pa.array([1.0, float("inf")]), "row 1, column 't': the timestamp inf does not fit"),
        (pa.array([True, False]), "column 't' has values of the type boolean, which are not times"),
    ],
    ids=str,
)
def test_times_that_are_none(column, message):
    table = pa.table({"user_id": [1, 2], "item_id": [1, 1], "t": column})
    with pytest.raises(rc.errors.InvalidDataError, match=message):
        rc.Interactions.from_table(table, timestamp="t")


def test_a_stream_that_fails_midway():
    schema = pa.schema({"user_id": pa.int64(), "item_id": pa.int64()})

    def batches():
        yield pa.record_batch([pa.array([1]), pa.array([1])], schema=schema)
        raise OSError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    with pytest.raises(rc.errors.FileError, match="the disk is gone"):
        rc.Interactions.from_table(reader)


def test_a_stream_is_read_once():
    class Once:
        def __init__(self, table):
            self.capsule = table.__arrow_c_stream__()

        def __arrow_c_stream__(self, requested_schema=None):
            return self.capsule

    stream = Once(pa.table({"user_id": [1], "item_id": [1]}))
    assert len(rc.Interactions.from_table(stream)) == 1
    with pytest.raises(rc.errors.InvalidDataError, match="was consumed before"):
        rc.Interactions.from_table(stream)


def test_memory_is_given_back():
    before = pa.total_allocated_bytes()
    table = pa.table({"user_id": pa.array(np.arange(10_000)), "item_id": pa.array(np.arange(10_000)).cast("string")})
    interactions = rc.Interactions.from_table(table)
    back = interactions.to_arrow()
    del table, interactions, back
    bad = pa.table({"user_id": pa.array([1, None] * 5_000), "item_id": pa.array(np.arange(10_000)).cast("string")})
    with pytest.raises(rc.errors.InvalidDataError):
        rc.Interactions.from_table(bad)
    del bad
    gc.collect()
    assert pa.total_allocated_bytes() <= before


def test_columns_of_the_same_name():
    table = pa.Table.from_arrays([pa.array([1]), pa.array([1]), pa.array([1])], ["user_id", "item_id", "item_id"])
    for form in (table, table.to_reader()):
        with pytest.raises(rc.errors.InvalidDataError, match="more than one column 'item_id'"):
            rc.Interactions.from_table(form)
