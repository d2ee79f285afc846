"""What a drift run found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from os import PathLike

    from numpy.typing import NDArray

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
]


@dataclass(frozen=True)
class Interval:
    """An estimate with the bounds of its confidence interval."""

    value: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        return f"{self.value:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Events, customers and catalogue, period by period. All arrays have one entry a period."""

    starts: NDArray[Any]  #: datetime64[us], UTC
    events: NDArray[Any]
    users: NDArray[Any]
    items: NDArray[Any]
    born: NDArray[Any]  #: items with their first event
    last_seen: NDArray[Any]  #: items with their last event; of late periods not to be read as retired
    new_users: NDArray[Any]  #: users with their first event
    served: int  #: the first period that is scored


@dataclass(frozen=True, kw_only=True)
class AgeCurve:
    """The worth of a model beside a fresh one, by age. Arrays have one entry an age."""

    model: str
    filtered: bool  #: whether only what is on offer could be recommended
    ages: NDArray[Any]  #: in periods, from 0
    origins: NDArray[Any]  #: how many models each ratio is the mean of
    ratio: NDArray[Any]  #: hits of the old models / hits of the fresh ones
    low: NDArray[Any]
    high: NDArray[Any]
    floor: Interval  #: r_inf of r_inf + (1 - r_inf) exp(-rate * age)
    rate: Interval  #: lambda, a period
    half_life: Interval  #: in periods; infinite where nothing is lost
    fitted: NDArray[Any]
    fitted_low: NDArray[Any]
    fitted_high: NDArray[Any]
    falls: bool  #: whether a loss can be shown at all

    @property
    def well_known(self) -> int:
        """Place of the oldest age that at least half as many models have as the youngest."""
        return int((self.origins * 2 >= self.origins.max()).nonzero()[0][-1])


@dataclass(frozen=True, kw_only=True)
class LossSplit:
    """Where the loss of old models comes from, as shares of the hits of the fresh ones."""

    model: str
    ages: NDArray[Any]
    #: "retired items": list places taken by what is no longer on offer; "new items"; "new users"; "warm": the rest.
    parts: tuple[str, ...]
    loss: NDArray[Any]  #: shape (parts, ages)
    low: NDArray[Any]
    high: NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class ScheduleResult:
    """What a way of keeping a model fresh would have brought and cost, over all periods that were scored."""

    model: str
    schedule: str  #: as it is given to :func:`recocore.drift.run`: "every:4"
    title: str  #: in plain words: "every 4 weeks"
    kind: str  #: never, every, sliding, decay, incremental, triggered, cost-aware, oracle, random
    fits: int
    plan: tuple[int, ...]  #: the periods before which it fitted
    hits: float
    relative: Interval  #: of the hits of fitting before each period
    cpu_seconds: float  #: of all fits and updates but the first
    wall_seconds: float
    cpu_seconds_per_month: float
    peak_bytes: int | None  #: the most memory of a fit
    causal: bool  #: False for what knows the future
    on_front: bool = False  #: nothing that is causal brings more and costs less


@dataclass(frozen=True, kw_only=True)
class DetectorResult:
    """A detector, watched by itself and as the trigger of refits."""

    model: str
    detector: str
    watches: str  #: inputs, lists, hits
    alarms: tuple[int, ...]  #: periods at whose end the trigger refitted
    statistic: NDArray[Any]  #: one entry a scored period, along the triggered schedule; empty when there is none
    nominal: float | None  #: rate of false alarms a period that it promises
    false_alarms: Interval | None  #: measured on time-permuted data, a period
    delay_abrupt: float | None  #: periods until an injected abrupt change was found; infinite: never
    delay_gradual: float | None
    fits: int
    relative: Interval  #: hits, of fitting before each period
    random: Interval  #: the same of as many refits at random: mean, and the middle 95 %
    verdict: str  #: "better than chance", "no better than chance", "never triggered"


@dataclass(frozen=True, kw_only=True)
class Stability:
    """How much the lists of the same users change at a refit, and how much of it is noise."""

    model: str
    n: int
    refits: int
    jaccard: Interval  #: lists before and after a refit
    rbo: Interval
    noise_jaccard: Interval  #: lists of fits that differ by as many events, drawn at random instead of the latest
    noise_rbo: Interval


@dataclass(frozen=True, kw_only=True)
class Swap:
    """How long a list takes while the next model is fitted and put in place, in seconds."""

    model: str
    idle_p50: float
    idle_p99: float
    swap_p50: float
    swap_p99: float


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to do, in words and numbers.

    Attributes
    ----------
    headline : str
        One sentence for the owner of a shop.
    sentences : tuple of str
        What it rests on.
    model, schedule, title : str
        What is advised.
    relative : Interval
        Share of the hits of continuous refitting that it keeps.
    saved_cpu_seconds_per_month : float
    net_per_month : Interval or None
        Value of hits less cost, beside continuous refitting; None without prices.
    break_even : float or None
        The price of a CPU hour, per unit of value of a hit, from which the advised schedule pays beside continuous
        refitting.
    difference_shown : bool
        False: that the schedules differ in hits cannot be shown with these data.
    cpu_hour_price, value_per_hit : float or None
    """

    headline: str
    sentences: tuple[str, ...]
    model: str
    schedule: str
    title: str
    relative: Interval
    saved_cpu_seconds_per_month: float
    net_per_month: Interval | None
    break_even: float | None
    difference_shown: bool
    cpu_hour_price: float | None
    value_per_hit: float | None

    def __str__(self) -> str:
        return "\n".join((self.headline, *self.sentences))


@dataclass(frozen=True, kw_only=True)
class DriftResult:
    """What :func:`recocore.drift.run` found. Lists are in the order of the models as they were given."""

    name: str  #: of the data
    models: tuple[str, ...]
    n: int  #: length of the lists
    protocol: str
    histories: str
    period_days: float
    period_name: str  #: "week", "4 weeks", "day"
    first: datetime  #: of the events, UTC
    last: datetime
    scored_periods: int
    flow: Flow
    age_curves: tuple[AgeCurve, ...]
    loss_splits: tuple[LossSplit, ...]
    schedules: tuple[ScheduleResult, ...]
    detectors: tuple[DetectorResult, ...]
    stability: tuple[Stability, ...]
    swaps: tuple[Swap, ...]
    #: What must hold, and whether it did: name, passed (None: not run), what was found, in words.
    controls: tuple[tuple[str, bool | None, str], ...]
    #: What the reader must know to read the numbers, in words.
    notes: tuple[str, ...]
    complete: bool  #: False when the budget ended first
    seed: int
    digest: str  #: of the events
    #: Age curves with permuted times: what is lost by having learned from less, where nothing drifts.
    no_drift: tuple[AgeCurve, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)  #: as they were given, for the page on the method

    def to_html(self, path: str | PathLike[str], advice: Advice | None = None) -> None:
        """Write the report: one page that needs no other file and no network.

        Parameters
        ----------
        path : path
        advice : Advice, optional
            Default: that of :func:`recocore.drift.advise` without prices.

        Raises
        ------
        InvalidParameterError
            Without matplotlib and jinja2: ``pip install 'recocore[report]'``.
        FileError
            The file cannot be written.
        """
        from recocore.drift._advising import advise
        from recocore.drift._report import write_report

        write_report(path, self, advise(self) if advice is None else advice)
