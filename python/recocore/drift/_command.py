"""``python -m recocore drift``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import recocore
from recocore._base import Recommender
from recocore.catalogue import Catalogue
from recocore.drift._advising import advise, check_prices
from recocore.drift._running import require_report_packages, run
from recocore.errors import InvalidParameterError, RecocoreError
from recocore.interactions import Interactions

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["add_parser", "main"]

_EXAMPLE = """\
example:
  python -m recocore drift orders.csv --user customer --item article --timestamp date --out drift
  then open drift/report.html; the same command goes on where it was stopped
"""


def add_parser(commands: Any) -> None:
    """Add the command to those of ``python -m recocore``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "drift",
        help="when a model goes stale, and what each way of keeping it fresh costs",
        description="Fits models of the past, scores them on what came after, and says how often to refit.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("events", help="file of events: CSV, one event a line, with a header")
    parser.add_argument("--user", default="user_id", help="column of users, or of sessions (default: user_id)")
    parser.add_argument("--item", default="item_id", help="column of items (default: item_id)")
    parser.add_argument("--timestamp", default="timestamp", help="column of times (default: timestamp)")
    parser.add_argument("--weight", help="column of weights (default: each event counts 1)")
    parser.add_argument("--delimiter", help="of the columns (default: found out)")
    parser.add_argument(
        "--catalogue", help="CSV of items, with the column of items: for models that know what items are"
    )
    parser.add_argument("--model", action="append", metavar="NAME", help="such as ItemKNN; may be given several times")
    parser.add_argument(
        "--schedule", action="append", metavar="NAME", help="such as every:4; may be given several times"
    )
    parser.add_argument("--out", default="drift", help="folder for measures.jsonl and report.html (default: drift)")
    parser.add_argument("--period", help='such as "1d", "1w", "4w" (default: chosen by the span of the events)')
    parser.add_argument("--first", type=int, help="periods that are only learned from (default: a quarter)")
    parser.add_argument("--n", type=int, default=10, help="length of the lists (default: 10)")
    parser.add_argument("--protocol", default="auto", choices=["auto", "period", "next"])
    parser.add_argument("--histories", default="frozen", choices=["frozen", "live"])
    parser.add_argument("--include-seen", action="store_true", help="what the user had may be recommended again")
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="for the measuring")
    parser.add_argument("--no-controls", action="store_true", help="do not measure permuted and changed events")
    parser.add_argument("--cpu-hour-price", type=float, help="what an hour of a processor costs")
    parser.add_argument("--value-per-hit", type=float, help="what a hit is worth, in the same currency")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=-1, help="threads (default: all)")
    parser.add_argument("--begin-anew", action="store_true", help="ignore what --out has")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.set_defaults(work=main)


def main(given: argparse.Namespace) -> int:
    """Run, print the advice, and say where the report is."""
    try:
        require_report_packages()
        check_prices(given.cpu_hour_price, given.value_per_hit)
        interactions = Interactions.from_csv(
            given.events,
            user=given.user,
            item=given.item,
            timestamp=given.timestamp,
            weight=given.weight,
            delimiter=given.delimiter,
        )
        catalogue = None if given.catalogue is None else Catalogue.from_csv(given.catalogue, id=given.item)
        result = run(
            interactions,
            catalogue,
            _models(given.model),
            given.schedule,
            out=given.out,
            period=given.period,
            first=given.first,
            n=given.n,
            protocol=given.protocol,
            histories=given.histories,
            exclude_seen=not given.include_seen,
            controls=not given.no_controls,
            budget=given.budget,
            resume=not given.begin_anew,
            report=False,
            name=Path(given.events).name,
            seed=given.seed,
            n_jobs=given.jobs,
            progress=not given.quiet and _has_bar(),
        )
        advice = advise(result, cpu_hour_price=given.cpu_hour_price, value_per_hit=given.value_per_hit)
        print(advice)  # noqa: T201
        report = Path(given.out) / "report.html"
        result.to_html(report, advice)
        print(f"\nreport: {report}")  # noqa: T201
    except (RecocoreError, OSError, ImportError) as error:
        print(f"recocore drift: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print(f"\nstopped; the same command goes on from what is in {given.out}", file=sys.stderr)  # noqa: T201
        return 130
    return 0


def _models(names: Sequence[str] | None) -> list[Recommender] | None:
    if not names:
        return None
    found = []
    for name in names:
        kind = getattr(recocore, name, None)
        if not (isinstance(kind, type) and issubclass(kind, Recommender)):
            known = sorted(
                key for key, one in vars(recocore).items() if isinstance(one, type) and issubclass(one, Recommender)
            )
            raise InvalidParameterError(f"there is no model {name!r}; there are {', '.join(known)}")
        try:
            found.append(kind())
        except TypeError:
            raise InvalidParameterError(f"{name} needs parameters; run it from Python: rc.drift.run(...)") from None
    return found


def _has_bar() -> bool:
    try:
        import tqdm  # noqa: F401
    except ImportError:
        print("no progress is shown: pip install 'recocore[progress]'", file=sys.stderr)  # noqa: T201
        return False
    return True
