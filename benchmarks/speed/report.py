"""What was measured, as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
OURS = "recocore"


def markdown(report: dict[str, Any]) -> str:
    """The whole report."""
    races = report["races"]
    parts = [_heading(report)]
    sections: list[tuple[str, Callable[[dict[str, Any]], bool], Callable[[list[dict[str, Any]]], str]]] = [
        ("Fit", lambda race: race["task"] == "fit", times),
        ("Lists for all users", lambda race: race["task"] == "recommend", times),
        ("One user at a time", lambda race: race["task"] == "one", one_user),
        ("Memory of a fit", lambda race: race["task"] == "fit" and race["name"] == "fit cosine", memory),
    ]
    for title, belongs, table in sections:
        chosen = [race for race in races if belongs(race)]
        if chosen:
            parts.append(f"### {title}\n\n{table(chosen)}")
    if report.get("serving"):
        parts.append(f"### One user, from C++\n\n{serving(report['serving'])}")
    if report.get("kernels"):
        parts.append(f"### What a multiply-add costs\n\n{kernels(report['kernels'])}")
    parts.append(f"### The data\n\n{data(report['data'])}")
    if report.get("skipped"):
        parts.append("Left out: " + "; ".join(report["skipped"]) + ".")
    return "\n\n".join(parts) + "\n"


def times(races: list[dict[str, Any]]) -> str:
    """Seconds, and how many times faster recocore was: the median of the rounds, the least and the most."""
    rows = []
    for race in races:
        ratios, runs = race["ratios"], race["contestants"]
        fastest = ratios["fastest_peer"]
        if fastest is None:
            best = ["-", "-"]
        else:
            best = [f"{fastest} {_seconds(runs[fastest]['median_seconds'])}", _ratio(ratios["against_fastest"])]
        others = (
            f"{name} {_number(ratio['median'])}{_mark(runs[name])}"
            for name, ratio in ratios["peers"].items()
            if name != fastest
        )
        mark = "" if fastest is None else _mark(runs[fastest])
        rows.append([
            race["name"], race["data"], race["threads"], _seconds(runs[OURS]["median_seconds"]), best[0],
            best[1] + mark, _target(race), ", ".join(others) or "-",
        ])  # fmt: skip
    header = ["what", "data", "threads", "recocore, s", "fastest peer, s", "times faster", "target", "other peers"]
    return _table(header, rows) + _notes(races)


def one_user(races: list[dict[str, Any]]) -> str:
    rows = []
    for race in races:
        for name, contestant in race["contestants"].items():
            p50, p99 = (_median(run[key] for run in contestant["runs"]) / 1000 for key in ("p50_ns", "p99_ns"))
            ours = name == OURS
            rows.append([
                race["name"], race["data"], name, f"{p50:.1f}", f"{p99:.1f}",
                f"p50 <= {race['target_p50_us']:.0f}" if ours else f">= {race['target']:.0f} x",
                "" if ours else _ratio(race["ratios"]["peers"][name]) + _mark(contestant),
            ])  # fmt: skip
    header = ["what", "data", "library", "p50, us", "p99, us", "target", "times faster"]
    return _table(header, rows) + _notes(races)


def memory(races: list[dict[str, Any]]) -> str:
    """The peak above what was in memory before, and what the data takes in the form each library wants."""
    rows = []
    for race in races:
        peaks = {name: one["peak_bytes"] for name, one in race["contestants"].items()}
        if any(value is None for value in peaks.values()):
            continue
        leanest = min((name for name in peaks if name != OURS), key=lambda name: peaks[name], default=None)
        cells = [
            f"{name} {_mb(peaks[name])} + {_mb(one['data_bytes'])}"
            for name, one in race["contestants"].items()
            if name != OURS
        ]
        against = "-" if leanest is None else f"{peaks[OURS] / max(1, peaks[leanest]):.2f} ({leanest})"
        ours = f"{_mb(peaks[OURS])} + {_mb(race['contestants'][OURS]['data_bytes'])}"
        rows.append([race["data"], race["threads"], ours, against, ", ".join(cells)])
    header = ["data", "threads", "recocore, MB", "of the leanest peer's fit", "peers, MB"]
    return _table(header, rows) + "\nMB of the fit + MB of the loaded data.\n"


def serving(lines: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(key for line in lines for key in line))
    return _table(names, [[line.get(name, "") for name in names] for line in lines])


def kernels(benchmarks: list[dict[str, Any]]) -> str:
    rows = []
    for benchmark in benchmarks:
        if "per_multiply_add" in benchmark:
            rows.append([benchmark["name"], f"{benchmark['per_multiply_add'] * 1e9:.3f} ns a multiply-add"])
        elif "per_increment" in benchmark:
            rows.append([benchmark["name"], f"{benchmark['per_increment'] * 1e9:.3f} ns an increment"])
        elif "bytes_per_second" in benchmark:
            rows.append([benchmark["name"], f"{benchmark['bytes_per_second'] / 1e9:.1f} GB/s"])
    return _table(["what", "cost or limit"], rows)


def data(descriptions: dict[str, dict[str, Any]]) -> str:
    rows = [
        [
            name + (" (generated)" if one["generated"] else ""), f"{one['users']:,}", f"{one['items']:,}",
            f"{one['pairs']:,}", "1" if one["binary"] else "weights", f"{one['density']:.2e}",
            f"{one['gini_items']:.2f}", f"{one['multiply_adds'] / 1e6:,.0f} M",
        ]
        for name, one in descriptions.items()
    ]  # fmt: skip
    header = ["data", "users", "items", "pairs", "values", "density", "Gini of items", "sum of squared rows"]
    return _table(header, rows)


def update(page: Path, text: str) -> None:
    """Replaces what the page has between the two marks."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no region from {BEGIN} to {END}")
    page.write_text(f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{after}")


def _heading(report: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in sorted(report["versions"].items()))
    machine = f"{report['cpu']}, {report['cpus']} cores, {report['os']}"
    return f"{report['date']}, {machine}.\n\n{versions}.\n\n`{report['command']}`: {report['rounds']} rounds."


def _notes(races: Iterable[dict[str, Any]]) -> str:
    """What the marks mean, where there are any."""
    notes = []
    for race in races:
        for name, one in race["contestants"].items():
            where = f"{race['name']}, {race['data']}, {race['threads']} threads: {name}"
            found = one["agreement"]
            if found and not found["agree"]:
                notes.append(
                    f"**{where} disagrees** in {found['lists_that_differ']:,} of {found['lists']:,} lists "
                    f"(compared with {found['compared_with']})."
                )
    differs = sorted({
        f"{name}, {race['name']}: {one['differs']}"
        for race in races
        for name, one in race["contestants"].items()
        if one["differs"]
    })  # fmt: skip
    if differs:
        notes.append("~ not compared: " + "; ".join(differs) + ".")
    return "".join(f"\n{note}\n" for note in notes)


def _mark(contestant: dict[str, Any]) -> str:
    """Nothing where the results agree."""
    if contestant["differs"]:
        return " ~"
    return "" if contestant["agreement"] and contestant["agreement"]["agree"] else " (disagrees)"


def _target(race: dict[str, Any]) -> str:
    if race["target"] is None or race["ratios"]["against_fastest"] is None:
        return "-"
    met = race["ratios"]["against_fastest"]["of_medians"] >= race["target"]
    return f"{race['target']:g}: {'met' if met else 'missed'}"


def _ratio(ratio: dict[str, Any]) -> str:
    return f"**{_number(ratio['median'])}** ({_number(ratio['min'])} to {_number(ratio['max'])})"


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _mb(value: int) -> str:
    return f"{value / 1e6:.0f}" if value >= 1e7 else f"{value / 1e6:.1f}"


def _median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _table(header: list[str], rows: list[list[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"
