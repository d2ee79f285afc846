"""Races: every round each contestant once, in rotating order, each in a process of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from benchmarks.speed.agreement import Lists, compare
from benchmarks.speed.contestants import CUT_BY_HISTORY, SAMPLE, users_to_serve

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from benchmarks.speed.cases import Case

ROOT = Path(__file__).parents[2]
OURS = "recocore"

#: A race that takes less has more rounds, up to five times as many: short runs scatter.
SHORT_SECONDS = 2.0


class WorkerError(Exception):
    pass


class WorkerProcess:
    """A contestant in its process, which lives until the race is over."""

    def __init__(self, contestant: str, python: str, threads: int) -> None:
        self.contestant = contestant
        # A pool of threads for what is measured, none beside it.
        pools = dict.fromkeys(("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "NUMBA_NUM_THREADS"), str(threads))
        environment = {**os.environ, **pools, "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (read when the process has failed)
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.speed.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            cwd=ROOT,
            env=environment,
        )

    def send(self, do: str, **arguments: Any) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # `receive` will say why.

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            raise WorkerError(f"{self.contestant}:\n{self.errors.read()[-4000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        self.send(do, **arguments)
        return self.receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()


def race(
    case: Case,
    threads: int,
    rounds: int,
    data: Path,
    *,
    neighbours: Path | None = None,
    pythons: dict[str, str] | None = None,
    most_lists: int | None = None,
) -> dict[str, Any]:
    """All that was measured in one race. Of a fit at most so many lists are compared, spread over the catalogue."""
    pythons = pythons or {}
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(WorkerProcess(name, pythons.get(name, sys.executable), threads))
            for name in (OURS, *case.peers)
        }
        for name, worker in workers.items():
            given = None if neighbours is None else str(neighbours)
            worker.send("load", contestant=name, case=asdict(case), threads=threads, data=str(data), neighbours=given)
        loaded = {name: worker.receive() for name, worker in workers.items()}
        # The first run tells the memory; it is not in the times.
        first = {name: worker.ask("run") for name, worker in workers.items()}
        agreement = check_agreement(case, workers, data, most_lists)
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in workers}
        started, done = time.perf_counter(), 0
        while done < rounds or (done < 5 * rounds and time.perf_counter() - started < SHORT_SECONDS):
            for name in rotated(list(workers), done):
                time.sleep(0.02)  # Threads that spin after their work go to sleep.
                runs[name].append(workers[name].ask("run"))
            done += 1
    return {
        "id": case.id,
        "name": case.name,
        "task": case.task,
        "data": case.data,
        "settings": case.settings,
        "k": case.k,
        "threads": threads,
        "rounds": done,
        "target": case.target,
        "target_p50_us": case.target_p50,
        "contestants": {
            name: {
                "data_bytes": loaded[name]["data_bytes"],
                "peak_bytes": first[name]["peak_bytes"],
                "first_seconds": first[name]["seconds"],
                "runs": runs[name],
                "median_seconds": statistics.median(cost_of(case, run) for run in runs[name]),
                "agreement": agreement.get(name),
                "differs": case.differs.get(name),
                "versions": loaded[name]["versions"],
            }
            for name in workers
        },
        "ratios": ratios({name: [cost_of(case, run) for run in runs[name]] for name in workers}),
    }


def cost_of(case: Case, run: dict[str, Any]) -> float:
    """Seconds: of the whole, or of the median request."""
    return float(run["p50_ns"] * 1e-9 if case.task == "one" else run["seconds"])


def rotated(names: list[str], by: int) -> list[str]:
    by %= len(names)
    return names[by:] + names[:by]


def ratios(seconds: dict[str, list[float]]) -> dict[str, Any]:
    """How many times longer each peer took than recocore: round by round, and of the medians."""
    found: dict[str, Any] = {}
    for name, theirs in seconds.items():
        if name != OURS:
            by_round = [their / our for their, our in zip(theirs, seconds[OURS], strict=True)]
            found[name] = {
                "median": statistics.median(by_round),
                "min": min(by_round),
                "max": max(by_round),
                "of_medians": statistics.median(theirs) / statistics.median(seconds[OURS]),
                "rounds": by_round,
            }
    if found:
        fastest = min(found, key=lambda name: statistics.median(seconds[name]))
        return {"peers": found, "fastest_peer": fastest, "against_fastest": found[fastest]}
    return {"peers": {}, "fastest_peer": None, "against_fastest": None}


def check_agreement(
    case: Case, workers: dict[str, WorkerProcess], data: Path, most_lists: int | None
) -> dict[str, dict[str, Any]]:
    """Of every peer with recocore; those that mean something else with what recocore's numbers say of that."""
    compared = [name for name in case.peers if name not in case.differs]
    rows = rows_to_compare(case, data, most_lists)
    answers: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:

        def fetch(name: str, *, by_history: bool = False) -> Lists:
            path = Path(folder) / "lists.npz"
            workers[name].ask("lists", path=str(path), rows=rows, by_history=by_history)
            with np.load(path) as file:
                return Lists(file["ids"], file["scores"])

        ours: dict[bool, Lists] = {}
        for name in compared:
            by_history = case.task != "fit" and name in CUT_BY_HISTORY
            if by_history not in ours:
                ours[by_history] = fetch(OURS, by_history=by_history)
            found = compare(ours[by_history], fetch(name))
            answers[name] = {
                "agree": found.agree,
                "lists": found.lists,
                "lists_that_differ": found.lists_that_differ,
                "worst_score_difference": found.worst_score_difference,
                "compared_with": "the same neighbours, summed by item of the history" if by_history else "the result",
            }
    return answers


def rows_to_compare(case: Case, data: Path, most_lists: int | None) -> list[int] | None:
    """Items of a fit, users of the rest; None for all."""
    if case.task == "fit" and most_lists is None:
        return None
    matrix = sp.csr_matrix(sp.load_npz(data))
    if case.task == "one":
        return [int(user) for user in users_to_serve(matrix, case.history)[:SAMPLE]]
    rows, most = (matrix.shape[1], most_lists or SAMPLE) if case.task == "fit" else (matrix.shape[0], SAMPLE)
    return list(range(0, rows, -(-rows // most)))


def fit_neighbours(case: Case, data: Path, path: Path) -> Path:
    """The neighbours all contestants serve from."""
    import recocore

    model = recocore.ItemKNN(k=case.k, **case.settings).fit(recocore.Interactions.from_sparse(sp.load_npz(data)))
    sp.save_npz(path, sp.csr_matrix(model.similarity_), compressed=False)
    return path
