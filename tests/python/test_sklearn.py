"""scikit-learn's manners."""

from __future__ import annotations

import inspect

import pytest
import recocore as rc
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

MODELS = [rc.ItemKNN, rc.Popularity, rc.P3alpha, rc.RP3beta, rc.SLIM, rc.UserKNN]


@pytest.mark.parametrize("cls", MODELS)
def test_parameters_are_keyword_only_and_stored_as_given(cls):
    parameters = inspect.signature(cls).parameters
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters.values())
    given = {name: object() for name in parameters}
    model = cls(**given)
    assert all(getattr(model, name) is value for name, value in given.items())
    assert model.get_params() == given


@pytest.mark.parametrize("cls", MODELS)
def test_clone(cls, shop):
    model = cls(n_jobs=3).fit(shop)
    again = clone(model)
    assert type(again) is cls
    assert again.get_params() == model.get_params()
    assert not hasattr(again, "model_")


def test_clone_of_changed_parameters():
    model = rc.ItemKNN(k=7, similarity="jaccard", shrinkage=2)
    assert repr(clone(model)) == repr(model) == "ItemKNN(k=7, similarity='jaccard', shrinkage=2)"


def test_set_params(shop):
    model = rc.ItemKNN()
    assert model.set_params(k=5, similarity="dice") is model
    assert (model.k, model.similarity) == (5, "dice")
    with pytest.raises(rc.errors.InvalidParameterError, match="no parameter 'shrinkag'; did you mean 'shrinkage'"):
        model.set_params(k=6, shrinkag=1)
    assert model.k == 5
    with pytest.raises(ValueError, match="Its parameters are k, similarity"):
        model.set_params(neighbours=3)


def test_is_fitted(shop):
    for cls in MODELS:
        with pytest.raises(ValueError, match="not fitted"):
            check_is_fitted(cls())
        check_is_fitted(cls().fit(shop))


def test_fit_takes_and_ignores_y(shop):
    model = rc.ItemKNN()
    assert model.fit(shop, None) is model


@pytest.mark.parametrize("cls", MODELS)
def test_fit_takes_tables_and_matrices(cls, events, random_matrix):
    assert cls().fit(events).n_users_ == 5
    assert cls().fit(random_matrix).n_users_ == 80


def test_a_fitted_model_can_be_fitted_again(shop, random_matrix):
    model = rc.ItemKNN().fit(shop)
    model.fit(random_matrix)
    assert model.recommend(1).user_id.tolist() == [1] * 10
