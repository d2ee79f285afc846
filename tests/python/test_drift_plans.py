"""Age curves, plans and costs as the native part gives them to Python."""

import _thread
import itertools
import math
import threading

import numpy as np
import pytest
import recocore as rc
from recocore import _core


def triangle(periods, floor=0.5, rate=0.3):
    """Origins, ages, values and fresh values of models that all age alike, without noise."""
    origin, age = (np.array(column) for column in zip(*pairs(periods), strict=True))
    fresh = 100.0 + 10.0 * (origin + age)
    return origin, age, fresh * (floor + (1 - floor) * np.exp(-rate * age)), fresh


def pairs(periods):
    return [(origin, age) for origin in range(periods) for age in range(periods - origin)]


def small_model(users=30):
    events = {"user_id": [f"u{u}" for u in range(users) for _ in range(4)]}
    events["item_id"] = [f"i{(3 * u + place) % 20}" for u in range(users) for place in range(4)]
    return rc.ItemKNN(k=5).fit(events)


def native(model):
    return model.model_


def test_age_curve_finds_the_decay():
    origin, age, value, fresh = triangle(15)
    curve = _core.age_curve(origin, age, value, fresh, resamples=100, level=0.9, seed=1)
    ages = np.arange(15)
    assert curve["ages"].tolist() == ages.tolist()
    assert curve["origins"].tolist() == (15 - ages).tolist()
    np.testing.assert_allclose(curve["ratio"], 0.5 + 0.5 * np.exp(-0.3 * ages))
    np.testing.assert_allclose(curve["decay"], curve["ratio"], rtol=1e-6)
    assert curve["band"].shape == curve["decay_band"].shape == (15, 2)
    np.testing.assert_allclose(curve["band"][:-1], curve["ratio"][:-1, None].repeat(2, axis=1))
    assert curve["band"][-1].tolist() == [0.0, math.inf]
    assert curve["floor"] == pytest.approx(0.5, rel=1e-5)
    assert curve["rate"] == pytest.approx(0.3, rel=1e-5)
    assert curve["half_life"] == pytest.approx(math.log(2) / 0.3, rel=1e-5)
    assert curve["half_life_band"] == pytest.approx((math.log(2) / 0.3,) * 2, rel=1e-3)
    assert curve["falls"] is True
    assert 0.5 < curve["old_band"][0] <= curve["old_ratio"] <= curve["old_band"][1] < 1


def test_a_flat_curve_has_no_half_life():
    origin, age, _, fresh = triangle(8)
    curve = _core.age_curve(origin, age, fresh, fresh, resamples=20, level=0.9, seed=1)
    assert curve["half_life"] is None
    assert curve["half_life_band"] == (math.inf, math.inf)
    assert (curve["floor"], curve["rate"], curve["falls"]) == (1.0, 0.0, False)


def test_age_curve_checks_its_points():
    origin, age, value, fresh = triangle(4)
    with pytest.raises(rc.errors.InvalidParameterError, match="needs an age; got 3"):
        _core.age_curve(origin, age[:3], value, fresh, resamples=10, level=0.9, seed=0)
    with pytest.raises(rc.errors.InvalidDataError, match="an origin must be at least 0"):
        _core.age_curve(origin - 1, age, value, fresh, resamples=10, level=0.9, seed=0)
    with pytest.raises(rc.errors.InvalidDataError, match="not negative"):
        _core.age_curve(origin, age, -value, fresh, resamples=10, level=0.9, seed=0)


def test_loss_parts_make_up_the_loss():
    origin, age, value, fresh = triangle(9)
    parts = np.array([0.2, 0.3, 0.5])
    split = _core.loss_parts(
        origin, age, np.outer(value, parts), np.outer(fresh, parts), resamples=50, level=0.9, seed=2, threads=1
    )
    curve = _core.age_curve(origin, age, value, fresh, resamples=50, level=0.9, seed=2)
    assert split["loss"].shape == (9, 3)
    assert split["band"].shape == (9, 3, 2)
    np.testing.assert_allclose(split["loss"], np.outer(1 - curve["ratio"], parts), atol=1e-12)
    np.testing.assert_allclose(split["band"][:-1, :, 0], split["loss"][:-1], atol=1e-12)
    with pytest.raises(rc.errors.InvalidParameterError, match="must be a matrix"):
        _core.loss_parts(origin, age, value, fresh, resamples=50, level=0.9, seed=2)


def served(periods, seed):
    rng = np.random.default_rng(seed)
    matrix = np.triu(rng.integers(0, 50, (periods, periods))).astype(float)
    return matrix, matrix[np.triu_indices(periods)], rng.integers(1, 5, periods).astype(float)


