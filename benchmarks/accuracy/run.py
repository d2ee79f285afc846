"""ItemKNN on the published splits, tuned on the training part only.

    RECOCORE_DATA=... python benchmarks/accuracy/run.py [--out folder] [split ...]

For each split a tenth of the training pairs is held out and settings are searched on it (NDCG@20; for each
weighting one parameter after the other, two rounds). The best are fitted on the whole training part and
scored once on the test part. Default settings are scored beside them. Full ranking, users with test items,
items of the training row left out: the protocol of the published tables.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import recocore as rc

# Recall@20, NDCG@20 of the ItemCF row in the BARS leaderboards (reczoo, 2022).
PUBLISHED = {"gowalla_m1": (0.1570, 0.1214), "yelp2018_m1": (0.0639, 0.0531)}

# One setting for all: what the documentation suggests to start with.
SUGGESTED: dict[str, Any] = {
    "similarity": "asymmetric_cosine",
    "alpha": 0.7,
    "weighting": "tf_idf",
    "shrinkage": 3.0,
}

# Where a search starts: a weighting decides which of the other settings are good.
STARTS: tuple[dict[str, Any], ...] = ({"weighting": None}, {"weighting": "tf_idf"}, {"weighting": "bm25"})
STEPS: dict[str, list[dict[str, Any]]] = {
    "alpha": [{"similarity": "asymmetric_cosine", "alpha": alpha} for alpha in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)],
    "shrinkage": [{"shrinkage": shrinkage} for shrinkage in (0.0, 1.0, 3.0, 10.0, 30.0)],
    "k": [{"k": k} for k in (20, 50, 100, 200, 500, 1000)],
    "bm25": [{"bm25_k1": k1, "bm25_b": b} for k1 in (1.2, 10.0, 100.0) for b in (0.25, 0.5, 0.75)],
}


@dataclass
class Row:
    """One line of the table."""

    split: str
    model: str
    settings: dict[str, Any]
    recall: float
    ndcg: float
    fit_seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("splits", nargs="*", default=["gowalla_m1", "yelp2018_m1", "movielens1m_m1"])
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    arguments = parser.parse_args()
    data = os.environ.get("RECOCORE_DATA")
    if not data:
        sys.exit("bench-accuracy: skipped: set RECOCORE_DATA to the folder that holds the splits")

    rows: list[Row] = []
    for split in arguments.splits:
        folder = Path(data) / split
        if not folder.is_dir():
            sys.exit(f"bench-accuracy: {folder} does not exist")
        rows += run(split, folder)
    arguments.out.mkdir(parents=True, exist_ok=True)
    report = {"version": rc.__version__, "machine": platform.processor() or platform.machine(), "rows": []}
    report["rows"] = [asdict(row) for row in rows]
    (arguments.out / "accuracy.json").write_text(json.dumps(report, indent=2) + "\n")
    text = table(rows)
    (arguments.out / "accuracy.md").write_text(text)
    print("\n" + text)


def run(split: str, folder: Path) -> list[Row]:
    """The rows of one split."""
    train, test = read_rows(folder / "train.txt"), read_rows(folder / "test.txt")
    fit_part, validation = rc.split.random(train, test_fraction=0.1, seed=1)
    print(f"{split}: {len(train):,} training and {len(test):,} test pairs", flush=True)

    best = max((search(start, fit_part, validation) for start in STARTS), key=lambda found: found[1])[0]

    rows = []
    models: dict[str, tuple[rc.ItemKNN | rc.Popularity, dict[str, Any]]] = {
        "Popularity": (rc.Popularity(), {}),
        "ItemKNN, defaults": (rc.ItemKNN(), {}),
        "ItemKNN, suggested": (rc.ItemKNN(**SUGGESTED), SUGGESTED),
        "ItemKNN, tuned": (rc.ItemKNN(**best), best),
    }
    for name, (model, settings) in models.items():
        start_time = time.perf_counter()
        model.fit(train)
        seconds = time.perf_counter() - start_time
        result = rc.evaluate(model, train, test, n=20)
        rows.append(Row(split, name, settings, result.recall, result.ndcg, seconds))
    return rows


def search(start: dict[str, Any], train: rc.Interactions, validation: rc.Interactions) -> tuple[dict[str, Any], float]:
    """The best settings found from a start, one parameter after the other, twice, and their NDCG@20."""
    seen: dict[str, float] = {}

    def ndcg_of(settings: dict[str, Any]) -> float:
        key = json.dumps(settings, sort_keys=True)
        if key not in seen:
            seen[key] = rc.evaluate(rc.ItemKNN(**settings), train, validation, n=20, resamples=1).ndcg
            print(f"  {seen[key]:.4f}  {settings}", flush=True)
        return seen[key]

    best = start
    for _ in range(2):
        for name, choices in STEPS.items():
            if name != "bm25" or start["weighting"] == "bm25":
                best = max([best, *(best | choice for choice in choices)], key=ndcg_of)
    return best, ndcg_of(best)


def read_rows(path: Path) -> rc.Interactions:
    """A line a user: the user, then the items."""
    users, items = [], []
    with path.open() as file:
        for line in file:
            numbers = np.array(line.split(), dtype=np.int64)
            users.append(np.full(max(0, numbers.size - 1), numbers[0] if numbers.size else 0))
            items.append(numbers[1:])
    return rc.Interactions.from_arrays(np.concatenate(users), np.concatenate(items), duplicates="binary")


def table(rows: list[Row]) -> str:
    lines = ["| split | model | Recall@20 | NDCG@20 | fit, s | settings |", "|---|---|---|---|---|---|"]
    for split in dict.fromkeys(row.split for row in rows):
        if split in PUBLISHED:
            recall, ndcg = PUBLISHED[split]
            lines.append(f"| {split} | ItemCF, published (BARS) | {recall:.4f} | {ndcg:.4f} | | |")
        for row in rows:
            if row.split == split:
                settings = ", ".join(f"{key}={value!r}" for key, value in row.settings.items())
                figures = f"{row.recall:.4f} | {row.ndcg:.4f} | {row.fit_seconds:.1f}"
                lines.append(f"| {split} | {row.model} | {figures} | {settings} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
