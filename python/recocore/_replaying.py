"""What a store has and a model has not, and how the model gets it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore.errors import InvalidDataError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recocore._base import Recommender
    from recocore._reading import ColumnNames

__all__ = ["Changes", "apply_changes", "known_users", "mark_of", "read_changes", "read_events", "retire_items"]

#: Rows of the database that are Python objects at a time.
BLOCK = 100_000

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass
class Changes:
    """From what a model has to what the store has. Applied in this order."""

    sequence: int
    #: Events that the model has and that were removed one by one.
    removed: dict[str, Any]
    #: Marks of users that were erased.
    erased: set[bytes]
    key: bytes
    #: All events from before are gone.
    dropped_before: int | None
    added: dict[str, Any]
    #: Items that are not recommended.
    retired: list[Any] = field(default_factory=list)
    #: Whether there was anything since.
    anything: bool = True


def mark_of(key: bytes, user: int | str) -> bytes:
    """Of a user, to find among those of a model without the store knowing who it was. Keyed: not to be looked up."""
    kind = "t" if isinstance(user, str) else "i"
    return hmac.new(key, f"{kind}{user}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()[:16]


def read_events(
    connection: sqlite3.Connection, names: ColumnNames, event_weights: Mapping[str, float], where: str = "TRUE",
    parameters: tuple[int, ...] = (), table: str = "events",
) -> tuple[dict[str, Any], int]:  # fmt: skip
    """A table of events that may be used, and how many may not."""
    roles = names.roles
    condition, allowed = _consent(names)
    (all_of_them,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}", parameters).fetchone()
    cursor = connection.execute(
        f"SELECT user, item, weight, type, time, sequence FROM {table} WHERE ({where}) AND {condition} "
        "ORDER BY sequence",
        (*parameters, *allowed),
    )
    blocks: list[list[NDArray[Any]]] = []
    while rows := cursor.fetchmany(BLOCK):
        users, items, weights, types, times, sequences = zip(*rows, strict=True)
        block: list[NDArray[Any]] = [np.array(users, dtype=np.int64), np.array(items, dtype=np.int64)]
        if roles["weight"] is not None or roles["event"] is not None:
            block.append(_weights(weights, types, sequences, event_weights if roles["event"] is not None else None))
        if roles["timestamp"] is not None:
            block.append(_times(times, sequences))
        blocks.append(block)
    columns = [np.concatenate(parts) for parts in zip(*blocks, strict=True)]
    result: dict[str, Any] = {roles["user"]: [], roles["item"]: []}
    if not columns:
        return result, all_of_them
    result[roles["user"]] = _ids(connection, "users", columns[0])
    result[roles["item"]] = _ids(connection, "items", columns[1])
    rest = iter(columns[2:])
    if roles["weight"] is not None or roles["event"] is not None:
        result[roles["weight"] or "weight"] = next(rest)
    if roles["timestamp"] is not None:
        result[roles["timestamp"]] = next(rest).view("datetime64[us]")
    return result, all_of_them - len(columns[0])


def read_changes(
    connection: sqlite3.Connection, since: int, names: ColumnNames, event_weights: Mapping[str, float]
) -> Changes | None:
    """All that came after a number; None when the store does not know it any more, or never did."""
    meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    if since > meta["sequence"] or since < meta["forgotten_to"]:
        return None
    (before,) = connection.execute(
        "SELECT max(time) FROM operations WHERE kind = 'drop_before' AND sequence > ?", (since,)
    ).fetchone()
    if before is not None and names.roles["timestamp"] is None:
        return None
    was_there = "sequence <= ? AND removed_at > ?"
    removed, _ = read_events(connection, names, event_weights, was_there, (since, since), "removed")
    added, _ = read_events(connection, names, event_weights, "sequence > ?", (since,))
    marks = connection.execute("SELECT mark FROM erasures WHERE sequence > ?", (since,)).fetchall()
    retired = connection.execute("SELECT id FROM items WHERE retired ORDER BY number").fetchall()
    return Changes(
        sequence=meta["sequence"],
        removed=removed,
        erased={mark for (mark,) in marks},
        key=meta["key"],
        dropped_before=before,
        added=added,
        retired=[item for (item,) in retired],
        anything=meta["sequence"] > since,
    )


def apply_changes(
    model: Recommender, changes: Changes, names: ColumnNames, duplicates: str
) -> tuple[int, int, int] | None:
    """Events added, events removed, users erased; None when the model is to be fitted anew."""
    user = names.roles["user"]
    if duplicates == "last" and names.roles["timestamp"] is None and len(changes.removed[user]):
        # Which of several events is the last is then a matter of their order, which a model does not have.
        return None
    removed_events, forgotten = 0, 0
    live: Any = model
    # Whoever finds the model like this knows that it was interrupted.
    live.sequence_ = 0
    try:
        if len(changes.removed[user]):
            live.remove(changes.removed)
            removed_events += len(changes.removed[user])
        if changes.erased:
            for known in known_users(model):
                if mark_of(changes.key, known) in changes.erased:
                    live.forget(known)
                    forgotten += 1
        if changes.dropped_before is not None:
            live.drop_before(EPOCH + timedelta(microseconds=changes.dropped_before))
        if len(changes.added[user]):
            live.update(changes.added)
        retire_items(model, changes.retired)
    except InvalidDataError:
        # No events may be left in between, though there are some in the end.
        return None
    return len(changes.added[user]), removed_events, forgotten


def known_users(model: Recommender) -> list[Any]:
    """Who has events or a profile."""
    users = model.interactions_.users.tolist()
    profiles = model.model_.profiles
    return users if profiles is None else list(dict.fromkeys([*users, *profiles.ids().tolist()]))


def retire_items(model: Recommender, retired: list[Any]) -> None:
    """Retire these items, as far as the model has them, and no others."""
    if not retired and not len(model.retired_):
        return
    native = model.model_
    known = set(model.interactions_.items.tolist())
    if native.catalogue is not None:
        known.update(native.catalogue.ids().tolist())
    wanted = known.intersection(retired)
    there = set(model.retired_.tolist())
    if new := sorted(wanted - there):
        model.retire(new)
    if again := sorted(there - wanted):
        model.restore(again)


def _consent(names: ColumnNames) -> tuple[str, tuple[str, ...]]:
    if names.roles["consent"] is None:
        return "TRUE", ()
    if not names.purposes:
        return "consent IS 1", ()
    return f"consent IN ({', '.join('?' * len(names.purposes))})", tuple(names.purposes)


def _weights(
    weights: tuple[float | None, ...],
    types: tuple[str | None, ...],
    sequences: tuple[int, ...],
    event_weights: Mapping[str, float] | None,
) -> NDArray[np.float64]:
    array = np.array([1.0 if weight is None else weight for weight in weights], dtype=np.float64)
    if event_weights is None:
        return array
    try:
        return array * np.array([event_weights[kind] for kind in types])  # type: ignore[index]
    except KeyError as error:
        at = types.index(error.args[0])
        raise InvalidDataError(
            f"the event {sequences[at]} is of the type {types[at]!r}, which event_weights does not have"
        ) from None


def _times(times: tuple[int | None, ...], sequences: tuple[int, ...]) -> NDArray[np.int64]:
    if None in times:
        raise InvalidDataError(
            f"the event {sequences[times.index(None)]} was appended without a time, but this store reads times"
        )
    return np.array(times, dtype=np.int64)


def _ids(connection: sqlite3.Connection, table: str, numbers: NDArray[np.int64]) -> NDArray[Any]:
    """The ids that numbers stand for."""
    there, place = np.unique(numbers, return_inverse=True)
    if len(there) * 4 > connection.execute(f"SELECT max(number) FROM {table}").fetchone()[0]:
        rows = connection.execute(f"SELECT number, id FROM {table} ORDER BY number").fetchall()
        all_numbers = np.array([number for number, _ in rows], dtype=np.int64)
        ids = [rows[at][1] for at in np.searchsorted(all_numbers, there).tolist()]
    else:
        one = f"SELECT id FROM {table} WHERE number = ?"
        ids = [connection.execute(one, (number,)).fetchone()[0] for number in there.tolist()]
    if isinstance(ids[0], str):
        array = np.empty(len(ids), dtype=object)
        array[:] = ids
        return array[place]
    return np.array(ids, dtype=np.int64)[place]
