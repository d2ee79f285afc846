"""A process that appends, erases, trains and saves is killed at random moments; nothing acknowledged may be lost.

    python -m tests.campaign.kill_store --kills 1000

What the process does follows from a seed, step by step. It says which step is done through a pipe, after the call that
did it returned. The one who kills it knows from that what must be in the store: all steps that were acknowledged, and
perhaps the next one, whole or not at all.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import recocore as rc

USERS, ITEMS = 12, 9

Event = tuple[str, str, int]


@dataclass
class State:
    """What the store must have, kept in the simplest way there is."""

    events: list[Event] = field(default_factory=list)

    def apply(self, step: tuple[str, Any]) -> State:
        kind, what = step
        if kind == "append":
            return State(self.events + what)
        if kind == "erase":
            return State([event for event in self.events if event[0] != what])
        if kind == "drop_before":
            return State([event for event in self.events if event[2] >= what])
        if kind == "remove" and self.events:
            left = list(self.events)
            del left[what % len(left)]
            return State(left)
        return self


def plan(seed: int, number: int) -> tuple[str, Any]:
    """What the step of this number is. The times of events are unique, so that each event is."""
    chance = random.Random(f"{seed} {number}")
    draw = chance.random()
    if draw < 0.62:
        count = 1 if draw < 0.4 else chance.randrange(2, 40)
        start = 1_600_000_000 + 1000 * number
        return "append", [
            (f"user-{chance.randrange(USERS)}", f"item-{chance.randrange(ITEMS)}", start + place)
            for place in range(count)
        ]
    if draw < 0.67:
        return "erase", f"user-{chance.randrange(USERS)}"
    if draw < 0.71:
        return "remove", chance.randrange(10**6)
    if draw < 0.73:
        return "drop_before", 1_600_000_000 + 1000 * max(0, number - 60)
    return "save", None


def open_store(folder: Path) -> rc.Store:
    return rc.Store(folder / "shop.db", timestamp="timestamp")


def table(events: list[Event]) -> dict[str, list[Any]]:
    names = ("user_id", "item_id", "timestamp")
    return {name: [event[place] for event in events] for place, name in enumerate(names)}


def new_model() -> rc.ItemKNN:
    return rc.ItemKNN(k=5, n_jobs=None)


def do(store: rc.Store, model: Any, state: State, step: tuple[str, Any], folder: Path) -> None:
    kind, what = step
    if kind == "append":
        one = dict(zip(("user_id", "item_id", "timestamp"), what[0], strict=True))
        store.append(table(what) if len(what) > 1 else one)
    elif kind == "erase":
        store.erase(what)
    elif kind == "drop_before":
        store.drop_before(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(what)))
    elif kind == "remove" and state.events:
        store.remove(table([state.events[what % len(state.events)]]))
    elif kind == "save" and state.events:
        store.replay(model)
        model.save(folder / "model.reco")


def work(folder: Path, seed: int, number: int, state: State, pipe: int) -> NoReturn:
    """Step after step, until killed."""
    store = open_store(folder)
    model = rc.load(folder / "model.reco") if (folder / "model.reco").exists() else new_model()
    while True:
        step = plan(seed, number)
        do(store, model, state, step, folder)
        os.write(pipe, f"{number}\n".encode())
        state = state.apply(step)
        number += 1


def acknowledged(pipe: int, child: int, at_least: int, seconds: float) -> list[int]:
    """The steps done until the child is killed: a while after it has done so many."""
    said = b""
    while said.count(b"\n") < at_least and (more := os.read(pipe, 4096)):
        said += more
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child ended by itself"
    while more := os.read(pipe, 4096):
        said += more
    os.close(pipe)
    return [int(line) for line in said.split()]


def held(store: rc.Store) -> list[Event]:
    every = (event for user in range(USERS) for event in store.export(f"user-{user}"))
    return sorted(
        (event["user_id"], event["item_id"], event["timestamp"] // 1_000_000)
        for event in every
        if "removed_at" not in event
    )


def check_model(store: rc.Store, folder: Path) -> bool:
    """The file opens, and what is replayed into it makes the model of a fit. Whether there was anything to check."""
    path = folder / "model.reco"
    if not path.exists() or len(store) == 0:
        return False
    model = rc.load(path, verify=True)
    store.replay(model)
    model.save(folder / "replayed.reco")
    store.fit(new_model()).save(folder / "fitted.reco")
    assert (folder / "replayed.reco").read_bytes() == (folder / "fitted.reco").read_bytes(), "a replay is not a fit"
    return True


def campaign(folder: Path, kills: int, seed: int, longest: float = 0.03) -> dict[str, int]:
    chance = random.Random(seed)
    number, state = 0, State()
    counts = {"kills": 0, "steps": 0, "in_flight_done": 0, "models_checked": 0}
    for _ in range(kills):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                work(folder, seed, number, state, writing)
            except BaseException as error:  # noqa: BLE001
                os.write(2, f"the child failed at its own hands: {error!r}\n".encode())
            os._exit(1)
        os.close(writing)
        done = acknowledged(reading, child, chance.randrange(9), chance.random() * longest)
        assert done == list(range(number, number + len(done)))
        for step in done:
            state = state.apply(plan(seed, step))
        number += len(done)
        with open_store(folder) as store:
            there = held(store)
            following = state.apply(plan(seed, number))
            if there != sorted(state.events):
                assert there == sorted(following.events), f"after step {number} the store has {len(there)} events"
                state = following
                number += 1
                counts["in_flight_done"] += 1
            assert len(store) == len(state.events)
            counts["models_checked"] += check_model(store, folder)
        counts["kills"] += 1
    counts["steps"] = number
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    started = time.perf_counter()
    counts = campaign(folder, arguments.kills, arguments.seed)
    shutil.rmtree(folder)
    print(f"{counts} in {time.perf_counter() - started:.0f} s: nothing was lost", file=sys.stdout)


if __name__ == "__main__":
    main()
