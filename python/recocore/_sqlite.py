"""The file of a store: its tables, its connections, its errors."""

from __future__ import annotations

import ctypes
import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from recocore._checks import check_number
from recocore.errors import FileError, InvalidDataError, InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["StoreFile", "advance", "forget_users", "meta", "numbers", "set_meta"]

#: "reco": the first thing that tells a store from another database.
APPLICATION_ID = 0x7265636F
SCHEMA_VERSION = 1
MOST_SECONDS_TO_FLUSH = 1.0

#: Ids of users stand in `users` only: every other table has numbers that are never used twice. `erasures` has marks
#: (HMAC-SHA-256 under a key of the file, 16 bytes) instead of ids.
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE users (number INTEGER PRIMARY KEY AUTOINCREMENT, id NOT NULL UNIQUE);
CREATE TABLE items (number INTEGER PRIMARY KEY AUTOINCREMENT, id NOT NULL UNIQUE, retired INTEGER NOT NULL DEFAULT 0);
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY, user INTEGER NOT NULL, item INTEGER NOT NULL,
  weight REAL, type TEXT, time INTEGER, consent);
CREATE INDEX events_of_user ON events (user);
CREATE TABLE removed (
  sequence INTEGER PRIMARY KEY, removed_at INTEGER NOT NULL, user INTEGER NOT NULL, item INTEGER NOT NULL,
  weight REAL, type TEXT, time INTEGER, consent);
CREATE INDEX removed_of_user ON removed (user);
CREATE TABLE erasures (sequence INTEGER PRIMARY KEY, mark BLOB NOT NULL);
CREATE TABLE operations (sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, time INTEGER, events INTEGER NOT NULL);
"""


@contextmanager
def typed_errors(path: str) -> Iterator[None]:
    """What SQLite raises, as what this package raises."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error)
        if "malformed" in text or "not a database" in text or "no such table" in text or "no such column" in text:
            raise InvalidDataError(f"{path} is not a store, or a damaged one: {text}") from error
        if "locked" in text or "busy" in text:
            raise FileError(
                f"{path} is being written by somebody else, who did not finish in time; nothing was changed. Try again "
                f"or give a longer timeout ({text})"
            ) from error
        if "full" in text:
            raise FileError(
                f"{path}: the disk is full; nothing was changed, and all that was acknowledged is there ({text})"
            ) from error
        raise FileError(f"{path}: {text}; nothing was changed") from error


#: Those open in this process.
_open_files: WeakSet[StoreFile] = WeakSet()


def _leave_to_parent() -> None:
    """After a fork connections belong to the parent: here they are neither used nor closed."""
    for file in _open_files:
        if file._writer is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(file._writer))
        file._writer = None
        file._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


