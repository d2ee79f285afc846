"""What a store survives."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import resource
import sqlite3
import sys

import pytest
import recocore as rc
from recocore import errors

from tests.campaign.kill_store import campaign

EVENTS = {"user_id": ["ann", "ann", "bob", "bob"], "item_id": ["tea", "pot", "tea", "pot"]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "shop.db"


def in_child(work) -> int:
    """The exit code of a forked child: 0 when the work returned."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_killed_at_any_moment(tmp_path):
    counts = campaign(tmp_path, kills=20, seed=5)
    assert counts["kills"] == 20
    assert counts["steps"] > 20
    assert counts["models_checked"] > 0


def append_many(path, name, count):
    with rc.Store(path) as store:
        for number in range(count):
            store.append({"user_id": f"{name}-{number}", "item_id": "tea"})


def test_many_processes(path):
    """Several create the store, write, and are read meanwhile."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=append_many, args=(path, name, 30)) for name in "abc"]
    for writer in writers:
        writer.start()
    with rc.Store(path) as store:
        before = 0
        while any(writer.is_alive() for writer in writers):
            now = len(store)
            assert now >= before
            before = now
            if now:
                assert store.interactions().n_users >= now
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    with rc.Store(path) as store:
        assert store.sequence == len(store) == 90
        for name in "abc":
            assert [len(store.export(f"{name}-{number}")) for number in range(30)] == [1] * 30


def test_fork(path):
    store = rc.Store(path)
    store.append(EVENTS)

    def work():
        assert store.append({"user_id": "child", "item_id": "tea"}) == 5
        store.close()

    assert in_child(work) == 0
    assert store.append({"user_id": "parent", "item_id": "tea"}) == 6
    assert len(store) == 6
    store.close()


def test_a_child_that_only_ends(path):
    store = rc.Store(path)
    store.append(EVENTS)
    child = os.fork()
    if child == 0:
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
        os._exit(0)
    os.waitpid(child, 0)
    store.append(EVENTS)
    store.close()
    with rc.Store(path) as again:
        assert len(again) == 8


def test_not_pickled(path):
    with rc.Store(path) as store, pytest.raises(TypeError, match="open it again"):
        pickle.dumps(store)


@pytest.mark.parametrize("content", [b"", b"no database, but long enough to have a header of one" * 40])
def test_other_files(path, content):
    path.write_bytes(content)
    if not content:
        rc.Store(path).close()
        return
    with pytest.raises(errors.InvalidDataError, match="not a store"):
        rc.Store(path)
    assert path.read_bytes() == content


def test_other_databases(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE things (name)")
    connection.commit()
    connection.close()
    with pytest.raises(errors.InvalidDataError, match="something else"):
        rc.Store(path)


def test_later_versions(path):
    rc.Store(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(errors.InvalidDataError, match="version 2, but this version of recocore reads 1"):
        rc.Store(path)


def test_damaged_files(path):
    with rc.Store(path) as store:
        store.append({"user_id": [f"user {n}" for n in range(3000)], "item_id": ["tea"] * 3000})
    whole = path.read_bytes()
    noticed = 0
    for page in range(1, len(whole) // 4096):
        path.write_bytes(whole[: page * 4096] + b"\xa5" * 4096 + whole[(page + 1) * 4096 :])
        for leftover in path.parent.glob(path.name + "-*"):
            leftover.unlink()
        try:
            with rc.Store(path) as store:
                store.interactions()
                store.append({"user_id": "user 1", "item_id": "tea"})
                store.erase("user 2")
        except errors.RecocoreError:
            noticed += 1
    assert noticed > len(whole) // 4096 // 2


def test_no_such_folder(tmp_path):
    with pytest.raises(errors.FileError, match="unable to open"):
        rc.Store(tmp_path / "nowhere" / "shop.db")


def test_others_write_for_too_long(path):
    with rc.Store(path) as first, rc.Store(path, timeout=0.05) as second:
        first.append(EVENTS)
        with first._file.writing():
            with pytest.raises(errors.FileError, match="somebody else"):
                second.append(EVENTS)
            assert len(second) == 4
        second.append(EVENTS)
        assert len(first) == 8


def test_full_disk(path):
    with rc.Store(path) as store:
        store.append(EVENTS)
        store.checkpoint()
        connection, _ = store._file._own()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        acknowledged = 4
        with pytest.raises(errors.FileError, match="full"):  # noqa: PT012
            for batch in range(1000):
                store.append({"user_id": [f"user {batch} {n}" for n in range(50)], "item_id": ["tea"] * 50})
                acknowledged += 50
        assert store.sequence == len(store) == acknowledged
        connection.execute("PRAGMA max_page_count = 1000000")
        assert store.append(EVENTS) == acknowledged + 4


def test_no_more_bytes(path):
    """The system refuses to write in the middle of anything; what was acknowledged is there afterwards."""
    rc.Store(path).close()
    log = path.parent / "acknowledged"

    def work():
        with log.open("wb", buffering=0) as acknowledged, rc.Store(path) as store:
            resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
            for number in range(10_000):
                try:
                    store.append({"user_id": f"user {number}", "item_id": "tea"})
                except errors.FileError:
                    os._exit(7)
                acknowledged.write(b".")

    assert in_child(work) == 7
    with rc.Store(path) as store:
        assert store.sequence == len(store) == log.stat().st_size
        assert store.interactions().n_users == len(store)
