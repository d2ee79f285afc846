"""Detectors of drift: the same as river's, and numbers that can be done by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import recocore as rc
from recocore import _core
from river import drift

DAY = 86_400_000_000


def uniforms(seed, size):
    """The numbers of recocore's own generator (SplitMix64), as tests/drift/hit_detectors_test.cpp has them."""
    mask = (1 << 64) - 1
    state, values = seed, []
    for _ in range(size):
        state = (state + 0x9E3779B97F4A7C15) & mask
        x = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
        values.append(((x ^ (x >> 31)) >> 11) * 2.0**-53)
    return values


LEVELS = {
    "none": lambda _: 0.5,
    "abrupt": lambda i: 0.5 if i < 2000 else 0.3,
    "gradual": lambda i: 0.5 - 0.3 * min(1.0, max(0.0, (i - 1000) / 2000)),
    "rise": lambda i: 0.3 if i < 2000 else 0.5,
}


def sequence(change, binary, seed=7, size=4000):
    level = LEVELS[change]
    return [float(u < level(i)) if binary else level(i) + u - 0.5 for i, u in enumerate(uniforms(seed, size))]


ADWINS = [
    {},
    {"delta": 0.1, "clock": 1, "max_buckets": 3, "min_window_length": 10, "grace_period": 50},
    {"delta": 0.3, "clock": 7, "max_buckets": 2, "min_window_length": 1, "grace_period": 0},
]


@pytest.mark.parametrize("config", ADWINS)
@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("change", LEVELS)
def test_adwin_is_rivers_value_by_value(change, binary, config):
    ours, theirs = _core.Adwin(**config), drift.ADWIN(**config)
    for value in sequence(change, binary):
        alarm = ours.update(value)
        theirs.update(value)
        assert alarm == theirs.drift_detected
        assert ours.width == theirs.width
        assert math.isclose(ours.mean, theirs.estimation, rel_tol=1e-9, abs_tol=1e-12)


PAGE_HINKLEYS = [
    {"threshold": 25.0, "delta": 0.01},
    {"threshold": 10.0, "min_instances": 100, "alpha": 0.999},
    {"threshold": 1.0, "delta": 0.0, "min_instances": 1, "alpha": 1.0},
]


@pytest.mark.parametrize("config", PAGE_HINKLEYS)
@pytest.mark.parametrize("mode", ["up", "down", "both"])
@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("change", LEVELS)
def test_page_hinkley_is_rivers_value_by_value(change, binary, mode, config):
    ours, theirs = _core.PageHinkley(mode=mode, **config), drift.PageHinkley(mode=mode, **config)
    alarms = 0
    for value in sequence(change, binary):
        alarm = ours.update(value)
        theirs.update(value)
        assert alarm == theirs.drift_detected
        alarms += alarm
    if config["threshold"] == 1.0:
        assert alarms > 10


def by_age(values, length):
    return [np.array(values[i : i + length], dtype=np.uint8) for i in range(0, len(values), length)]


def test_first_alarm_is_of_a_fall():
    falls, rises = (by_age(sequence(change, True), 300) for change in ("abrupt", "rise"))
    assert _core.first_alarm_adwin(falls) == 7
    assert _core.first_alarm_page_hinkley(falls) == 6
    assert _core.first_alarm_page_hinkley(falls, rate=1e-4) in {6, 7, 8}
    assert _core.first_alarm_adwin(rises) is None
    assert _core.first_alarm_page_hinkley(rises, rate=0.01) is None
    assert _core.first_alarm_adwin([]) is None
    assert _core.first_alarm_adwin([age.astype(bool) for age in falls], delta=0.002) == 7


def test_detectors_say_what_is_wrong():
    with pytest.raises(rc.errors.InvalidParameterError, match="delta of ADWIN"):
        _core.Adwin(delta=1.0)
    with pytest.raises(rc.errors.InvalidParameterError, match="'sideways'"):
        _core.PageHinkley(mode="sideways")
    with pytest.raises(rc.errors.InvalidDataError, match="finite"):
        _core.Adwin().update(math.nan)
    with pytest.raises(rc.errors.InvalidDataError, match="an outcome of age 0 is 2"):
        _core.first_alarm_adwin([np.array([0, 2], dtype=np.uint8)])
    with pytest.raises(rc.errors.InvalidParameterError, match="rate"):
        _core.first_alarm_page_hinkley([], rate=0.0)
    with pytest.raises(TypeError):
        _core.first_alarm_adwin([np.array([0.5])])


def test_divergence_stability_and_overlap():
    assert _core.jensen_shannon([3, 1], [6, 2]) == 0.0
    assert _core.jensen_shannon(np.array([5, 0], dtype=np.int32), [0, 1]) == 1.0
    assert _core.jensen_shannon([4, 0], [1, 1]) == pytest.approx(1.5 - 0.75 * math.log2(3.0))
    assert _core.population_stability([25, 75], [50, 50], pseudo=1e-12) == pytest.approx(math.log(3.0) / 4.0)
    assert _core.rank_biased_overlap([1, 2], [2, 1], 0.9) == pytest.approx(0.9)
    assert _core.rank_biased_overlap([4], [5, 4], p=0.8) == pytest.approx(0.4)
    with pytest.raises(rc.errors.InvalidDataError, match="count 1 is -1"):
        _core.jensen_shannon([1, -1], [1, 1])
    with pytest.raises(rc.errors.InvalidParameterError, match="item 3 is twice"):
        _core.rank_biased_overlap([3, 3], [1], 0.9)


def test_divergence_is_scipys():
    distance = pytest.importorskip("scipy.spatial.distance")
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.integers(0, 30, size=(2, 12))
        assert _core.jensen_shannon(a, b) == pytest.approx(distance.jensenshannon(a, b, base=2) ** 2)


def shop(rng, periods, moved_from):
    """Baskets of three from 40 items, by 60 users; from ``moved_from`` on the popular items are others."""
    popularity = 1.0 / np.arange(3, 43)
    popularity /= popularity.sum()
    users, items, times = [], [], []
    for period in range(periods):
        weights = popularity[::-1] if period >= moved_from else popularity
        for basket in range(100):
            users += [int(rng.integers(60))] * 3
            items += list(rng.choice(40, size=3, p=weights))
            times += [period * DAY + basket] * 3
    table = {"user_id": users, "item_id": items, "t": np.array(times).astype("datetime64[us]")}
    return rc.Interactions.from_table(table, timestamp="t")


def test_input_drift_finds_what_changed_and_nothing_else():
    events = shop(np.random.default_rng(1), periods=8, moved_from=6)
    timeline = _core.Timeline(events._core, DAY)
    same = _core.input_drift(timeline, 4, 5, threads=1)
    changed = _core.input_drift(timeline, 4, 6, threads=2)
    assert same["p_jensen_shannon"] > 0.01
    found = changed["p_jensen_shannon"], changed["p_rank_overlap"], changed["p_population_stability"]
    assert found == (1 / 200, 1 / 200, 1 / 200)
    assert changed["jensen_shannon"] > same["jensen_shannon"]
    assert changed["rank_overlap"] < same["rank_overlap"]
    assert changed == _core.input_drift(timeline, 4, 6, permutations=199, seed=0, threads=1)
    with pytest.raises(rc.errors.InvalidParameterError, match="can give no p-value"):
        _core.input_drift(timeline, 4, 6, rate=0.001)
