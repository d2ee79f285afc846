"""The retraining harness: its measures against a plain twin, its controls, its advice, its manners."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import recocore as rc
from recocore.drift._work import Work
from recocore.errors import DeadlineExceededError, InvalidDataError, InvalidParameterError

from tests.python.drift_streams import DAY, stream

STEADY = stream(users=300, a_day=200, seed=1)
QUICK: dict[str, Any] = {"period": "1d", "n_jobs": 1, "controls": False, "report": False}


def small(**more: Any) -> dict[str, Any]:
    return stream(days=16, users=25, items=30, a_day=20, **more)


def measures_of(folder: Path) -> dict[Any, Any]:
    """All lines by what they say, costs and times left out."""
    found = {}
    for line in (folder / "measures.jsonl").read_text().splitlines()[1:]:
        row = json.loads(line)
        if "metric" in row and row["metric"] not in {"wall_seconds", "peak_bytes"}:
            key = row["model"], row["schedule"], row["origin"], row["age"], row["slice"], row["metric"]
            assert key not in found
            found[key] = row["value"]
    return found


def naive_hits(
    events: dict[str, Any], make: Any, origin: int, period: int, n: int, *, exclude: bool
) -> tuple[int, int]:
    """Fit on what came before the origin, recommend to the users of a period, count what they took."""
    day = [time // DAY for time in events["timestamp"]]
    rows = list(zip(events["user_id"], events["item_id"], day, strict=True))
    start = min(day)
    past = [row for row in rows if row[2] < start + origin]
    model = make().fit({"user_id": [row[0] for row in past], "item_id": [row[1] for row in past]})
    before, now = defaultdict(set), defaultdict(set)
    for user, item, when in rows:
        if when < start + period:
            before[user].add(item)
        elif when == start + period:
            now[user].add(item)
    hits = relevant = 0
    # What first sells in the period is not known before it.
    born = {item for _, item, when in rows if when < start + period}
    for user, items in now.items():
        wanted = items - before[user] if exclude else items
        # Bought since the fit, too.
        candidates = sorted(born - before[user] if exclude else born)
        found = model.recommend(user, n=n, exclude_seen=exclude, candidates=candidates).item_id.tolist()
        hits += len(wanted & set(found))
        relevant += len(wanted)
    return hits, relevant


@pytest.mark.parametrize("exclude", [True, False])
def test_measures_equal_a_plain_replay(tmp_path: Path, exclude: bool) -> None:
    events = small(seed=3)
    # Periods begin at the first event: let that be midnight.
    events["timestamp"][0] = 0
    rc.drift.run(
        events, models=[rc.ItemKNN(k=5)], schedules=["never"], out=tmp_path, first=4, n=5, exclude_seen=exclude, **QUICK
    )
    found = measures_of(tmp_path)
    compared = 0
    for origin in (4, 7, 12):
        for period in range(origin, 16, 3):
            hits, relevant = naive_hits(events, lambda: rc.ItemKNN(k=5), origin, period, 5, exclude=exclude)
            key = "ItemKNN", "growing", origin, period - origin, "all"
            assert found[(*key, "hits")] == hits
            assert found[(*key, "relevant")] == relevant
            compared += hits
    assert compared > 10


def test_records_have_every_column_and_go_on_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {
        "models": [rc.Popularity(), rc.ItemKNN(k=5)],
        "schedules": ["never", "every:1", "sliding:4"],
    }
    whole = rc.drift.run(small(), out=tmp_path / "whole", **settings, **QUICK)
    lines = (tmp_path / "whole" / "measures.jsonl").read_text().splitlines()
    row = json.loads(lines[5])
    assert list(row) == [
        "origin", "age", "model", "schedule", "slice", "metric", "value", "cost", "digest", "versions", "seed",
    ]  # fmt: skip

    # Killed in the middle of a line, after a third of the file.
    cut = tmp_path / "cut"
    cut.mkdir()
    text = (tmp_path / "whole" / "measures.jsonl").read_bytes()
    (cut / "measures.jsonl").write_bytes(text[: len(text) // 3])
    done = 0
    original = rc.drift._work.measure_origin  # type: ignore[attr-defined]

    def counted(*given: Any, **named: Any) -> Any:
        nonlocal done
        done += 1
        return original(*given, **named)

    monkeypatch.setattr(rc.drift._work, "measure_origin", counted)
    again = rc.drift.run(small(), out=cut, **settings, **QUICK)
    assert 0 < done < whole.scored_periods * 4
    assert measures_of(cut) == measures_of(tmp_path / "whole")
    assert [one.hits for one in again.schedules] == [one.hits for one in whole.schedules]
    # All is there now.
    done = 0
    rc.drift.run(small(), out=cut, **settings, **QUICK)
    assert done == 0


def test_a_folder_of_another_run_is_not_touched(tmp_path: Path) -> None:
    rc.drift.run(small(), models=[rc.Popularity()], schedules=["never"], out=tmp_path, **QUICK)
    before = (tmp_path / "measures.jsonl").read_bytes()
    with pytest.raises(InvalidDataError, match="digest"):
        rc.drift.run(small(seed=9), models=[rc.Popularity()], schedules=["never"], out=tmp_path, **QUICK)
    with pytest.raises(InvalidDataError, match="models"):
        rc.drift.run(small(), models=[rc.ItemKNN()], schedules=["never"], out=tmp_path, **QUICK)
    assert (tmp_path / "measures.jsonl").read_bytes() == before
    rc.drift.run(small(seed=9), models=[rc.Popularity()], schedules=["never"], out=tmp_path, resume=False, **QUICK)


def test_the_result_does_not_depend_on_threads(tmp_path: Path) -> None:
    for threads in (1, 3):
        quick = {**QUICK, "n_jobs": threads}
        rc.drift.run(small(), models=[rc.ItemKNN(k=5)], schedules=["never"], out=tmp_path / str(threads), **quick)
    assert measures_of(tmp_path / "1") == measures_of(tmp_path / "3")


def test_a_budget_is_kept_and_what_was_measured_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    monkeypatch.setattr(rc.drift._work.time, "monotonic", lambda: clock)  # type: ignore[attr-defined]
    original = rc.drift._work.measure_origin  # type: ignore[attr-defined]

    def slow(*given: Any, **named: Any) -> Any:
        nonlocal clock
        clock += 1.0
        return original(*given, **named)

    monkeypatch.setattr(rc.drift._work, "measure_origin", slow)
    settings: dict[str, Any] = {"models": [rc.ItemKNN(k=5)], "schedules": ["never", "every:1", "every:2"], **QUICK}
    events = stream(days=40, users=25, items=30, a_day=20)
    with pytest.raises(DeadlineExceededError, match="budget"):
        rc.drift.run(events, out=tmp_path, budget=5, **settings)
    part = rc.drift.run(events, out=tmp_path, budget=12, **settings)
    assert not part.complete
    assert clock <= 5 + 12
    assert {one.schedule for one in part.schedules} == {"never", "every:2"}
    assert any("budget" in note for note in part.notes)
    assert "ended by its budget" in str(rc.drift.advise(part))
    assert rc.drift.run(events, out=tmp_path, **settings).complete


def test_ctrl_c_keeps_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = rc.drift._work.measure_origin  # type: ignore[attr-defined]
    done = 0

    def interrupted(*given: Any, **named: Any) -> Any:
        nonlocal done
        done += 1
        if done == 4:
            raise KeyboardInterrupt
        return original(*given, **named)

    monkeypatch.setattr(rc.drift._work, "measure_origin", interrupted)
    settings: dict[str, Any] = {"models": [rc.ItemKNN(k=5)], "schedules": ["never"], "out": tmp_path, **QUICK}
    with pytest.raises(KeyboardInterrupt):
        rc.drift.run(small(), **settings)
    kept = measures_of(tmp_path)
    assert len({key[2] for key in kept if key[0]}) == 3
    rc.drift.run(small(), **settings)
    assert kept.items() <= measures_of(tmp_path).items()


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> tuple[rc.drift.DriftResult, Path]:
    folder = tmp_path_factory.mktemp("steady")
    models = [rc.ItemKNN(k=10), rc.Popularity()]
    return rc.drift.run(STEADY, models=models, period="1d", out=folder, n_jobs=2, name="steady"), folder


def test_controls_hold_where_nothing_drifts(steady: tuple[rc.drift.DriftResult, Path]) -> None:
    result, _ = steady
    assert len(result.controls) >= 10
    assert [title for title, passed, _ in result.controls if passed is not True] == []


def test_a_steady_stream_raises_no_more_alarms_than_promised(steady: tuple[rc.drift.DriftResult, Path]) -> None:
    result, _ = steady
    for one in result.detectors:
        assert one.false_alarms is not None
        # Not above the nominal rate as far as can be told; origins share periods, so alarms come together.
        assert one.false_alarms.low <= (one.nominal or 0.03)


def test_what_was_put_there_is_found(steady: tuple[rc.drift.DriftResult, Path]) -> None:
    result, _ = steady
    by_name = {(one.model, one.detector): one for one in result.detectors}
    for name in ("jensen-shannon", "population-stability"):
        found = by_name["ItemKNN", name]
        assert found.delay_abrupt is not None
        assert found.delay_abrupt <= 3
        assert found.delay_gradual is not None
        assert found.delay_gradual <= 12


def test_the_oracle_is_best_and_continuous_refitting_is_the_measure(steady: tuple[rc.drift.DriftResult, Path]) -> None:
    result, _ = steady
    for model in result.models:
        tried = {one.schedule: one for one in result.schedules if one.model == model}
        assert tried["every:1"].relative == rc.drift.Interval(1.0, 1.0, 1.0)
        assert tried["incremental"].hits == tried["every:1"].hits
        assert tried["never"].cpu_seconds == 0
        growing = [one for one in tried.values() if one.kind not in {"sliding", "decay", "oracle"}]
        price = 0.05 / 3600 / 0.10
        assert all(
            tried["oracle"].hits - price * tried["oracle"].cpu_seconds >= one.hits - price * one.cpu_seconds - 1e-9
            for one in growing
            if one.kind != "incremental"
        )
        assert any(one.on_front for one in tried.values())


def test_a_changed_world_ages_models_and_a_steady_one_hardly() -> None:
    events = stream(change_at=25, seed=4)
    settings: dict[str, Any] = {"models": [rc.ItemKNN(k=10)], "schedules": ["never", "every:1", "sliding:5"], **QUICK}
    result = rc.drift.run(events, **settings)
    never = next(one for one in result.schedules if one.schedule == "never")
    steady = rc.drift.run(STEADY, **settings)
    unmoved = next(one for one in steady.schedules if one.schedule == "never")
    assert never.relative.high < 1.0
    assert never.relative.value < unmoved.relative.value
    curve = result.age_curves[0]
    assert curve.falls
    advice = rc.drift.advise(result)
    assert advice.difference_shown
    assert advice.schedule != "never"
    split = result.loss_splits[0]
    at = curve.well_known
    assert split.loss[:, at].sum() == pytest.approx(1.0 - curve.ratio[at])


def test_no_difference_is_said_where_none_can_be_shown() -> None:
    random = np.random.default_rng(5)
    rows = 600
    events = {
        "user_id": random.integers(0, 40, rows),
        "item_id": random.integers(0, 12, rows),
        "timestamp": np.sort(random.integers(0, 30 * DAY, rows)),
    }
    result = rc.drift.run(events, models=[rc.Popularity()], exclude_seen=False, n=3, **QUICK)
    advice = rc.drift.advise(result)
    assert not advice.difference_shown
    assert advice.schedule == "never"
    assert "No difference can be shown" in advice.headline


def test_prices_decide() -> None:
    settings: dict[str, Any] = {"models": [rc.ItemKNN(k=10)], "schedules": ["never", "every:1", "every:4"], **QUICK}
    result = rc.drift.run(stream(change_at=25, seed=4), **settings)
    dear = rc.drift.advise(result, cpu_hour_price=1e12, value_per_hit=1e-6)
    assert dear.schedule == "never"
    assert dear.net_per_month is not None
    assert dear.net_per_month.value > 0
    cheap = rc.drift.advise(result, cpu_hour_price=0.0, value_per_hit=1.0)
    assert cheap.schedule == max(result.schedules, key=lambda one: one.hits).schedule
    assert cheap.break_even is None or cheap.break_even >= 0
    with pytest.raises(InvalidParameterError, match="give both"):
        rc.drift.advise(result, cpu_hour_price=1.0)
    with pytest.raises(InvalidParameterError, match="no model 'ALS'"):
        rc.drift.advise(result, model="ALS")


def test_sessions_are_foreseen_event_by_event() -> None:
    events = stream(days=20, users=4000, items=30, a_day=90, seed=6)
    # A session is over after some clicks: each has few, and most are new on each day.
    events["user_id"] = [
        f"{day // DAY}:{user}" for user, day in zip(events["user_id"], events["timestamp"], strict=True)
    ]
    repeated = {key: [one for value in values for one in (value, value)] for key, values in events.items()}
    repeated["item_id"][1::2] = list(np.roll(events["item_id"], 1))
    repeated["timestamp"][1::2] = [time + 1 for time in events["timestamp"]]
    result = rc.drift.run(repeated, schedules=["never", "every:1"], **QUICK)
    assert result.protocol == "next"
    assert result.models == ("Popularity", "SessionKNN")
    assert all(one.hits > 0 for one in result.schedules)


def test_with_a_catalogue_new_items_can_be_found() -> None:
    events = stream(days=30, users=60, items=30, a_day=40, seed=7)
    # A third of the items comes late.
    rows = [
        (user, item, time)
        for user, item, time in zip(events["user_id"], events["item_id"], events["timestamp"], strict=True)
        if int(item[1:]) % 3 or time > 20 * DAY
    ]
    table = dict(zip(("user_id", "item_id", "timestamp"), map(list, zip(*rows, strict=True)), strict=True))
    items = sorted({item for _, item, _ in rows})
    catalogue = {"item_id": items, "kind": [f"group {int(item[1:]) // 6}" for item in items]}
    result = rc.drift.run(
        table,
        catalogue,
        [rc.ItemKNN(k=5), rc.Hybrid(half_support=2.0, inheritance=1.0, likeness=0.3)],
        ["never"],
        **QUICK,
    )
    plain, blend = (next(one for one in result.schedules if one.model == name) for name in ("ItemKNN", "Hybrid"))
    assert blend.hits > plain.hits


def test_what_cannot_be_run_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="no times"):
        rc.drift.run(rc.Interactions.from_arrays([1, 2], [1, 2]))
    with pytest.raises(InvalidDataError, match="too little time"):
        rc.drift.run({"user_id": [1, 2], "item_id": [1, 2], "timestamp": [0, 60]})
    with pytest.raises(InvalidDataError, match="leave too few"):
        rc.drift.run(STEADY, period="1w")
    with pytest.raises(InvalidParameterError, match=r"not a schedule.*every:K"):
        rc.drift.run(STEADY, schedules=["weekly"])
    with pytest.raises(InvalidParameterError, match="there are no models"):
        rc.drift.run(STEADY, models=[])
    with pytest.raises(InvalidParameterError, match="not fitted"):
        rc.drift.run(STEADY, models=["ItemKNN"])  # type: ignore[list-item]
    with pytest.raises(InvalidParameterError, match="period"):
        rc.drift.run(STEADY, period="fortnight")
    with pytest.raises(InvalidParameterError, match="budget"):
        rc.drift.run(STEADY, budget=-1)
    with pytest.raises(InvalidParameterError, match="protocol"):
        rc.drift.run(STEADY, protocol="daily")


def test_origins_are_looked_at_coarsely_first() -> None:
    class Fixed(Work):
        def __init__(self, scored: int) -> None:
            self._scored = scored
            self.plan = type("Plan", (), {"first": 3})()
            self.world = type("W", (), {"timeline": type("T", (), {"periods": scored + 3})()})()

    for scored in (10, 19, 20, 40, 95, 117):
        grids = Fixed(scored).origins()
        assert 10 <= len(grids[0]) <= 20
        assert sorted(origin for grid in grids for origin in grid) == list(range(3, scored + 3))


def test_one_run_at_a_time_writes_to_a_folder(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"models": [rc.Popularity()], "schedules": ["never"], "out": tmp_path, **QUICK}
    rc.drift.run(small(), **settings)
    held = rc.drift._records._locked(tmp_path / "measures.jsonl")
    with held, pytest.raises(InvalidDataError, match="another drift run"):
        rc.drift.run(small(), **settings)
    rc.drift.run(small(), **settings)


def test_what_is_not_of_a_run_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "measures.jsonl").write_text("notes of somebody")
    with pytest.raises(InvalidDataError, match="not of a drift run"):
        rc.drift.run(small(), models=[rc.Popularity()], out=tmp_path, **QUICK)
    assert (tmp_path / "measures.jsonl").read_text() == "notes of somebody"


def test_where_nothing_is_found_it_says_so() -> None:
    events = {"user_id": ["ann"] * 40, "item_id": ["tea"] * 40, "timestamp": [day * DAY for day in range(40)]}
    with pytest.raises(InvalidDataError, match="no model found anything"):
        rc.drift.run(events, models=[rc.Popularity()], schedules=["never"], **QUICK)


def test_a_wrong_date_is_named() -> None:
    events = small()
    events["timestamp"] = [time + 20_000 * DAY for time in events["timestamp"]]
    events["timestamp"][3] = 19_900 * DAY
    with pytest.raises(InvalidDataError, match="is its date right"):
        rc.drift.run(events, models=[rc.Popularity()], schedules=["sliding:3"], **QUICK)


def test_another_catalogue_is_another_run(tmp_path: Path) -> None:
    events = small()
    items = sorted(set(events["item_id"]))
    settings: dict[str, Any] = {"models": [rc.Popularity()], "schedules": ["never"], "out": tmp_path, **QUICK}
    rc.drift.run(events, {"item_id": items, "kind": ["a"] * len(items)}, **settings)
    with pytest.raises(InvalidDataError, match="catalogue"):
        rc.drift.run(events, {"item_id": items, "kind": ["b"] * len(items)}, **settings)


def test_the_command_line_says_what_to_do(tmp_path: Path) -> None:
    events = small()
    lines = ["customer,article,date"]
    lines += [f"{user},{item},{time}" for user, item, time in zip(*events.values(), strict=True)]
    (tmp_path / "orders.csv").write_text("\n".join(lines))
    command = [sys.executable, "-m", "recocore", "drift", str(tmp_path / "orders.csv"), "--out", str(tmp_path / "out")]
    columns = ["--user", "customer", "--item", "article", "--timestamp", "date", "--period", "1d", "--no-controls"]
    quiet = ["--model", "ItemKNN", "--schedule", "never", "--schedule", "every:1", "--quiet", "--jobs", "1"]
    run = subprocess.run([*command, *columns, *quiet], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "ItemKNN" in run.stdout
    assert (tmp_path / "out" / "report.html").read_text().startswith("<!DOCTYPE html>")
    wrong = subprocess.run([*command, "--quiet"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert "user_id" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    help_text = subprocess.run([*command[:4], "--help"], capture_output=True, text=True, check=False).stdout
    assert "--cpu-hour-price" in help_text
