"""How fast models age on three shops, and what each way of keeping them fresh brings: ``make bench-drift``.

Writes a folder a shop (``measures.jsonl``, ``report.html``) and, with ``--update-docs``, the tables, figures and
reports of docs/drift_results.md. A run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import time
from pathlib import Path

import recocore as rc

from benchmarks.drift import data, report

ROOT = Path(__file__).parents[2]
#: Of the short form, in seconds a shop: what a coarse look needs, and some more.
SHORT_BUDGET = 60.0
#: Lists of a period, at most.
MOST_LISTS, SHORT_LISTS = 5000, 1000
#: What is asked in the advice: of a small machine in the cloud, and of a recommended article that is then taken.
CPU_HOUR_PRICE, VALUE_PER_HIT = 0.05, 0.10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=data.NAMES, action="append", help="shops; default: all")
    parser.add_argument("--full", action="store_true", help="all models and origins, without a budget")
    parser.add_argument("--budget", type=float, default=SHORT_BUDGET, help="seconds a shop, without --full")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench-drift")
    parser.add_argument("--update-docs", action="store_true", help="put results and reports in docs/")
    given = parser.parse_args()

    sections = []
    for name in given.only or data.NAMES:
        shop = data.load(name)
        folder = given.out / ("full" if given.full else "short") / name
        begun = time.monotonic()
        result = rc.drift.run(
            shop.events,
            shop.catalogue,
            shop.models if given.full else shop.models[:2],
            out=folder,
            period=shop.period,
            name=f"{name}: {shop.title}",
            most_lists=MOST_LISTS if given.full else SHORT_LISTS,
            budget=None if given.full else given.budget,
            report=False,
        )
        advice = rc.drift.advise(result, cpu_hour_price=CPU_HOUR_PRICE, value_per_hit=VALUE_PER_HIT)
        result.to_html(folder / "report.html", advice)
        print(f"{name}: {time.monotonic() - begun:.0f} s\n{advice}\nreport: {folder / 'report.html'}\n", flush=True)
        sections.append(report.section(name, result, advice))
        if given.update_docs:
            docs = ROOT / "docs" / "drift"
            docs.mkdir(exist_ok=True)
            shutil.copy(folder / "report.html", docs / f"{name}.html")
            report.figure(result, docs / f"{name}.svg")
    text = "\n".join(sections)
    if given.update_docs:
        report.update(ROOT / "docs" / "drift_results.md", text, platform.processor() or platform.machine())
    else:
        print(text)


if __name__ == "__main__":
    main()
