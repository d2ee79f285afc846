"""The scoreboard: every model on every split, beside published rows and other libraries.

    RECOCORE_DATA=... python -m benchmarks.accuracy.run [--split name ...] [--model name ...] [--trials N] [--seconds S]

One cell, a model on a split, is one process and one JSON file in the output folder; a cell that has its file is not
run again, so an interrupted run goes on where it was. Afterwards the table and the plot are made of all files there
are. Peers run in environments of their own, named by ``--peer library=python``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import recocore as rc

from benchmarks.accuracy.contestants import CONTESTANTS
from benchmarks.accuracy.data import RANKING, SPLITS, load
from benchmarks.accuracy.report import write_report

#: library: its models, and the splits they can run on in reasonable time and memory.
PEERS: dict[str, dict[str, tuple[str, ...]]] = {
    "implicit": {"als": RANKING, "bpr": RANKING, "item_knn_cosine": RANKING, "item_knn_bm25": RANKING},
    "rectools": {"ease": ("movielens1m_m1",)},
    "sansa": {"sansa": RANKING},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", nargs="+", default=list(SPLITS), choices=SPLITS)
    parser.add_argument("--model", nargs="+", default=list(CONTESTANTS), choices=CONTESTANTS)
    parser.add_argument("--peer", nargs="*", default=[], metavar="LIBRARY=PYTHON")
    parser.add_argument("--trials", type=int, default=8, help="settings tried for each model and split")
    parser.add_argument("--seconds", type=float, default=120.0, help="after which a cell tries no further settings")
    parser.add_argument("--out", type=Path, default=Path("build/scoreboard"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    failed = []
    for split in arguments.split:
        here = [model for model in arguments.model if split in CONTESTANTS[model].splits]
        failed += [f"{model} on {split}" for model in here if not run_cell(split, model, arguments)]
        for peer in arguments.peer:
            library, _, python = peer.partition("=")
            for model, splits in PEERS[library].items():
                if split in splits and not run_peer(split, library, model, python, arguments):
                    failed.append(f"{library} {model} on {split}")
    write_report(arguments.out)
    print((arguments.out / "scoreboard.md").read_text())
    if failed:
        sys.exit(f"not finished: {', '.join(failed)}")


def run_cell(split: str, model: str, arguments: argparse.Namespace) -> bool:
    """Whether the cell has its file now."""
    path = arguments.out / f"{split}--{model}.json"
    if path.exists():
        return True
    print(f"{split}: {model}", flush=True)
    unfinished = path.with_suffix(".unfinished")
    limits = ["--trials", str(arguments.trials), "--seconds", str(arguments.seconds)]
    module = [sys.executable, "-m", "benchmarks.accuracy.cell"]
    done = subprocess.run([*module, split, model, str(unfinished), *limits], check=False)
    if done.returncode == 0:
        finish(unfinished, path, {"split": split, "library": "recocore", "model": model})
    return path.exists()


def finish(unfinished: Path, path: Path, names: dict[str, str]) -> None:
    cell: dict[str, Any] = {**names, "date": time.strftime("%Y-%m-%d"), **json.loads(unfinished.read_text())}
    unfinished.write_text(json.dumps(cell, indent=1) + "\n")
    unfinished.rename(path)


def run_peer(split: str, library: str, model: str, python: str, arguments: argparse.Namespace) -> bool:
    """Whether the peer's cell has its file now."""
    path = arguments.out / f"{split}--{library}-{model}.json"
    if path.exists():
        return True
    print(f"{split}: {library} {model}", flush=True)
    matrices = matrices_of(split, arguments.out)
    lists = arguments.out / "peers" / f"{split}-{library}-{model}"
    lists.parent.mkdir(exist_ok=True)
    command = [python, str(Path(__file__).with_name("peers.py")), library, model, str(matrices), str(lists)]
    command += ["--trials", str(arguments.trials), "--seconds", str(arguments.seconds)]
    if subprocess.run(command, check=False).returncode == 0:
        report = json.loads(lists.with_suffix(".json").read_text())
        with np.load(lists.with_suffix(".npz")) as made:
            for name in ("defaults", "tuned"):
                report[name] |= measure_lists(split, made[name])
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(report))
        finish(unfinished, path, {"split": split, "library": library, "model": model})
        lists.with_suffix(".json").unlink()
        lists.with_suffix(".npz").unlink()
    return path.exists()


def matrices_of(name: str, out: Path) -> Path:
    """The matrices of a split in the positions of the training part, which are those of its ids."""
    path = out / f"{name}.npz"
    if not path.exists():
        split = load(name)
        shape = split.train.shape
        arrays: dict[str, Any] = {"shape": np.array(shape)}
        validation = split.validation()
        assert validation.test is not None
        for part, interactions in (("train", split.train), ("fit", validation.train), ("validation", validation.test)):
            indptr, indices, _ = interactions._core.csr()
            users = np.searchsorted(split.train.users, interactions.users)
            items = np.searchsorted(split.train.items, interactions.items)
            sizes = np.zeros(shape[0], dtype=np.int64)
            sizes[users] = np.diff(indptr)
            arrays[f"{part}_indptr"] = np.concatenate([[0], np.cumsum(sizes)])
            arrays[f"{part}_indices"] = items[indices].astype(np.int32)
        np.savez(path, **arrays)
    return path


def measure_lists(name: str, lists: Any) -> dict[str, Any]:
    """What evaluating a model gives, from lists in the positions of the training part."""
    split = load(name)
    assert split.test is not None
    recommended, relevant = [], []
    for user in split.test.users:
        row = lists[np.searchsorted(split.train.users, user)] if user in split.train.users else []
        recommended.append([int(split.train.items[item]) for item in row if item >= 0])
        relevant.append(split.test.items_of(user).tolist())
    found = rc.metrics.evaluate_lists(recommended, relevant, n=20)
    return {
        "metrics": {metric: float(found[metric].mean()) for metric in ("recall", "ndcg")},
        "list_milliseconds": None,
    }


if __name__ == "__main__":
    main()