def outcome(matrix, plan):
    serving = [max(fit for fit in plan if fit <= period) for period in range(len(matrix))]
    return matrix[serving, np.arange(len(matrix))]


def test_plans_are_followed_through_the_matrix():
    matrix, value, cost = served(7, 1)
    plans = [[0, *rest] for n in range(7) for rest in itertools.combinations(range(1, 7), n)]
    for plan in plans:
        result = _core.follow(value, cost, plan)
        assert result["value"].tolist() == outcome(matrix, plan).tolist()
        assert result["total"] == outcome(matrix, plan).sum()
        assert result["cost"] == cost[plan[1:]].sum()
        assert result["refits"] == len(plan) - 1
    best = max(outcome(matrix, plan).sum() for plan in plans)
    assert outcome(matrix, _core.oracle_plans(value, cost, 7)[-1]).sum() == best
    gain = max(outcome(matrix, plan).sum() - 3 * cost[plan[1:]].sum() for plan in plans)
    plan = _core.oracle_plan(value, cost, 3.0)
    assert outcome(matrix, plan).sum() - 3 * cost[plan[1:]].sum() == gain
    with pytest.raises(rc.errors.InvalidParameterError, match="begin with period 0"):
        _core.follow(value, cost, [1])
    with pytest.raises(rc.errors.InvalidDataError, match="28 values"):
        _core.follow(value[1:], cost, [0])


def test_plans_that_need_no_future():
    assert _core.every_plan(7, 3) == [0, 3, 6]
    assert _core.random_plan(9, 4, 5) == _core.random_plan(9, 4, 5)
    assert len(set(_core.random_plan(9, 4, 5))) == 4
    assert _core.triggered_plan([2, 1, -1, 3, -1]) == [0, 3, 4]
    with pytest.raises(rc.errors.InvalidDataError, match="alarm"):
        _core.triggered_plan([-2, -1])
    _, value, cost = served(12, 3)
    plan = _core.cost_aware_plan(value, cost, 0.5, at_first=3)
    assert plan[:2] == [0, 3]
    assert _core.cost_aware_plan(value, cost, 1e9) == [0]


def test_plans_are_compared_with_a_baseline():
    rng = np.random.default_rng(4)
    baseline = rng.uniform(80, 120, 30)
    plans = np.stack([baseline, 0.5 * baseline, baseline + rng.normal(0, 5, 30)])
    result = _core.compare_plans(plans, baseline, block=0, resamples=200, level=0.95, seed=1)
    assert result["block"] == 3
    np.testing.assert_allclose(result["relative"], plans.sum(axis=1) / baseline.sum())
    assert result["band"][:2].tolist() == [[1.0, 1.0], [0.5, 0.5]]
    assert result["band"][2, 0] < result["relative"][2] < result["band"][2, 1]
    assert [pair[:2] for pair in result["differences"]] == [(0, 1), (0, 2), (1, 2)]
    _, _, difference, (low, high) = result["differences"][0]
    assert difference == pytest.approx(baseline.sum() / 2)
    assert 0 < low < difference < high


def test_a_meter_counts_memory_of_python_code():
    meter = _core.CostMeter()
    block = np.ones(64 << 20, dtype=np.uint8)
    wall, cpu, peak = meter.stop()
    assert block.nbytes == 64 << 20
    assert wall >= 0
    assert cpu >= 0
    assert peak is None or peak >= 60 << 20


def test_lists_are_made_while_python_makes_the_next_model():
    maker = []

    def make():
        maker.append(threading.get_ident())
        return native(small_model(60))

    latency = _core.swap_latency(native(small_model()), make, 200)
    assert maker
    assert maker[0] != threading.get_ident()
    assert latency["lists"] >= 200
    assert 1 <= latency["during_swap"] <= latency["lists"]
    assert 0 <= latency["idle_p50"] <= latency["idle_p99"]
    assert 0 <= latency["swap_p50"] <= latency["swap_p99"]
    assert latency["swap_seconds"] >= 0


def test_what_making_the_next_model_raises_is_raised():
    def fail():
        raise KeyError("no model")

    with pytest.raises(KeyError, match="no model"):
        _core.swap_latency(native(small_model()), fail, 10)
    with pytest.raises(TypeError, match="must return the next model"):
        _core.swap_latency(native(small_model()), lambda: 3, 10)  # type: ignore[arg-type, return-value]
    with pytest.raises(rc.errors.InvalidParameterError, match="at_least"):
        _core.swap_latency(native(small_model()), lambda: native(small_model()), 0)


def test_ctrl_c_waits_for_the_next_model():
    made = []

    def make():
        _thread.interrupt_main()
        made.append(native(small_model()))
        return made[0]

    with pytest.raises(KeyboardInterrupt):
        _core.swap_latency(native(small_model()), make, 50_000)
    assert made
