"""Ctrl-C stops a fit and leaves the model as it was."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import _thread, signal, threading
import numpy as np
import recocore as rc

model = rc.ItemKNN(n_jobs={n_jobs}).fit({{"user_id": [1, 1, 2], "item_id": ["a", "b", "a"]}})
before = model.recommend(2)
random = np.random.default_rng(0)
# Hours of work: dense rows of many items.
large = rc.Interactions.from_arrays(np.repeat(np.arange(400), 10_000), np.tile(np.arange(10_000), 400))
started = threading.Event()

def show(stage, done, total):
    started.set()

def interrupt():
    started.wait()
    signal.raise_signal(signal.SIGINT)

import recocore._base as base
from contextlib import contextmanager

@contextmanager
def told(progress):
    yield show

base.progress_bar = told
threading.Thread(target=interrupt, daemon=True).start()
try:
    model.fit(large)
except KeyboardInterrupt:
    assert model.recommend(2) == before
    assert model.n_users_ == 2
    print("interrupted")
"""


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c(n_jobs):
    run = subprocess.run(
        [sys.executable, "-c", CODE.format(n_jobs=n_jobs)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert run.stdout.strip() == "interrupted", run.stderr


def test_an_error_in_the_bar_stops_the_fit(shop, model, monkeypatch):
    from contextlib import contextmanager

    import recocore._base as base

    @contextmanager
    def broken(progress):
        def show(stage, done, total):
            raise ZeroDivisionError

        yield show

    before = model.recommend("eve")
    monkeypatch.setattr(base, "progress_bar", broken)
    with pytest.raises(ZeroDivisionError):
        model.fit(shop)
    assert model.recommend("eve") == before