def forget_users(connection: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Delete ids, of which nothing else may be left, and write their table anew.

    Where rows move between pages SQLite leaves copies that ``secure_delete`` does not reach; pages of a table that is
    dropped are zeroed whole.
    """
    connection.executemany("DELETE FROM users WHERE number = ?", [(number,) for number in numbers])
    connection.execute("CREATE TABLE users_new (number INTEGER PRIMARY KEY AUTOINCREMENT, id NOT NULL UNIQUE)")
    connection.execute("INSERT INTO users_new SELECT number, id FROM users ORDER BY number")
    (last,) = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'users'").fetchone()
    connection.execute("DROP TABLE users")
    connection.execute("ALTER TABLE users_new RENAME TO users")
    # A number is never used again.
    connection.execute("DELETE FROM sqlite_sequence WHERE name = 'users'")
    connection.execute("INSERT INTO sqlite_sequence VALUES ('users', ?)", (last,))


def meta(connection: sqlite3.Connection, key: str) -> Any:
    """What is written once in a file."""
    return connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0]


def set_meta(connection: sqlite3.Connection, key: str, value: object) -> None:
    """Write it."""
    connection.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))


def numbers(connection: sqlite3.Connection, table: str, ids: list[Any]) -> dict[Any, int]:
    """What stands for ids in other tables; new ones get a number."""
    found = dict.fromkeys(ids, 0)
    find, add = f"SELECT number FROM {table} WHERE id = ?", f"INSERT INTO {table} (id) VALUES (?)"
    for id_ in found:
        known = connection.execute(find, (id_,)).fetchone()
        found[id_] = int(known[0]) if known else int(connection.execute(add, (id_,)).lastrowid or 0)
    return found


def advance(connection: sqlite3.Connection, count: int) -> int:
    """Take so many numbers; the last of them."""
    last = int(meta(connection, "sequence")) + count
    set_meta(connection, "sequence", last)
    return last


class StoreFile:
    """One connection that writes, for any number of threads in turn; one for each reading."""

    def __init__(self, path: str | os.PathLike[str], synchronous: str, timeout: float) -> None:
        self.path = os.fsdecode(path)
        if self.path == ":memory:":
            raise InvalidParameterError("a store is a file, so that events survive; give it a path")
        if synchronous not in {"full", "normal"}:
            raise InvalidParameterError(f'synchronous must be "full" or "normal"; got {synchronous!r}')
        self.synchronous = synchronous
        self.timeout = check_number("timeout, in seconds,", timeout)
        self._lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._closed = False
        with typed_errors(self.path):
            self._writer = self._prepared()
        _open_files.add(self)

    def close(self) -> None:
        """Close the file; what was acknowledged is in it already."""
        with self._lock, typed_errors(self.path):
            if self._writer is not None:
                self._writer.close()
            self._writer = None
            self._closed = True

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the file, whatever others write meanwhile."""
        self._check_open()
        with typed_errors(self.path):
            connection = self._connected()
            try:
                connection.execute("BEGIN")
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing."""
        connection, lock = self._own()
        with lock, typed_errors(self.path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def flush(self) -> bool:
        """Give free pages back, and empty the log. False while somebody reads an older state."""
        connection, lock = self._own()
        with lock, typed_errors(self.path):
            connection.execute("PRAGMA incremental_vacuum").fetchall()
            # Whoever waits for readers here keeps others from writing: not for long.
            connection.execute(f"PRAGMA busy_timeout = {int(1000 * min(self.timeout, MOST_SECONDS_TO_FLUSH))}")
            try:
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.execute(f"PRAGMA busy_timeout = {int(1000 * self.timeout)}")
            return not busy

    def vacuum(self) -> None:
        """Write the file anew."""
        connection, lock = self._own()
        with lock, typed_errors(self.path):
            connection.execute("VACUUM")

    def _check_open(self) -> None:
        if self._closed:
            raise InvalidParameterError(f"this store is closed; open {self.path} again")

    def _own(self) -> tuple[sqlite3.Connection, threading.RLock]:
        self._check_open()
        with self._lock:
            if self._writer is None:
                with typed_errors(self.path):
                    self._writer = self._connected()
            return self._writer, self._lock

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=self.timeout, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA synchronous = {self.synchronous}")
        connection.execute("PRAGMA temp_store = MEMORY")
        # In KiB, with a minus. A batch touches the index of users all over.
        connection.execute("PRAGMA cache_size = -65536")
        return connection

    def _prepared(self) -> sqlite3.Connection:
        connection = self._connected()
        try:
            # One state of the file: somebody else may be making it.
            connection.execute("BEGIN")
            try:
                version = self._version(connection)
            finally:
                if connection.in_transaction:
                    connection.execute("COMMIT")
            if version is None:
                self._create(connection)
            elif version != SCHEMA_VERSION:
                raise InvalidDataError(
                    f"{self.path} is a store of version {version}, but this version of recocore reads {SCHEMA_VERSION}"
                )
        except BaseException:
            connection.close()
            raise
        return connection

    def _version(self, connection: sqlite3.Connection) -> int | None:
        """Of the tables; None when there are none yet."""
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application == APPLICATION_ID:
            return int(version)
        if tables or application:
            raise InvalidDataError(f"{self.path} is a database of something else, not a store")
        return None

    def _create(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        until = time.monotonic() + self.timeout
        while True:
            # SQLite does not wait here when somebody else creates the same file.
            try:
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.01)
        connection.execute("BEGIN IMMEDIATE")
        # Somebody else may have been first.
        if self._version(connection) is None:
            for statement in SCHEMA.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            values = {"sequence": 0, "forgotten_to": 0, "user_kind": None, "item_kind": None, "key": os.urandom(32)}
            connection.executemany("INSERT INTO meta VALUES (?, ?)", values.items())
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
