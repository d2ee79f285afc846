"""Cells as tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cold_start.contestants import ALONE
from benchmarks.cold_start.data import DATA
from benchmarks.cold_start.measure import gain

Cell = dict[str, Any]

#: Of fewer users nothing is said.
FEW = 20

TITLES = {
    "x-wines": "X-Wines",
    "online-retail": "Online Retail",
    "s3rec-beauty": "Amazon Beauty",
    "citeulike-a": "CiteULike-a",
}
#: View: its heading.
VIEWS = {
    "stream": "whole stream",
    "warm": "known items, among known",
    "new_in_all": "new items, among all",
    "new": "new items, among new",
}
LABELS = {
    "defaults": "",
    "stream": ", tuned for the stream",
    "new_in_all": ", tuned for new items among all",
    "new": ", tuned for new items",
}


def write_report(folder: Path) -> None:
    cells = [json.loads(path.read_text()) | {"path": path} for path in sorted(folder.glob("*--*--*.json"))]
    parts = []
    for protocol, title in (("items", "A tenth of the items is new"), ("time", "The last tenth of the time")):
        parts += [
            f"### {title}: {TITLES[data]}\n\n{sizes(found[0])}\n\n{accuracy(found)}\n{gains(found)}"
            for data in DATA
            if (found := of(cells, protocol, data))
        ]
    for protocol, title, key, given in (
        ("support", "Accuracy by the number of interactions an item has", "curve", "support"),
        ("users", "Accuracy by the number of interactions a user has", "steps", "given"),
    ):
        parts += [
            f"### {title}: {TITLES[data]}\n\n{curves(found, key, given)}"
            for data in DATA
            if (found := of(cells, protocol, data))
        ]
    told = [json.loads(path.read_text()) for path in sorted(folder.glob("audience-*.json"))]
    if told:
        parts.append("### Audience of a new item: hits a message\n\n" + audiences(told))
    if (folder / "latency.json").exists():
        parts.append("### Latency\n\n" + latency(json.loads((folder / "latency.json").read_text())))
    (folder / "cold_start.md").write_text("\n".join(parts))
    plain = [{key: value for key, value in cell.items() if key != "path"} for cell in cells]
    (folder / "cold_start.json").write_text(json.dumps(plain, indent=1) + "\n")


def of(cells: list[Cell], protocol: str, data: str) -> list[Cell]:
    return [cell for cell in cells if (cell["protocol"], cell["data"]) == (protocol, data)]


def name_of(cell: Cell) -> str:
    return f"**{cell['model']}**" if cell["library"] == "recocore" else f"{cell['library']} {cell['model']}"


def sizes(cell: Cell) -> str:
    found = cell["sizes"]
    share = f"{100 * found['new in the stream']:.1f} %"
    return (
        f"{found['training pairs']:,} pairs of {found['users']:,} users to fit on, "
        f"{found['warm items']:,} known items; {found['pairs of the stream']:,} pairs to foresee, {share} of them of "
        f"new items; {found['new items']:,} new items with {found['pairs of new items']:,} pairs."
    )


def accuracy(cells: list[Cell]) -> str:
    """Recall@20 / NDCG@20, best stream first."""
    head = ["model", *VIEWS.values(), "places given to new items", "settings"]
    rows: list[tuple[float, str]] = []
    for cell in cells:
        for label, fit in cell["fits"].items():
            if "same" in fit:
                continue
            views = fit["views"]
            name = name_of(cell) + LABELS[label]
            values = " | ".join(both(views[view]) for view in VIEWS)
            shown = f"{100 * views['stream']['new_shown']:.1f} %"
            rows.append((views["stream"]["ndcg"], f"| {name} | {values} | {shown} | {written(fit['settings'])} |"))
    rows.sort(key=lambda row: -row[0])
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(row for _, row in rows), ""])


def gains(cells: list[Cell]) -> str:
    """Blends against their collaborative model alone, with the settings of each aim."""
    by_model = {cell["model"]: cell for cell in cells if cell["library"] == "recocore"}
    lines = []
    for blend, alone in ALONE.items():
        if blend not in by_model or alone not in by_model:
            continue
        for label in ("defaults", "stream"):
            found = []
            for view in ("stream", "warm", "warm_in_all"):
                ours, theirs = (values_of(by_model[name], label, view) for name in (blend, alone))
                if ours.size and theirs.mean() > 0:
                    change = gain(ours, theirs)
                    bounds = f"[{100 * change['low']:+.1f}, {100 * change['high']:+.1f}]"
                    found.append(f"{view.replace('_', ' ')} {100 * change['gain']:+.1f} % {bounds}")
            lines.append(f"- {blend} against {alone}{LABELS[label] or ', defaults'}: NDCG {', '.join(found)}")
    return "\n".join([*lines, ""])


def values_of(cell: Cell, label: str, view: str) -> Any:
    with np.load(cell["path"].with_suffix(".npz")) as arrays:
        return arrays[f"{cell['fits'][label].get('same', label)}_{view}"]


def curves(cells: list[Cell], key: str, given: str) -> str:
    """NDCG@20 by what is given; of items among all / among themselves."""

    def value(point: dict[str, Any]) -> str:
        if "ndcg" in point:
            return number(point["ndcg"])
        return " / ".join(number(point[view]["ndcg"]) for view in ("among_all", "among_them"))

    head = ["model", *(str(point[given]) for point in cells[0][key])]
    rows = [f"| {name_of(cell)} | {' | '.join(value(point) for point in cell[key])} |" for cell in cells]
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows, ""])


def audiences(found: list[dict[str, Any]]) -> str:
    rows = []
    for cell in found:
        for name, rate in cell["rates"].items():
            low, high = (f"{100 * bound:.1f}" for bound in rate["interval"])
            shown = f"{100 * rate['hit_rate']:.1f} % [{low}, {high}]"
            rows.append(f"| {TITLES[cell['data']]} | {cell['items']} | {name} | {shown} |")
    head = f"| data | new items | {found[0]['told']} messages each to | hits a message |"
    return "\n".join([head, "|---" * 4 + "|", *rows, ""])


def latency(found: dict[str, Any]) -> str:
    head = ["model", "catalogue", "fit, s", "what", "p50, ms", "p99, ms", "largest, ms"]
    rows = []
    for cell in found["models"]:
        for what, times in cell["milliseconds"].items():
            values = " | ".join(f"{times[key]:.2f}" for key in ("p50", "p99", "max"))
            rows.append(f"| {cell['model']} | {found['items']:,} | {cell['fit_seconds']:.1f} | {what} | {values} |")
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows, ""])


def both(view: dict[str, Any]) -> str:
    return f"{number(view['recall'])} / {number(view['ndcg'])}" if view["users"] >= FEW else "-"


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}".removeprefix("0")


def written(settings: dict[str, Any]) -> str:
    values = (
        f"{key}={value:.3g}" if isinstance(value, float) else f"{key}={value!r}" for key, value in settings.items()
    )
    return ", ".join(values)
