"""Cells of the scoreboard as a table and a plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.accuracy.data import SESSIONS, SPLITS
from benchmarks.accuracy.published import METRICS, PUBLISHED

TITLES = {
    "gowalla_m1": "Gowalla",
    "yelp2018_m1": "Yelp2018",
    "movielens1m_m1": "MovieLens-1M (BARS)",
    "diginetica": "Diginetica",
    "serenade-example": "Serenade's example",
    "x-wines": "X-Wines, split by time",
    "online-retail": "Online Retail, split by time",
}


def write_report(folder: Path) -> None:
    cells = [json.loads(path.read_text()) for path in sorted(folder.glob("*--*.json"))]
    (folder / "scoreboard.json").write_text(json.dumps(cells, indent=1) + "\n")
    (folder / "scoreboard.md").write_text("\n".join(table(cells, split) for split in SPLITS if of(cells, split)))
    try:
        import matplotlib as mpl
    except ImportError:
        print("no plot: it needs matplotlib")
        return
    mpl.use("Agg")
    plot(cells, folder / "scoreboard.svg")


def of(cells: list[dict[str, Any]], split: str) -> list[dict[str, Any]]:
    return [cell for cell in cells if cell["split"] == split]


def metrics_of(split: str) -> Any:
    return METRICS["sessions" if split in SESSIONS else "ranking"]


def table(cells: list[dict[str, Any]], split: str) -> str:
    """One split: best first."""
    (first, first_title), (second, second_title) = metrics_of(split)
    rows: list[tuple[float, str]] = []
    for model, source, one, two in PUBLISHED.get(split, []):
        values = f"{number(one)} | {number(two)}"
        rows.append((two or 0.0, f"| {model}, published ({source}) | | {values} | | | | |"))
    for cell in of(cells, split):
        best, defaults = cell["tuned"], cell["defaults"]
        name = f"**{cell['model']}**" if cell["library"] == "recocore" else f"{cell['library']} {cell['model']}"
        before = f"{number(defaults['metrics'][first])} / {number(defaults['metrics'][second])}"
        interval = best.get("intervals", {}).get(second)
        spread = f" [{number(interval[0])}, {number(interval[1])}]" if interval else ""
        after = f"{number(best['metrics'][first])} | {number(best['metrics'][second])}{spread}"
        cost = (
            f"{best['fit_seconds']:.1f} | {rounded(best.get('fit_mib'), 0)} | {rounded(best['list_milliseconds'], 2)}"
        )
        rows.append((best["metrics"][second], f"| {name} | {before} | {after} | {cost} | {written(best)} |"))
    rows.sort(key=lambda row: -row[0])
    head = f"| model | defaults | {first_title} | {second_title} | fit, s | MiB, at most | ms a list | settings |"
    return "\n".join([f"### {TITLES[split]}", "", head, "|---" * 8 + "|", *(row for _, row in rows), ""])


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".removeprefix("0")


def rounded(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def written(measured: dict[str, Any]) -> str:
    """Settings, and the weights of a blend."""
    settings = {**measured["settings"], **(measured.get("weights") or {})}
    values = (
        f"{key}={value:.3g}" if isinstance(value, float) else f"{key}={value!r}" for key, value in settings.items()
    )
    return ", ".join(values)


def plot(cells: list[dict[str, Any]], path: Path) -> None:
    """The second metric of each model, one panel a split."""
    from matplotlib import pyplot as plt

    splits = [split for split in SPLITS if of(cells, split)]
    if not splits:
        return
    figure, axes = plt.subplots(len(splits), 1, figsize=(8, 3.2 * len(splits)), squeeze=False)
    for axis, split in zip(axes[:, 0], splits, strict=True):
        _, (metric, title) = metrics_of(split)
        bars = [(two, model, "tab:gray") for model, _, _, two in PUBLISHED.get(split, []) if two]
        for cell in of(cells, split):
            ours = cell["library"] == "recocore"
            name = cell["model"] if ours else f"{cell['library']} {cell['model']}"
            bars.append((cell["tuned"]["metrics"][metric], name, "tab:blue" if ours else "tab:orange"))
        bars.sort()
        axis.barh([f"{name} " for _, name, _ in bars], [value for value, _, _ in bars], color=[c for *_, c in bars])
        axis.set_title(
            f"{TITLES[split]}: {title} (blue: recocore, orange: other libraries, gray: published)", fontsize=9
        )
        axis.tick_params(labelsize=7)
    figure.tight_layout()
    figure.savefig(path)
