"""New items and new users: recocore's models beside other libraries that look at features.

    RECOCORE_DATA=... python -m benchmarks.cold_start.run [--full] [--data name ...] [--protocol name ...]

One cell, a model in a protocol on a data set, is one process and one JSON file in the output folder; a cell that has
its file is not run again, so an interrupted run goes on where it was. Afterwards the tables are made of all files there
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

from benchmarks.cold_start import measure
from benchmarks.cold_start.cell import PROTOCOLS, kept, split_of
from benchmarks.cold_start.contestants import CONTESTANTS, there
from benchmarks.cold_start.data import DATA, load
from benchmarks.cold_start.export import export
from benchmarks.cold_start.report import write_report
from benchmarks.speed.report import update

#: Which data have dates.
DATED = ("x-wines", "online-retail")
EVERY = (*PROTOCOLS, "audience", "latency")
SHORT = ("x-wines",)
#: library: its models.
PEERS = {
    "scikit-learn": ("tfidf_centroid",),
    "lightfm": ("warp",),
    "implicit": ("als_ridge",),
    "rectools": ("als_features",),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="all data, more settings tried")
    parser.add_argument("--data", nargs="+", choices=DATA)
    parser.add_argument("--protocol", nargs="+", choices=EVERY, default=EVERY)
    parser.add_argument("--model", nargs="+", choices=CONTESTANTS)
    parser.add_argument("--peer", nargs="*", default=[], metavar="LIBRARY=PYTHON")
    parser.add_argument("--trials", type=int, help="settings tried for each model")
    parser.add_argument("--seconds", type=float, help="after which a cell tries no further settings")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--page", type=Path, help="the page whose tables are replaced")
    arguments = parser.parse_args()
    arguments.data = arguments.data or (DATA if arguments.full else SHORT)
    arguments.trials = arguments.trials or (12 if arguments.full else 2)
    arguments.seconds = arguments.seconds or (240.0 if arguments.full else 10.0)
    arguments.out = arguments.out or Path("build/cold-start" + ("-full" if arguments.full else ""))
    arguments.out.mkdir(parents=True, exist_ok=True)
    models = [name for name in there() if not arguments.model or name in arguments.model]
    failed = []
    for protocol in arguments.protocol:
        if protocol == "latency":
            failed += [] if run_alone("latency", arguments) else ["latency"]
            continue
        for data in arguments.data:
            if protocol == "time" and data not in DATED:
                continue
            if protocol == "audience":
                failed += [] if run_alone("audience", arguments, data) else [f"audience on {data}"]
                continue
            here = [model for model in models if data in CONTESTANTS[model].data]
            failed += [
                f"{protocol} {model} on {data}" for model in here if not run_cell(protocol, data, model, arguments)
            ]
            failed += [f"{protocol} {name} on {data}" for name in run_peers(protocol, data, arguments)]
    write_report(arguments.out)
    tables = (arguments.out / "cold_start.md").read_text()
    print(tables)
    if arguments.page:
        update(arguments.page, tables)
    if failed:
        sys.exit(f"not finished: {', '.join(failed)}")


def run_cell(protocol: str, data: str, model: str, arguments: argparse.Namespace) -> bool:
    """Whether the cell has its file now."""
    path = arguments.out / f"{protocol}--{data}--{model}.json"
    if path.exists():
        return True
    print(f"{protocol} {data}: {model}", flush=True)
    unfinished = path.with_suffix(".unfinished")
    limits = ["--trials", str(arguments.trials), "--seconds", str(arguments.seconds)]
    command = [sys.executable, "-m", "benchmarks.cold_start.cell", protocol, data, model, str(unfinished), *limits]
    if subprocess.run(command, check=False).returncode == 0:
        finish(unfinished, path, {"protocol": protocol, "data": data, "library": "recocore", "model": model})
    return path.exists()


def finish(unfinished: Path, path: Path, names: dict[str, str]) -> None:
    cell: dict[str, Any] = {**names, "date": time.strftime("%Y-%m-%d"), **json.loads(unfinished.read_text())}
    if unfinished.with_suffix(".npz").exists():
        unfinished.with_suffix(".npz").rename(path.with_suffix(".npz"))
    path.write_text(json.dumps(cell, indent=1) + "\n")
    unfinished.unlink()


def run_peers(protocol: str, data: str, arguments: argparse.Namespace) -> list[str]:
    """Those without a file in the end; they take part where items are new."""
    if protocol not in {"items", "time"}:
        return []
    peers = dict(peer.partition("=")[::2] for peer in arguments.peer)
    todo = [
        (library, model)
        for library in peers
        for model in PEERS[library]
        if not (arguments.out / f"{protocol}--{data}--{library}-{model}.json").exists()
    ]
    if not todo:
        return []
    folder = arguments.out / "peers"
    folder.mkdir(exist_ok=True)
    shop = load(data)
    matrices = folder / f"{protocol}--{data}.npz"
    if not matrices.exists():
        export(shop, protocol, matrices)
    part, _ = split_of(protocol, shop)
    failed = []
    for library, model in todo:
        print(f"{protocol} {data}: {library} {model}", flush=True)
        made = folder / f"{protocol}--{data}--{library}-{model}"
        command = [peers[library], "-m", "benchmarks.cold_start.peers", library, model, str(matrices), str(made)]
        command += ["--trials", str(arguments.trials), "--seconds", str(arguments.seconds)]
        if subprocess.run(command, check=False).returncode != 0:
            failed.append(f"{library} {model}")
            continue
        report = json.loads(made.with_suffix(".json").read_text())
        arrays: dict[str, Any] = {}
        with np.load(made.with_suffix(".npz")) as lists:
            for label, fit in report["fits"].items():
                if "same" not in fit:
                    found = measure.views({kind: lists[f"{label}_{kind}"] for kind in measure.KINDS}, part)
                    fit["views"] = kept(found, label, arrays)
        path = arguments.out / f"{protocol}--{data}--{library}-{model}.json"
        unfinished = path.with_suffix(".unfinished")
        np.savez(unfinished.with_suffix(".npz"), **arrays)
        unfinished.write_text(json.dumps(report | {"sizes": part.sizes()}))
        finish(unfinished, path, {"protocol": protocol, "data": data, "library": library, "model": model})
        made.with_suffix(".json").unlink()
        made.with_suffix(".npz").unlink()
    return failed


def run_alone(module: str, arguments: argparse.Namespace, *names: str) -> bool:
    """Whether a module that needs no contestants has its file now."""
    path = arguments.out / ("-".join([module, *names]) + ".json")
    if path.exists() or "Hybrid(ItemKNN)" not in there():
        return True
    print(module, *names, flush=True)
    command = [sys.executable, "-m", f"benchmarks.cold_start.{module}", *names, str(path)]
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    main()
