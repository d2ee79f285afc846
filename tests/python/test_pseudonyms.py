"""Keyed pseudonyms."""

from __future__ import annotations

import copy
import hashlib
import hmac
import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import recocore as rc
from recocore import errors

KEY = bytes(range(32))


# RFC 4231, sections 4.2 to 4.8: key, data, HMAC-SHA-256.
VECTORS = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        (
            b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
            b"hashed before being used by the HMAC algorithm."
        ),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


@pytest.mark.parametrize(("key", "data", "expected"), VECTORS)
def test_rfc_4231(key, data, expected):
    """Keys of the vectors that are long enough go through the class, all through the library it calls."""
    assert hmac.new(key, data, hashlib.sha256).hexdigest().startswith(expected)
    if len(key) >= 32:
        assert rc.Pseudonyms(key)._digest(data).hex().startswith(expected)
    else:
        # A key is padded with zeros to the block of 64 bytes: RFC 2104, section 2.
        assert rc.Pseudonyms(key.ljust(32, b"\0"))._digest(data).hex().startswith(expected)


def test_what_is_hashed():
    """So that other languages make the same: `hash_hmac('sha256', "user\\0t\\0ann", $key)`."""
    names = rc.Pseudonyms(KEY, bits=256)
    for made, message in (
        (names.user("ann"), b"user\0t\0ann"),
        (names.user(7), b"user\0i\x007"),
        (names.user(-7), b"user\0i\0-7"),
        (names.item("Grüner Tee"), "item\0t\0Grüner Tee".encode()),
    ):
        assert made == hmac.new(KEY, message, hashlib.sha256).hexdigest()
    assert names.user("ann") == "4c683ed625d6e6af71c5403f7a399bbc" + names.user("ann")[32:]


def test_domains():
    names = rc.Pseudonyms(KEY)
    made = {names.user("7"), names.user(7), names.item("7"), names.item(7)}
    assert len(made) == 4
    assert all(len(one) == 32 for one in made)
    assert len(rc.Pseudonyms(KEY, bits=64).user("ann")) == 16
    assert names.user("ann").startswith(rc.Pseudonyms(KEY, bits=64).user("ann"))
    assert names.user("ann") != rc.Pseudonyms(KEY[::-1]).user("ann")


COLUMNS: dict[str, Any] = {"user_id": [3, 1, 3], "item_id": ["tea", "pot", "tea"], "weight": [1.0, 2.0, 3.0]}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, dict])
def test_tables(make):
    names = rc.Pseudonyms(KEY)
    table = make(COLUMNS)
    changed = names.table(table, item="item_id")
    assert type(changed) is (pl.DataFrame if make is pl.LazyFrame else type(table))
    interactions = rc.Interactions.from_table(changed, weight="weight")
    expected = {
        "user_id": [names.user(user) for user in COLUMNS["user_id"]],
        "item_id": [names.item(item) for item in COLUMNS["item_id"]],
        "weight": COLUMNS["weight"],
    }
    assert interactions == rc.Interactions.from_table(expected, weight="weight")
    only_users = rc.Interactions.from_table(names.table(table), weight="weight")
    assert only_users.items.tolist() == ["pot", "tea"]
    with pytest.raises(errors.MissingColumnError):
        names.table(table, user="person")


def test_records():
    records = pd.DataFrame(COLUMNS).to_records(index=False).view(np.ndarray)
    changed = rc.Pseudonyms(KEY).table(records)
    assert list(changed) == list(COLUMNS)
    assert changed["user_id"][0] == changed["user_id"][2] == rc.Pseudonyms(KEY).user(3)


def test_a_model_of_pseudonyms_is_the_same_model():
    names = rc.Pseudonyms(rc.Pseudonyms.new_key())
    events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    plain = rc.ItemKNN().fit(events).recommend("eve", n=1)
    hidden = rc.ItemKNN().fit(names.table(events)).recommend(names.user("eve"), n=1)
    assert hidden.item_id.tolist() == plain.item_id.tolist()
    assert hidden.score.tolist() == plain.score.tolist()


def test_rotation():
    old, new = rc.Pseudonyms(KEY), rc.Pseudonyms(KEY[::-1], bits=96)
    ids = ["ann", "bob", "ann"]
    assert old.rotated(new, ids) == {old.user("ann"): new.user("ann"), old.user("bob"): new.user("bob")}
    assert old.rotated(new, [1, 2], kind="item") == {old.item(1): new.item(1), old.item(2): new.item(2)}
    with pytest.raises(errors.InvalidParameterError, match="kind"):
        old.rotated(new, ids, kind="shop")


def test_collisions_are_noticed(monkeypatch):
    old, new = rc.Pseudonyms(KEY), rc.Pseudonyms(KEY[::-1])
    monkeypatch.setattr(rc.Pseudonyms, "_pseudonym", lambda *given: str(given[-1])[0])
    with pytest.raises(errors.InvalidDataError, match="same pseudonym"):
        old.rotated(new, ["ann", "amy"])


def test_collision_bound():
    names = rc.Pseudonyms(KEY, bits=64)
    assert names.collision_bound(0) == names.collision_bound(1) == 0.0
    assert names.collision_bound(2) == 2.0**-64
    assert names.collision_bound(10**6) == pytest.approx(2.7e-8, rel=0.01)
    assert names.collision_bound(10**11) == 1.0


def test_the_key_does_not_get_out():
    names = rc.Pseudonyms(KEY)
    assert repr(names) == f"Pseudonyms(<key {names.fingerprint}>, bits=128)"
    assert len(names.fingerprint) == 8
    assert names.fingerprint != rc.Pseudonyms(KEY[::-1]).fingerprint
    for value in (
        names.fingerprint,
        repr(names),
        str(names),
        *(repr(getattr(names, slot)) for slot in names.__slots__),
    ):
        assert KEY.hex() not in value
        assert repr(KEY)[2:-1] not in value
    assert not hasattr(names, "__dict__")
    for taken in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            taken(names)


@pytest.mark.parametrize("key", [b"short", "x" * 32, b"", None, 32, bytes(31)])
def test_wrong_keys(key):
    with pytest.raises(errors.InvalidParameterError, match="at least 32 secret bytes"):
        rc.Pseudonyms(key)


@pytest.mark.parametrize("bits", [0, 56, 100, 264, 2.5])
def test_wrong_bits(bits):
    with pytest.raises(errors.InvalidParameterError, match="bits"):
        rc.Pseudonyms(KEY, bits=bits)


def test_new_keys():
    assert len(rc.Pseudonyms.new_key()) == 32
    assert rc.Pseudonyms.new_key() != rc.Pseudonyms.new_key()
