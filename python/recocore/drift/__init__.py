"""When a model goes stale, and what each way of keeping it fresh costs.

:func:`run` replays events on the global timeline: a model is fitted at the beginning of each period on what came
before, and is scored on all that came after. :func:`advise` says what follows. ``python -m recocore drift events.csv``
does both.

>>> import recocore as rc
>>> result = rc.drift.run(events, models=[rc.ItemKNN()], out="drift")  # doctest: +SKIP
>>> print(rc.drift.advise(result, cpu_hour_price=0.05, value_per_hit=0.20))  # doctest: +SKIP
"""

from recocore.drift._advising import advise
from recocore.drift._running import run
from recocore.drift.results import (
    Advice,
    AgeCurve,
    DetectorResult,
    DriftResult,
    Flow,
    Interval,
    LossSplit,
    ScheduleResult,
    Stability,
    Swap,
)

__all__ = [
    "Advice",
    "AgeCurve",
    "DetectorResult",
    "DriftResult",
    "Flow",
    "Interval",
    "LossSplit",
    "ScheduleResult",
    "Stability",
    "Swap",
    "advise",
    "run",
]
