"""What a shop wants of a list beyond relevance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from recocore import _core
from recocore._base import Estimator
from recocore._checks import check_count, check_flag, check_number, check_seed, check_text
from recocore.errors import InvalidParameterError

__all__ = ["Rules"]

T = TypeVar("T")


class Rules(Estimator):
    r"""Rules by which a list is put in order after it was ranked: boosts, pins, variety, margin, room for what is new.

    All are off by default, and go together. The model is asked for more entries than are shown, and for more
    still until ``n`` satisfy the rules. Relevance r is the score as a share of the best, 0 to 1; what was filled
    in by popularity comes below.

    Parameters
    ----------
    boost : dict of {filter: factor}, optional
        The score of items a filter is true of is multiplied by the factor, 0.1 to 10; below 1 it buries. Items
        that were filled in by popularity stay behind those of the model.
    max_moves : int, optional
        Ranks that boosts move an item up or down, at most.
    pins : dict of {item id: place}, optional
        Places count from 1. An item that does not pass the filters of the call is not shown.
    at_most : dict of {column: count}, optional
        Entries with the same value of the column, at most. An item with several labels counts for each, one without
        a value for none.
    min_score : float, optional
        Items with a lower score are left out.
    min_relevance : float, default 0
        Items with a lower relevance are left out.
    diversity : float, default 0
        From 0 to 1: d of maximal marginal relevance [1]_, which takes the item with the largest
        (1 - d) r(i) - d max sim(i, j), j the entries above.
    diversity_columns : sequence of str
        sim is the mean over these of the share of values two items have in common (Jaccard).
    calibration : float, default 0
        From 0 to 1: c of calibrated recommendations [2]_, greedily (1 - c) sum r(i) - c KL(p | q') with p the user's
        own mix of the column's values, q that of the list, q' = (1 - alpha) q + alpha p.
    calibration_column : str, optional
    calibration_alpha : float, default 0.01
    value : float, default 0
        From 0 to 1: w of r (1 - w + w v / v_max), v what the column says; 1 ranks by expected value.
        A missing v counts as the mean.
    value_column : str, optional
        A number or a flag, such as margin or stock. With it a list for one user or history
        has a ``price``: how much expected value it gained, how much NDCG it lost, in percent.
    fatigue : float, default 0
        r / (1 + fatigue x impressions).
    impressions : dict of {item id: times}, optional
        How often items were shown already, in vain.
    rotation : float, default 0
        From 0 to 1: r (1 - rotation x t), t drawn from the seed and the item. Items of about the same relevance take
        turns from seed to seed.
    explore : float, default 0
        The share of places, rounded up, that new items have at least. They are drawn from the best new ones with
        probabilities by relevance (systematic sampling [3]_); with ``explain=True``, for one list at a time, reasons
        have them as propensities.
    new_items : str, optional
        A filter that says which items are new. Default: those added since the fit.
    explore_pool : int, default 20
        New items a place is drawn from.
    seed : int, default 0
    fill_up : bool, default False
        Where ``at_most``, ``min_score`` and ``min_relevance`` leave too few, take the best of what they left out.
    depth : int, default 50
        Entries of the ranking that are looked at, at least; never fewer than 5 n.

    References
    ----------
    .. [1] Carbonell, Goldstein 1998, "The use of MMR, diversity-based reranking for reordering documents and producing
       summaries".
    .. [2] Steck 2018, "Calibrated recommendations".
    .. [3] Madow 1949, "On the theory of systematic sampling, II".

    Examples
    --------
    >>> import recocore as rc
    >>> rc.Rules(boost={"in_stock": 2.0}, at_most={"brand": 2})
    Rules(boost={'in_stock': 2.0}, at_most={'brand': 2})
    """

    def __init__(
        self,
        *,
        boost: Mapping[str, float] | None = None,
        max_moves: int | None = None,
        pins: Mapping[Any, int] | None = None,
        at_most: Mapping[str, int] | None = None,
        min_score: float | None = None,
        min_relevance: float = 0.0,
        diversity: float = 0.0,
        diversity_columns: Sequence[str] = (),
        calibration: float = 0.0,
        calibration_column: str | None = None,
        calibration_alpha: float = 0.01,
        value: float = 0.0,
        value_column: str | None = None,
        fatigue: float = 0.0,
        impressions: Mapping[Any, float] | None = None,
        rotation: float = 0.0,
        explore: float = 0.0,
        new_items: str | None = None,
        explore_pool: int = 20,
        seed: int = 0,
        fill_up: bool = False,
        depth: int = 50,
    ) -> None:
        self.boost = boost
        self.max_moves = max_moves
        self.pins = pins
        self.at_most = at_most
        self.min_score = min_score
        self.min_relevance = min_relevance
        self.diversity = diversity
        self.diversity_columns = diversity_columns
        self.calibration = calibration
        self.calibration_column = calibration_column
        self.calibration_alpha = calibration_alpha
        self.value = value
        self.value_column = value_column
        self.fatigue = fatigue
        self.impressions = impressions
        self.rotation = rotation
        self.explore = explore
        self.new_items = new_items
        self.explore_pool = explore_pool
        self.seed = seed
        self.fill_up = fill_up
        self.depth = depth

    def _config(self) -> _core.Rules:
        """The rules in the native form, checked. Columns are looked for when a model uses them."""
        boosts = _pairs("boost", self.boost, "filter", "factor")
        columns = self.diversity_columns
        if isinstance(columns, str):
            columns = [columns]
        return _core.Rules(
            boosts=[(_core.Where(check_text("a filter of boost", w)), check_number("a boost", f)) for w, f in boosts],
            max_moves=None if self.max_moves is None else check_count("max_moves", self.max_moves, at_least=0),
            pins=[(item, check_count("a place", p)) for item, p in _pairs("pins", self.pins, "item id", "place")],
            at_most={
                check_text("a column of at_most", column): check_count("at_most", count)
                for column, count in _pairs("at_most", self.at_most, "column", "count")
            },
            min_score=None if self.min_score is None else check_number("min_score", self.min_score),
            min_relevance=check_number("min_relevance", self.min_relevance),
            diversity=check_number("diversity", self.diversity),
            diversity_columns=[check_text("a column of diversity_columns", column) for column in columns],
            calibration=check_number("calibration", self.calibration),
            calibration_column=_name("calibration_column", self.calibration_column),
            calibration_alpha=check_number("calibration_alpha", self.calibration_alpha),
            value=check_number("value", self.value),
            value_column=_name("value_column", self.value_column),
            fatigue=check_number("fatigue", self.fatigue),
            impressions=[
                (item, check_number("impressions", times))
                for item, times in _pairs("impressions", self.impressions, "item id", "times")
            ],
            rotation=check_number("rotation", self.rotation),
            explore=check_number("explore", self.explore),
            new_items=None if self.new_items is None else _core.Where(check_text("new_items", self.new_items)),
            explore_pool=check_count("explore_pool", self.explore_pool),
            seed=check_seed(self.seed),
            fill_up=check_flag("fill_up", self.fill_up),
            depth=check_count("depth", self.depth),
        )


def _name(name: str, value: object) -> str:
    return "" if value is None else check_text(name, value)


def _pairs(name: str, value: Mapping[T, Any] | None, key: str, what: str) -> list[tuple[T, Any]]:
    if value is None:
        return []
    if not isinstance(value, Mapping):
        raise InvalidParameterError(f"{name} must be a dict of {{{key}: {what}}}; got {value!r}")
    return list(value.items())
