"""Examples run, and say what they are meant to show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "python"


def run(name: str) -> str:
    finished = subprocess.run([sys.executable, EXAMPLES / name], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_quickstart():
    output = run("quickstart.py")
    assert "read 40 events of 8 users" in output
    assert output.count("collaborative") == 9


def test_sessions():
    output = run("sessions.py")
    assert output.index("gas") < output.index("pot")
    assert "hit_rate" in output


def test_live():
    output = run("live.py")
    assert "version 2 with 6 customers" in output
    assert "held of ann: " in output
    assert "erased 2 events; nothing is left: True" in output
    assert "without the pot: ['mug']" in output
    assert "as from scratch: True" in output


def test_store():
    output = run("store.py")
    assert "7 events are stored, models may learn from 5" in output
    assert "1 event was new; the model is at number 8 now" in output
    assert "2 events erased; in the store: []" in output
    assert "shop.db knows ann: False" in output
    assert "shop.reco knows ann: False" in output


@pytest.mark.skipif("RECOCORE_DATA" not in os.environ, reason="RECOCORE_DATA is not set")
def test_demo_on_real_data():
    output = run("demo.py")
    assert "150,000 events" in output
    assert "How good is it?" in output


def test_drift():
    output = run("drift.py")
    assert "never refit: 0 refits" in output
    assert "at 0.05 a processor hour and 0.2 a hit" in output.lower()
