"""One contestant in a process of its own. Reads requests, a line of JSON each, from its input; answers likewise."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from benchmarks.speed.cases import Case
from benchmarks.speed.contestants import CONTESTANTS, Contestant, RecocoreRecommend
from benchmarks.speed.shop import make_shop


class Worker:
    contestant: Contestant

    def load(
        self, contestant: str, case: dict[str, Any], threads: int, data: str, neighbours: str | None
    ) -> dict[str, Any]:
        """Everything that is not timed. What is slow only the first time is done on a tiny shop."""
        chosen = Case(**case)
        make = CONTESTANTS[chosen.task][contestant]
        tiny = make_shop(300, 150, 4000, departments=10)
        make(chosen, tiny, threads, None if neighbours is None else sp.identity(150, format="csr")).run()
        before = resident()
        matrix = sp.load_npz(data)
        self.contestant = make(chosen, matrix, threads, None if neighbours is None else sp.load_npz(neighbours))
        del matrix
        return {"data_bytes": resident() - before, "versions": make.versions()}

    def run(self) -> dict[str, Any]:
        before = resident()
        can_reset = reset_peak()
        start = time.perf_counter()
        figures = self.contestant.run()
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "peak_bytes": peak() - before if can_reset else None} | figures

    def lists(self, path: str, rows: list[int] | None, by_history: bool) -> dict[str, Any]:
        chosen = None if rows is None else np.asarray(rows, dtype=np.int64)
        if by_history:
            assert isinstance(self.contestant, RecocoreRecommend)
            found = self.contestant.lists_by_history(chosen)
        else:
            found = self.contestant.lists(chosen)
        np.savez(path, ids=found.ids, scores=found.scores)
        return {}


def resident() -> int:
    """Bytes in memory, after what can be given back was."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return status("VmRSS")


def peak() -> int:
    return status("VmHWM")


def status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def reset_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def main() -> None:
    # Whatever a library prints goes elsewhere.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = Worker()
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(worker, request.pop("do"))(**request)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
