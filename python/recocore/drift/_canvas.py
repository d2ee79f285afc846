"""What the figures share: colours that colour-blind readers tell apart, a sheet to draw on, and clean SVG."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from html import escape
from threading import Lock
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from recocore.drift._wording import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = [
    "BARS",
    "FAINT",
    "GRID",
    "INK",
    "MARKS",
    "MUTED",
    "TEXT_SIZE",
    "WIDTH",
    "dodge",
    "new_sheet",
    "panel",
    "styled",
    "text_width",
    "to_svg",
]

#: Pixels of a phone of 360 less its margins: figures are drawn for it, and grow with the column they stand in.
WIDTH = 340.0
TEXT_SIZE = 10.5

INK = "#1f2328"
MUTED = "#57606a"
#: Of bars and lines in the background that have a meaning.
BARS = "#858e98"
FAINT = "#b3bac1"
GRID = "#e4e7ea"
#: Okabe & Ito's, less those that are too light for a line on white.
MARKS = {
    "blue": "#0072b2",
    "vermilion": "#bd5200",  # their #d55e00, darker: words are written in these colours, too
    "green": "#00805e",  # their #009e73
    "purple": "#b0578d",  # their #cc79a7
    "black": "#1f2328",
}

_STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "none",
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": 72,
    "figure.facecolor": "none",
    "font.family": "DejaVu Sans",
    "font.size": TEXT_SIZE,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.6,
    "path.simplify": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "recocore",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": FAINT,
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": TEXT_SIZE,
    "ytick.color": FAINT,
    "ytick.labelcolor": MUTED,
    "ytick.labelsize": TEXT_SIZE,
    "ytick.major.size": 0,
}
_LOCK = Lock()
_NO_METADATA: dict[str, None] = dict.fromkeys(("Creator", "Date", "Format", "Type"))


@contextmanager
def styled() -> Iterator[None]:
    """The style of the figures, whatever the reader's own settings are; they are put back at the end."""
    with _LOCK, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def new_sheet(height: float, width: float = WIDTH) -> Figure:
    """An empty figure of so many pixels."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    FigureCanvasSVG(figure)
    return figure


def panel(figure: Figure, left: float, top: float, width: float, height: float, share_x: Axes | None = None) -> Axes:
    """Axes at a place in pixels, counted from the top left corner."""
    whole, tall = (float(size) * 72 for size in figure.get_size_inches())
    place = (left / whole, 1 - (top + height) / tall, width / whole, height / tall)
    return figure.add_axes(place, sharex=share_x)


def text_width(text: Text) -> float:
    """How wide a text is, in pixels."""
    return float(text.get_window_extent().width)


def dodge(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as may be to those that are wanted, at least `gap` apart, between two bounds where they fit."""
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    # Pools of neighbours that would overlap are spread about their common mean.
    pools: list[tuple[float, int]] = []
    for index in order:
        mean, size = wanted[index], 1
        while pools and pools[-1][0] + (pools[-1][1] + size) * gap / 2 > mean:
            other, count = pools.pop()
            mean, size = (other * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    places = [mean + (at - (size - 1) / 2) * gap for mean, size in pools for at in range(size)]
    for at in range(len(places)):  # up from the lower bound, then down from the upper one
        places[at] = max(places[at], low + at * gap)
    for at in reversed(range(len(places))):
        places[at] = min(places[at], high - (len(places) - 1 - at) * gap)
    result = [0.0] * len(places)
    for index, place in zip(order, places, strict=True):
        result[index] = place
    return result


def to_svg(figure: Figure, title: str, prefix: str, *, inline: bool) -> str:
    """The figure as SVG: no metadata, no style that reaches out of it, ids that begin with `prefix`.

    Inline it is an element of a page and takes the page's font; else a file of its own, on white.
    """
    figure.set_facecolor("none" if inline else "white")
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=_NO_METADATA)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"; font-family: 'DejaVu Sans'", "", svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", svg)
    used = set(re.findall(r"url\(#([^)]+)\)", svg)) | set(re.findall(r'xlink:href="#([^"]+)"', svg))
    svg = re.sub(r' id="([^"]*)"', lambda match: f' id="{prefix}-{match[1]}"' if match[1] in used else "", svg)
    svg = svg.replace("url(#", f"url(#{prefix}-").replace('xlink:href="#', f'href="#{prefix}-')
    svg = re.sub(r"\n *", "\n", svg)
    # A rim of the colour of the page keeps words readable where lines pass behind them.
    svg = svg.replace('<text style="', '<text style="paint-order: stroke; stroke: #fff; stroke-width: 2.5px; ')
    width, height = (float(size) * 72 for size in figure.get_size_inches())
    font, margin, rest = "inherit", 0, ""
    if not inline:
        font, margin = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; background: #fff", 12
        rest = f' width="{width + 24:g}" height="{height + 24:g}" xmlns="http://www.w3.org/2000/svg"'
    root = (
        f'<svg viewBox="{-margin} {-margin} {width + 2 * margin:g} {height + 2 * margin:g}" role="img" '
        f'aria-labelledby="{prefix}-title" '
        f'style="font-family: {font}; stroke-linejoin: round; stroke-linecap: butt"{rest}'
    )
    body = svg[svg.index(">") + 1 :]
    return f'{root}>\n<title id="{prefix}-title">{escape(plain(title))}</title>{body}'
