"""One model of recocore on one split, in a process of its own.

    python -m benchmarks.accuracy.cell split model out.json --trials N --seconds S

Settings are chosen on a validation part of the training part: the defaults first, then settings that were found good
elsewhere (``starts.py``), then draws from the model's space, with a seed. The defaults and the best are fitted on the
whole training part and scored once on the test part.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from random import Random
from typing import Any

import recocore as rc

from benchmarks.accuracy.contestants import CONTESTANTS
from benchmarks.accuracy.data import Split, load
from benchmarks.accuracy.published import METRICS
from benchmarks.accuracy.starts import STARTS

Settings = dict[str, Any]

#: What needs more is not fitted.
LIMIT_OF_MEMORY = 14_000_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("split")
    parser.add_argument("model", choices=CONTESTANTS)
    parser.add_argument("out", type=Path)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=600.0)
    arguments = parser.parse_args()
    split = load(arguments.split)
    trials = search(arguments.model, split, arguments.trials, arguments.seconds)
    report: dict[str, Any] = {"version": rc.__version__, "trials": trials}
    best = max(trials, key=lambda trial: trial["value"], default={"settings": {}})["settings"]
    report["defaults"] = measure(arguments.model, {}, split)
    report["tuned"] = measure(arguments.model, best, split) if best else report["defaults"]
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")


def search(name: str, split: Split, trials: int, seconds: float) -> list[dict[str, Any]]:
    """What was tried, in order, with the metric on the validation part."""
    contestant = CONTESTANTS[name]
    wanted: list[Settings] = [{}, *STARTS.get((name, split.name), STARTS.get((name, "*"), []))][:trials]
    random = Random(0)
    space = contestant.space()
    while space and len(wanted) < trials:
        wanted.append(rc.spaces.sample(space, random))
    if len(wanted) == 1:
        return []
    validation = split.validation()
    begin = time.perf_counter()
    tried = []
    for settings in wanted:
        spent = time.perf_counter() - begin
        if tried and spent + spent / len(tried) > seconds:
            break
        start = time.perf_counter()
        model = contestant.make(settings, split).set_params(memory_limit=LIMIT_OF_MEMORY)
        value = getattr(validation.score(model.fit(validation.train)), split.metric)
        tried.append({"settings": settings, "value": value, "seconds": time.perf_counter() - start})
        print(f"  {value:.4f}  {time.perf_counter() - start:5.1f} s  {settings}", flush=True)
    return tried


def measure(name: str, settings: Settings, split: Split) -> dict[str, Any]:
    """Fit on the training part, score on the test part."""
    model = CONTESTANTS[name].make(settings, split).set_params(memory_limit=LIMIT_OF_MEMORY)
    model.fit(split.train)
    start = time.perf_counter()
    found = split.score(model, resamples=1000)
    seconds = time.perf_counter() - start
    kind = "sessions" if split.is_sessions else "ranking"
    return {
        "settings": settings,
        "metrics": {metric: getattr(found, metric) for metric, _ in METRICS[kind]},
        "intervals": {metric: list(found.interval(metric)) for metric, _ in METRICS[kind]},
        "weights": model.weights_ if isinstance(model, rc.Blend) else None,
        "coverage": found.coverage,
        "fit_seconds": model.fit_seconds_,
        "fit_mib": model.estimate_fit_memory(split.train) / 2**20,
        "list_milliseconds": 1000 * seconds / found.n_users,
    }


if __name__ == "__main__":
    main()
