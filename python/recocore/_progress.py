"""A progress bar, when asked for one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recocore._checks import check_flag
from recocore.errors import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(progress: object) -> Iterator[Callable[[str, int, int], None] | None]:
    """What is told how far a stage is, and shows it by tqdm: as text, or as a widget in a notebook."""
    if not check_flag("progress", progress):
        yield None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise InvalidParameterError(
            "progress=True needs the package tqdm: pip install 'recocore[progress]', or progress=False"
        ) from None

    bars: dict[str, Any] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            bars[stage] = tqdm(desc=stage, total=total, unit=" rows", unit_scale=True)
        bars[stage].update(done - bars[stage].n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()
