"""Filters over catalogues: what they select, how they fail."""

from __future__ import annotations

import pytest
import recocore as rc
from recocore import _core
from recocore.errors import InvalidParameterError, UnknownIdError

WINES = {
    "item_id": ["a", "b", "c", "d"],
    "price": [10.0, 50.0, None, 90.0],
    "country": ["Italy", "France", "Italy", None],
    "in_stock": [True, False, True, None],
    "grapes": [["Merlot"], ["Merlot", "Malbec"], ["Pinot"], []],
}


@pytest.fixture
def wines() -> rc.Catalogue:
    return rc.Catalogue.from_table(WINES)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("price < 80", ["a", "b"]),
        ("not price < 80", ["d"]),
        ("price < 80 or price is missing", ["a", "b", "c"]),
        ("country == 'Italy' and in_stock", ["a", "c"]),
        ("not in_stock", ["b"]),
        ("country != 'Italy'", ["b"]),
        ("country in ['France', 'Spain']", ["b"]),
        ("'Merlot' in grapes", ["a", "b"]),
        ("grapes != 'Merlot'", ["c"]),
        ("price > 1e6", []),
    ],
)
def test_selects_what_is_known_to_be_true(wines, where, expected):
    assert wines.select(where).tolist() == expected


def test_relative_to_an_item(wines):
    where = _core.Where("country == item.country and price <= 1.1 * item.price")
    assert where.needs_item
    assert not where.needs_user
    assert where.columns() == ["country", "price"]
    assert where.select(wines._core, item="a").tolist() == ["a"]
    with pytest.raises(UnknownIdError):
        where.select(wines._core, item="nothing")
    with pytest.raises(InvalidParameterError, match="mentions an item"):
        wines.select("country == item.country")


@pytest.mark.parametrize(
    ("where", "says", "caret"),
    [
        ("pric < 80", "did you mean 'price'", 0),
        ("price = 80", "did you mean '=='", 6),
        ("price < 'x'", "cannot be compared", 6),
        ("price < 80 and", "a condition is expected", 14),
    ],
)
def test_errors_point_at_the_character(wines, where, says, caret):
    with pytest.raises(InvalidParameterError, match=says) as error:
        wines.select(where)
    text, marker = str(error.value).splitlines()[-2:]
    assert text == f"  {where}"
    assert marker.index("^") == caret + 2
