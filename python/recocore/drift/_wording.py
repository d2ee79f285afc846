"""Numbers as people read them."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from recocore.drift.results import Interval

__all__ = [
    "NEVER",
    "NOT_MEASURED",
    "bytes_of",
    "day",
    "duration",
    "listed",
    "number",
    "percent",
    "percent_range",
    "plain",
    "share_range",
    "shortened",
    "span",
    "span_range",
]

NOT_MEASURED = "not measured"
NEVER = "never"


#: They turn the text after them around.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: str) -> str:
    """Replace what no page may hold by spaces: control characters, halves of characters, changes of direction."""
    return "".join(
        " " if letter in _DIRECTIONS or unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in text
    )


def shortened(text: str, letters: int) -> str:
    """The text, or its two ends where it is longer than so many letters."""
    text = plain(text)
    if len(text) <= letters:
        return text
    tail = letters // 3
    return f"{text[: letters - tail - 1].rstrip()}…{text[-tail:].lstrip()}"


def _missing(value: float | None) -> bool:
    return value is None or math.isnan(value)


def _rounded(value: float) -> str:
    """Three significant digits at most, no exponent."""
    if value == 0:
        return "0"
    digits = min(max(2 - math.floor(math.log10(abs(value))), 0), 6)
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(value: float | None) -> str:
    """A plain number: 12,345 or 0.031."""
    if value is None or math.isnan(value):
        return NOT_MEASURED
    if math.isinf(value):
        return "without bound"
    return f"{value:,.0f}" if value == round(value) else _rounded(value)


def percent(value: float | None) -> str:
    """A share: 98.7 %."""
    if value is None or math.isnan(value):
        return NOT_MEASURED
    if math.isinf(value):
        return "without bound"
    return f"{100 * value:.1f}\N{NO-BREAK SPACE}%".replace("-0.0", "0.0")


def percent_range(interval: Interval | None) -> str:
    """A share with its bounds: 98.7 % (97.9 to 99.4)."""
    if interval is None or math.isnan(interval.value):
        return NOT_MEASURED
    if _missing(interval.low) or _missing(interval.high):
        return percent(interval.value)
    low, high = (f"{100 * bound:.1f}".replace("-0.0", "0.0") for bound in (interval.low, interval.high))
    return f"{percent(interval.value)} ({low} to {high})"


def share_range(interval: Interval | None) -> str:
    """A number from 0 to 1 with its bounds: 0.83 (0.80 to 0.86)."""
    if interval is None or math.isnan(interval.value):
        return NOT_MEASURED
    if _missing(interval.low) or _missing(interval.high):
        return f"{interval.value:.2f}"
    return f"{interval.value:.2f} ({interval.low:.2f} to {interval.high:.2f})"


def duration(seconds: float | None) -> str:
    """A time that was measured: 340 ms, 4.2 s, 31 min, 5.2 h."""
    if seconds is None or math.isnan(seconds):
        return NOT_MEASURED
    if math.isinf(seconds):
        return NEVER
    size = abs(seconds)
    for factor, unit in ((3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        # A little below the next unit, so that 59.97 s is 1 min and not 60.0 s.
        if size >= 0.995 * factor:
            value = seconds / factor
            return f"{value:.{0 if abs(value) >= 9.95 else 1}f}\N{NO-BREAK SPACE}{unit}"
    return "0\N{NO-BREAK SPACE}s"


def bytes_of(size: int | None) -> str:
    """Memory: 64 MB."""
    if size is None:
        return NOT_MEASURED
    value, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{_rounded(value)}\N{NO-BREAK SPACE}{unit}"


def _unit(period_name: str) -> tuple[float, str]:
    """How many of which unit a period is: "4 weeks" is (4, "week")."""
    head, _, tail = period_name.partition(" ")
    if tail and head.isdigit() and int(head) > 0:
        return float(head), tail.removesuffix("s")
    return 1.0, period_name


def span(periods: float | None, period_name: str) -> str:
    """A number of periods as a time: 5.2 weeks."""
    if periods is None or math.isnan(periods):
        return NOT_MEASURED
    if math.isinf(periods):
        return NEVER
    factor, unit = _unit(period_name)
    text = _rounded(round(periods * factor, 1))
    return f"{text}\N{NO-BREAK SPACE}{unit}" if text == "1" else f"{text}\N{NO-BREAK SPACE}{unit}s"


def span_range(interval: Interval, period_name: str) -> str:
    """A number of periods with its bounds: 5.2 weeks (3.1 to 9)."""
    if math.isnan(interval.value):
        return NOT_MEASURED
    if _missing(interval.low) or _missing(interval.high):
        return span(interval.value, period_name)
    factor, _ = _unit(period_name)
    low, high = (
        NEVER if math.isinf(bound) else _rounded(round(bound * factor, 1)) for bound in (interval.low, interval.high)
    )
    return span(interval.value, period_name) + ("" if low == high == NEVER else f" ({low} to {high})")


def day(moment: datetime) -> str:
    """An ISO day."""
    return moment.date().isoformat()


def listed(words: Sequence[str]) -> str:
    """A, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
