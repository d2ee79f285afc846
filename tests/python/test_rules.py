"""Rules as Python gives them; what they do is tested in C++."""

from __future__ import annotations

import pytest
import recocore as rc
from recocore import _core
from recocore.errors import InvalidParameterError


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (rc.Rules(boost={"in_stock": 0.0}), "from 0.1 to 10"),
        (rc.Rules(boost={"in_stock =": 2.0}), "did you mean '=='"),
        (rc.Rules(boost=["in_stock"]), "must be a dict"),  # type: ignore[arg-type]
        (rc.Rules(pins={"a": 0}), "whole number of at least 1"),
        (rc.Rules(pins={"a": 1, "b": 1}), "two pins"),
        (rc.Rules(at_most={"brand": 0}), "at least 1"),
        (rc.Rules(diversity=2.0, diversity_columns="brand"), "from 0 to 1"),
        (rc.Rules(diversity=0.5), "diversity_columns"),
        (rc.Rules(calibration=0.5), "calibration_column"),
        (rc.Rules(value=0.5), "value_column"),
        (rc.Rules(calibration_alpha=0.0), "calibration_alpha"),
        (rc.Rules(fatigue=-1.0), "at least 0"),
        (rc.Rules(impressions={"a": -1.0}), "impressions"),
        (rc.Rules(min_score=float("nan")), "finite"),
    ],
)
def test_senseless_rules_are_refused(rules, says):
    with pytest.raises(InvalidParameterError, match=says):
        rules._config()


def test_parameters_are_kept_as_given():
    rules = rc.Rules(boost={"in_stock": 2.0}, max_moves=3)
    assert rules.get_params()["boost"] == {"in_stock": 2.0}
    assert repr(rules) == "Rules(boost={'in_stock': 2.0}, max_moves=3)"
    assert not rules._config().empty
    assert rc.Rules()._config().empty
    with pytest.raises(InvalidParameterError, match="did you mean 'pins'"):
        rules.set_params(pin={})


def test_steck():
    assert _core.calibration_divergence([0.7, 0.3], [1.0, 0.0], 0.01) == pytest.approx(1.13398, abs=1e-5)


def test_rules_that_need_no_table(model):
    plain = model.recommend("dan", n=2)
    ruled = _core.recommend_with_rules(model.model_, "dan", 2, True, rc.Rules()._config(), None)
    assert ruled["item_id"] == plain.item_id.tolist()
    assert ruled["why"] == ["", ""]
    pinned = _core.recommend_with_rules(model.model_, "dan", 2, True, rc.Rules(pins={"cup": 1})._config(), None)
    assert pinned["item_id"] == ["cup", "tea"]
    assert pinned["why"] == ["from 2 to 1: pin", ""]
    # What the user has does not pass the filter of the call.
    seen = _core.recommend_with_rules(model.model_, "dan", 2, True, rc.Rules(pins={"pot": 1})._config(), None)
    assert seen["item_id"] == plain.item_id.tolist()
    with pytest.raises(InvalidParameterError, match="no table of items"):
        _core.recommend_with_rules(model.model_, "dan", 2, True, rc.Rules(at_most={"brand": 1})._config(), None)
