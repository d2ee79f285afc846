"""Events that survive: a file that models are fitted on and kept up to date with."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore._checks import check_count, check_text, shown, to_microseconds
from recocore._columns import as_ids
from recocore._event_rows import EventRows, kind_of
from recocore._reading import ColumnNames
from recocore._replaying import Changes, apply_changes, mark_of, read_changes, read_events, retire_items
from recocore._sqlite import StoreFile, advance, forget_users, meta, numbers, set_meta
from recocore.catalogue import Catalogue
from recocore.errors import IdTypeError, InvalidDataError, InvalidParameterError
from recocore.interactions import Interactions, _event_weights

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import date, timedelta
    from types import TracebackType

    from typing_extensions import Self

    from recocore._base import Recommender

__all__ = ["Erasure", "Replay", "Store"]

FIND = """
SELECT sequence FROM events
WHERE user = (SELECT number FROM users WHERE id = ?) AND item = (SELECT number FROM items WHERE id = ?)
  AND weight IS ? AND type IS ? AND time IS ? AND consent IS ?
ORDER BY sequence LIMIT 1"""
#: Users that nothing refers to.
ORPHANS = """
SELECT number FROM users
WHERE number NOT IN (SELECT user FROM events) AND number NOT IN (SELECT user FROM removed)"""


@dataclass(frozen=True)
class Erasure:
    """What :meth:`Store.erase` did."""

    #: Number of the operation; the last one before, when there was nothing to erase.
    sequence: int
    #: Events erased.
    events: int
    #: Whether the file and its log have no bytes of it. False while somebody reads an older state of the store: call
    #: :meth:`Store.checkpoint` later.
    flushed: bool


@dataclass(frozen=True)
class Replay:
    """What :meth:`Store.replay` did to a model."""

    #: Number of the last operation that is in the model now.
    sequence: int
    events_added: int
    events_removed: int
    users_erased: int
    #: Whether the model was fitted anew, which gives the same.
    refitted: bool


class Store:
    """A file of events, for models that are fitted, updated and stored beside it.

    What :meth:`append` returned for is in the file, also when the process is killed at any moment later. Every event
    and every operation has a sequence number, ascending without gaps; ``model.sequence_`` is that of the last one in a
    model and is stored with it. So :meth:`replay` applies exactly what a model has not seen.

    Any number of processes and threads may use one file at a time, each process and each with any number of stores;
    they write in turn and read while others write. After a fork the child may go on with the store.

    Parameters
    ----------
    path : str or path
        Made when it is not there. Two more files beside it, ending in ``-wal`` and ``-shm``, belong to it while it is
        open. Not on a network drive.
    user, item, weight, event, timestamp, event_weights, time_unit, consent, purposes
        Of tables: see :meth:`Interactions.from_table`. Events of other consent or purpose are stored, but no model
        sees them.
    duplicates, half_life, reference_time, max_events_per_user, min_items_per_user, min_users_per_item
        How events become interactions: see :class:`Interactions`. Not stored: to be given whenever the store is opened.
    synchronous : {"full", "normal"}
        ``"full"``: what is acknowledged is on the disk, and survives a power cut as well. ``"normal"``: it survives
        the end of the process, however sudden; a power cut may take the last of it, never anything before that.
    timeout : float, default 30
        Seconds to wait for others who write.

    Raises
    ------
    FileError
        A file that cannot be opened.
    InvalidDataError
        A file that is no store, is damaged, or was written by a later version.

    Examples
    --------
    >>> import recocore as rc, tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = rc.Store(pathlib.Path(folder.name) / "shop.db")
    >>> store.append({"user_id": ["ann", "ann", "bob"], "item_id": ["tea", "pot", "tea"]})
    3
    >>> model = store.fit(rc.ItemKNN())
    >>> store.append({"user_id": "bob", "item_id": "pot"})
    4
    >>> store.replay(model).events_added, model.sequence_
    (1, 4)
    >>> store.close()
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        user: str = "user_id",
        item: str = "item_id",
        weight: str | None = None,
        event: str | None = None,
        timestamp: str | None = None,
        event_weights: Mapping[str, float] | None = None,
        time_unit: str = "s",
        consent: str | None = None,
        purposes: Sequence[str] | None = None,
        duplicates: str = "sum",
        half_life: float | timedelta | None = None,
        reference_time: date | str | None = None,
        max_events_per_user: int = 20_000,
        min_items_per_user: int = 1,
        min_users_per_item: int = 1,
        synchronous: str = "full",
        timeout: float = 30.0,
    ) -> None:
        self._names = ColumnNames(user, item, weight, event, timestamp, consent, purposes)
        self._event_weights = _event_weights(event_weights)
        if (event is None) != (not self._event_weights):
            raise InvalidParameterError("event and event_weights need each other: name the column and what types count")
        self._time_unit = check_text("time_unit", time_unit)
        if self._time_unit not in {"s", "ms", "us", "ns"}:
            raise InvalidParameterError(f'time_unit must be "s", "ms", "us" or "ns"; got {time_unit!r}')
        self._options: dict[str, Any] = {
            "duplicates": duplicates,
            "half_life": half_life,
            "reference_time": reference_time,
            "max_events_per_user": max_events_per_user,
            "min_items_per_user": min_items_per_user,
            "min_users_per_item": min_users_per_item,
        }
        # Wrong options are noticed now, not when the events are there.
        Interactions.from_arrays([0], [0], timestamp=[0], **self._options)
        self._file = StoreFile(path, synchronous, timeout)

    # What is there

    @property
    def path(self) -> str:
        """The file."""
        return self._file.path

    @property
    def sequence(self) -> int:
        """Number of the last event or operation; 0 when there is none."""
        with self._file.reading() as connection:
            return int(meta(connection, "sequence"))

    def __len__(self) -> int:
        with self._file.reading() as connection:
            (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
            return int(count)

    def __repr__(self) -> str:
        return f"Store({self.path!r})"

    def export(self, user: int | str) -> list[dict[str, Any]]:
        """All that is held about one person: the events, each with its number, by their column names.

        Times are numbers of microseconds since 1970, UTC. Empty when nothing is held. An id that is an integer where
        the store has text, or the reverse, is an IdTypeError.
        """
        roles = self._names.roles
        names = {
            "item": roles["item"],
            "weight": roles["weight"] or "weight",
            "type": roles["event"] or "event",
            "time": roles["timestamp"] or "timestamp",
            "consent": roles["consent"] or "consent",
        }
        of_user = "WHERE user = (SELECT number FROM users WHERE id = ?)"
        columns = "sequence, (SELECT id FROM items WHERE number = item), weight, type, time, consent"
        (user,) = as_ids(user, "user id").to_array().tolist()
        with self._file.reading() as connection:
            self._check_kind(connection, "user", user)
            rows = connection.execute(
                f"SELECT {columns}, 0 FROM events {of_user} "
                f"UNION ALL SELECT {columns}, removed_at FROM removed {of_user} ORDER BY sequence",
                (user, user),
            ).fetchall()
        exported = []
        for sequence, *values, removed_at in rows:
            one = {roles["user"]: user, "sequence": sequence}
            one |= {name: value for name, value in zip(names.values(), values, strict=True) if value is not None}
            exported.append(one | ({"removed_at": removed_at} if removed_at else {}))
        return exported

    # Changes

    def append(self, events: Any) -> int:
        """Store events. When this returns they are in the file, all of them; when it raises, none.

        Parameters
        ----------
        events
            A table, as for :meth:`Interactions.from_table`, or one event: a dict of single values. Many at once are
            much faster than one by one.

        Returns
        -------
        int
            Number of the last event.

        Raises
        ------
        InvalidDataError, MissingColumnError, IdTypeError
            As :meth:`Interactions.from_table`, and ids that are integers where the store has text, or the reverse.
        FileError
            The disk is full, the file cannot be written, others write for too long.
        """
        rows = self._rows(events)
        if len(rows) == 0:
            return self.sequence
        with self._file.writing() as connection:
            self._check_kinds(connection, rows, set_them=True)
            users, items = numbers(connection, "users", rows.users), numbers(connection, "items", rows.items)
            first = advance(connection, len(rows)) - len(rows) + 1
            rest = (column or repeat(None) for column in rows.columns()[2:])
            connection.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
                zip(
                    range(first, first + len(rows)),
                    map(users.__getitem__, rows.users),
                    map(items.__getitem__, rows.items),
                    *rest,
                    strict=False,
                ),
            )
        return first + len(rows) - 1

    def remove(self, events: Any) -> int:
        """Take events out, each as often as it is given: equal in all columns the store reads.

        What was removed is kept, for models that have it, until :meth:`checkpoint`.

        Returns
        -------
        int
            Number of the operation.

        Raises
        ------
        InvalidDataError
            An event that is not there; nothing was removed.
        """
        rows = self._rows(events)
        if len(rows) == 0:
            return self.sequence
        with self._file.writing() as connection:
            self._check_kinds(connection, rows)
            sequence = self._log(connection, "remove", events=len(rows))
            for row, values in enumerate(rows.rows()):
                found = connection.execute(FIND, values).fetchone()
                if found is None:
                    raise InvalidDataError(f"row {row}: there is no such event: {shown(values)}; nothing was removed")
                connection.execute(
                    "INSERT INTO removed SELECT sequence, ?, user, item, weight, type, time, consent FROM events "
                    "WHERE sequence = ?",
                    (sequence, *found),
                )
                connection.execute("DELETE FROM events WHERE sequence = ?", found)
        return sequence

    def erase(self, user: int | str) -> Erasure:
        """Delete all that is held about a person, the id as well, from the file's bytes.

        What is left until :meth:`checkpoint` is a keyed mark, from which models that still know the person find the
        id. Models forget with the next :meth:`replay`; files they were stored in are yours to replace.

        Returns
        -------
        Erasure

        Raises
        ------
        IdTypeError
            An id that is an integer where the store has text, or the reverse.
        """
        (user,) = as_ids(user, "user id").to_array().tolist()
        with self._file.writing() as connection:
            self._check_kind(connection, "user", user)
            sequence = meta(connection, "sequence")
            found = connection.execute("SELECT number FROM users WHERE id = ?", (user,)).fetchone()
            erased = 0
            if found is not None:
                erased = connection.execute("DELETE FROM events WHERE user = ?", found).rowcount
                erased += connection.execute("DELETE FROM removed WHERE user = ?", found).rowcount
                forget_users(connection, found)
                sequence = self._log(connection, "erase", events=erased)
                mark = mark_of(meta(connection, "key"), user)
                connection.execute("INSERT INTO erasures VALUES (?, ?)", (sequence, mark))
        return Erasure(sequence, erased, self._file.flush())

    def drop_before(self, time: Any) -> int:
        """Delete events from before a time, and the users that have no others, from the file's bytes.

        Parameters
        ----------
        time : datetime, date or str
            Without a time zone: UTC. Events without a time stay.

        Returns
        -------
        int
            Number of the operation.
        """
        if self._names.roles["timestamp"] is None:
            raise InvalidParameterError("this store reads no times: open it with timestamp=...")
        before = to_microseconds("time", time)
        with self._file.writing() as connection:
            dropped = connection.execute("DELETE FROM events WHERE time < ?", (before,)).rowcount
            connection.execute("DELETE FROM removed WHERE time < ?", (before,))
            orphans = [number for (number,) in connection.execute(ORPHANS)]
            if orphans:
                forget_users(connection, orphans)
            sequence = self._log(connection, "drop_before", time=before, events=dropped)
        self._file.flush()
        return sequence

    def retire(self, items: Any) -> int:
        """Recommend these items no more; they still count in histories. Returns the number of the operation."""
        return self._mark_items("retire", items)

    def restore(self, items: Any) -> int:
        """Recommend these items again. Returns the number of the operation."""
        return self._mark_items("restore", items)

    def checkpoint(self, up_to: int | None = None) -> bool:
        """Delete what was kept only for models that have not seen it: marks of erased people, events removed.

        A model that is not as far yet is fitted anew by its next :meth:`replay`: this costs time, never exactness.

        Parameters
        ----------
        up_to : int, optional
            Number of an operation, such as the smallest ``sequence_`` of the models that are stored. Default: the last.

        Returns
        -------
        bool
            Whether the bytes are gone from the file: False while somebody reads an older state.
        """
        with self._file.writing() as connection:
            last = meta(connection, "sequence")
            until = last if up_to is None else min(check_count("up_to", up_to, at_least=0, at_most=2**62), last)
            gone = connection.execute("DELETE FROM erasures WHERE sequence <= ?", (until,)).rowcount
            gone += connection.execute("DELETE FROM removed WHERE removed_at <= ?", (until,)).rowcount
            if gone:
                set_meta(connection, "forgotten_to", max(until, meta(connection, "forgotten_to")))
            orphans = [number for (number,) in connection.execute(ORPHANS)]
            if orphans:
                forget_users(connection, orphans)
        return self._file.flush()

    def compact(self) -> None:
        """Write the whole file anew, as small as it can be: for after much was deleted. Nobody may write meanwhile."""
        self._file.vacuum()
        self._file.flush()

    # Models

    def interactions(self) -> Interactions:
        """All events that models may use, as they are now.

        Raises
        ------
        InvalidDataError
            There are none.
        """
        return self._interactions()[0]

    def fit(self, model: Recommender, *, items: Any = None, users: Any = None) -> Any:
        """Fit a model on all events, and retire the items that are.

        Parameters
        ----------
        model : Recommender
        items, users : table, optional
            Given to ``model.fit``, for models that take them. A model that was fitted with such tables before, and to
            which none are given now, keeps the rows it has.

        Returns
        -------
        The model, with ``sequence_``.

        Raises
        ------
        InvalidDataError
            There are no events.
        InvalidParameterError
            A model that takes no such table, or that was fitted with one that it cannot give back.
        """
        return self._fit(model, items, users, model.__dict__.get("sequence_"))

    def _fit(self, model: Recommender, items: Any, users: Any, since: object) -> Recommender:
        more = _tables_of(model, items, users)
        if "users" in more and users is None:
            self._check_profiles(since)
        interactions, sequence, retired = self._interactions()
        model.fit(interactions, **more)
        retire_items(model, retired)
        model.sequence_ = sequence
        return model

    def replay(self, model: Recommender, *, items: Any = None, users: Any = None) -> Replay:
        """Apply to a model, exactly once, what it has not seen.

        Then it equals, to the byte of its file, one of :meth:`fit`. A model that the store cannot follow (not fitted,
        not fitted from a store, behind a :meth:`checkpoint`, ahead of a store that was restored from a backup) is
        fitted anew, and so is one whose last replay was interrupted. The model must have been fitted by a store with
        the same options.

        Parameters
        ----------
        model : Recommender
        items, users : table, optional
            For a model that must be fitted anew: as in :meth:`fit`. Not read otherwise.

        Returns
        -------
        Replay

        Raises
        ------
        InvalidDataError
            The model is to be fitted anew, and there are no events.
        InvalidParameterError
            The model is to be fitted anew, and needs ``items`` or ``users`` for it.
        """
        sequence = model.__dict__.get("sequence_")
        changes: Changes | None = None
        if isinstance(sequence, int) and sequence > 0 and "model_" in model.__dict__:
            with self._file.reading() as connection:
                changes = read_changes(connection, sequence, self._names, self._event_weights)
        if changes is not None and not changes.anything:
            return Replay(changes.sequence, 0, 0, 0, refitted=False)
        if changes is not None:
            done = apply_changes(model, changes, self._names, self._options["duplicates"])
            if done is not None:
                model.sequence_ = changes.sequence
                return Replay(changes.sequence, *done, refitted=False)
        self._fit(model, items, users, sequence)
        return Replay(model.sequence_, 0, 0, 0, refitted=True)

    # The rest

    def close(self) -> None:
        """Close the file. Nothing is lost without it."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a store is an open file: open it again with Store(path) where it is needed")

    def _rows(self, events: Any) -> EventRows:
        return EventRows(events, self._names, self._event_weights, self._time_unit)

    def _interactions(self) -> tuple[Interactions, int, list[Any]]:
        with self._file.reading() as connection:
            sequence = meta(connection, "sequence")
            table, withheld = read_events(connection, self._names, self._event_weights)
            retired = [item for (item,) in connection.execute("SELECT id FROM items WHERE retired ORDER BY number")]
        roles = self._names.roles
        if not len(table[roles["user"]]):
            wanting = f": {withheld:,} may not be used, for want of consent" if withheld else ""
            raise InvalidDataError(f"{self.path} has no events to learn from{wanting}")
        weighted = self._names.roles["weight"] is not None or self._names.roles["event"] is not None
        interactions = Interactions.from_table(
            table,
            user=roles["user"],
            item=roles["item"],
            weight=(roles["weight"] or "weight") if weighted else None,
            timestamp=roles["timestamp"],
            time_unit="us",
            **self._options,
        )
        interactions.withheld = withheld
        return interactions, sequence, retired

    def _check_profiles(self, since: object) -> None:
        """Whether the profiles that a model has may be used for a fit: somebody who was erased may be among them."""
        known = since if isinstance(since, int) else 0
        with self._file.reading() as connection:
            (erased,) = connection.execute(
                "SELECT count(*) FROM operations WHERE kind = 'erase' AND sequence > ?", (known,)
            ).fetchone()
        if erased:
            raise InvalidParameterError(
                "the model is to be fitted anew, and people who were erased may be among the profiles it has; give the "
                "present ones with users=..."
            )

    def _check_kind(self, connection: sqlite3.Connection, what: str, given: int | str) -> None:
        there = meta(connection, f"{what}_kind")
        if there is not None and there != kind_of([given]):
            raise IdTypeError(f"the ids of {what}s in {self.path} are {there}; got {shown(given)}")

    def _check_kinds(self, connection: sqlite3.Connection, rows: EventRows, *, set_them: bool = False) -> None:
        for key, ids, what in (("user_kind", rows.users, "user"), ("item_kind", rows.items, "item")):
            kind, there = kind_of(ids), meta(connection, key)
            if there is None and set_them:
                set_meta(connection, key, kind)
            elif there is not None and there != kind:
                raise IdTypeError(
                    f"the ids of {what}s in {self.path} are {there}, but here they are {kind}: {shown(ids[0])}; "
                    "convert one or the other"
                )

    def _mark_items(self, kind: str, items: Any) -> int:
        given = as_ids(items, "item id").to_array().tolist()
        with self._file.writing() as connection:
            if given:
                self._check_kind(connection, "item", given[0])
            if given and meta(connection, "item_kind") is None:
                set_meta(connection, "item_kind", kind_of(given))
            connection.executemany(
                "INSERT INTO items (id, retired) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET retired = ?2",
                [(item, int(kind == "retire")) for item in given],
            )
            return self._log(connection, kind)

    @staticmethod
    def _log(connection: sqlite3.Connection, kind: str, time: int | None = None, events: int = 0) -> int:
        sequence = advance(connection, 1)
        connection.execute("INSERT INTO operations VALUES (?, ?, ?, ?)", (sequence, kind, time, events))
        return sequence


def _tables_of(model: Recommender, items: Any, users: Any) -> dict[str, Any]:
    """What ``model.fit`` is given beside the events: these tables, or those the model has."""
    given = {name: table for name, table in (("items", items), ("users", users)) if table is not None}
    takes = inspect.signature(type(model).fit).parameters
    for name in given:
        if name not in takes:
            raise InvalidParameterError(f"{type(model).__name__} is fitted on events alone; leave {name}=... out")
    if "model_" not in model.__dict__:
        return given
    native = model.model_
    for name, rows, names in (
        ("items", native.catalogue, model.__dict__.get("_item_names")),
        ("users", native.profiles, model.__dict__.get("_user_names")),
    ):
        # Without columns it has only what the events have.
        if name in given or rows is None or not rows.kinds():
            continue
        if name not in takes or names is None:
            raise InvalidParameterError(
                f"this {type(model).__name__} is to be fitted anew, and was fitted with a table that is needed for it; "
                f"give it with {name}=..."
            )
        given[name] = Catalogue._from_core(rows, *names)._with_values()
    if "items" in takes and "items" not in given and "catalogue_" in model.__dict__:
        given["items"] = _category_rows(model)
    return given


def _category_rows(model: Any) -> dict[str, Any]:
    """The table that a Popularity with categories was fitted on."""
    catalogue: Interactions = model.catalogue_
    indptr, indices, _ = catalogue._core.csr()
    rows = np.repeat(np.arange(catalogue.n_users), np.diff(indptr))
    return {str(model.category): catalogue.users[rows], "item_id": catalogue.items[indices]}
