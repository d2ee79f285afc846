"""recocore beside other libraries: the same data, the same threads, in turns.

    make bench, or: python -m benchmarks.speed.run [--full] [--only TEXT] [--rounds N] [--update-docs]

Writes speed.json and speed.md to --out. docs/speed.md says what is measured and how.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import scipy.sparse as sp

from benchmarks.speed import data, report
from benchmarks.speed.cases import Case, all_cases
from benchmarks.speed.measure import ROOT, WorkerError, fit_neighbours, race
from benchmarks.speed.shop import describe

SHORT_ROUNDS, FULL_ROUNDS = 3, 7
#: Lists of a fit that the short form compares.
MOST_LISTS = 5000


def main() -> None:
    arguments = parse_arguments()
    skipped: list[str] = []
    races = choose(arguments, skipped)
    if arguments.list:
        print("\n".join(f"{case.id}, {threads} threads: {', '.join(case.peers)}" for case, threads in races))
        return

    started = time.perf_counter()
    results: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d"),
        "command": shlex.join(["python", "-m", "benchmarks.speed.run", *sys.argv[1:]]),
        "cpu": cpu_model(),
        "cpus": os.cpu_count(),
        "os": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "rounds": arguments.rounds,
        "versions": {},
        "data": {},
        "races": [],
        "serving": [],
        "kernels": [],
        "skipped": skipped,
    }
    run_races(races, arguments, results)
    run_programs(arguments, results)
    results["seconds"] = time.perf_counter() - started
    text = write(results, arguments.out)
    if arguments.update_docs:
        report.update(ROOT / "docs" / "speed.md", text)
    print(f"\n{text}\n{results['seconds']:.0f} s in all; {arguments.out}/speed.json has every round")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="everything; without it a choice that takes minutes")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="races with this in their name")
    parser.add_argument("--threads", type=int, action="append", metavar="N", help="races with as many threads")
    parser.add_argument("--rounds", type=int, help=f"default: {SHORT_ROUNDS}, or {FULL_ROUNDS} of the full form")
    parser.add_argument("--peers", help="comma-separated: only these of the peers; may be empty")
    parser.add_argument("--list", action="store_true", help="say which races there are")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--python-rectools", help="the Python of an environment that has RecTools")
    parser.add_argument("--serve-latency", type=Path, help="executable that times serving from C++")
    parser.add_argument("--kernels", type=Path, help="executable of the micro-benchmarks")
    parser.add_argument("--update-docs", action="store_true", help="put the tables in docs/speed.md")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (FULL_ROUNDS if arguments.full else SHORT_ROUNDS)
    return arguments


def choose(arguments: argparse.Namespace, skipped: list[str]) -> list[tuple[Case, int]]:
    """The races asked for whose data is at hand, each with its threads."""
    asked = None if arguments.peers is None else set(filter(None, arguments.peers.split(",")))
    without_data, without_rectools = set(), set()
    races = []
    for case in all_cases():
        threads = case.threads if arguments.full or arguments.only else case.short
        threads = tuple(count for count in threads if not arguments.threads or count in arguments.threads)
        if not threads or not all(text in case.id for text in arguments.only):
            continue
        if not data.available(case.data):
            without_data.add(case.data)
            continue
        peers = [name for name in case.peers if asked is None or name in asked]
        if "rectools" in peers and not arguments.python_rectools:
            without_rectools.add(case.id)
            peers.remove("rectools")
        races += [(replace(case, peers=tuple(peers)), count) for count in threads]
    if without_data:
        names = ", ".join(sorted(without_data))
        skipped.append(f"RECOCORE_DATA is not set, so there is only generated data: nothing on {names}")
    if without_rectools:
        skipped.append("RecTools, which needs an environment of its own: --python-rectools")
    return races


def run_races(races: list[tuple[Case, int]], arguments: argparse.Namespace, results: dict[str, Any]) -> None:
    """Results are written after each race: an interrupt loses one."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as models:
        served: dict[str, Path] = {}
        for number, (case, threads) in enumerate(races, 1):
            now = time.perf_counter() - started
            print(f"[{number}/{len(races)}, {now:.0f} s] {case.id}, {threads} threads", flush=True)
            path = data.prepare(case.data, ROOT / "build" / "bench" / "data")
            if case.data not in results["data"]:
                results["data"][case.data] = describe_file(path, case.data)
            if case.task != "fit" and case.data not in served:
                served[case.data] = fit_neighbours(case, path, Path(models) / f"{case.data}.npz")
            try:
                found = race(
                    case,
                    threads,
                    min(arguments.rounds, case.most_rounds or arguments.rounds),
                    path,
                    neighbours=served[case.data] if case.task != "fit" else None,
                    pythons={"rectools": arguments.python_rectools} if arguments.python_rectools else {},
                    most_lists=None if arguments.full else MOST_LISTS,
                )
            except WorkerError as failure:
                sys.exit(f"{case.id}: a library failed: {failure}")
            print("  " + in_short(found), flush=True)
            results["races"].append(found)
            for name, one in found["contestants"].items():
                # The environment of RecTools has a NumPy of its own.
                wanted = ("rectools",) if name == "rectools" else tuple(one["versions"])
                results["versions"] |= {package: one["versions"][package] for package in wanted}
            write(results, arguments.out)


def run_programs(arguments: argparse.Namespace, results: dict[str, Any]) -> None:
    """Those written in C++, where they were built."""
    for name, program, options in (
        ("serving", arguments.serve_latency, []),
        ("kernels", arguments.kernels, ["--benchmark_format=json"]),
    ):
        if program is None or not program.is_file():
            results["skipped"].append(f"{name} from C++: make bench-programs builds what measures it")
            continue
        print(f"{program.name}", flush=True)
        output = subprocess.run([program, *options], stdout=subprocess.PIPE, text=True, check=True).stdout
        if name == "kernels":
            results[name] = json.loads(output)["benchmarks"]
        else:
            results[name] = [json.loads(line) for line in output.splitlines() if line]


def describe_file(path: Path, name: str) -> dict[str, Any]:
    description = describe(sp.load_npz(path)) | {"generated": name in data.GENERATED}
    print(f"  {name}: {json.dumps(description)}", flush=True)
    return description


def in_short(found: dict[str, Any]) -> str:
    """A line about a race."""
    parts = []
    for name, one in found["contestants"].items():
        ratio = found["ratios"]["peers"].get(name)
        text = f"{name} {one['median_seconds']:.3g} s"
        if ratio:
            text += f" ({ratio['median']:.2f} x)"
        if one["agreement"] and not one["agreement"]["agree"]:
            text += f" DISAGREES in {one['agreement']['lists_that_differ']} lists"
        parts.append(text)
    return ", ".join(parts)


def write(results: dict[str, Any], out: Path) -> str:
    out.mkdir(parents=True, exist_ok=True)
    (out / "speed.json").write_text(json.dumps(results, indent=1) + "\n")
    text = report.markdown(results)
    (out / "speed.md").write_text(text)
    return text


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
