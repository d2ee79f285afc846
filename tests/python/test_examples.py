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


@pytest.mark.skipif("RECOCORE_DATA" not in os.environ, reason="RECOCORE_DATA is not set")
def test_demo_on_real_data():
    output = run("demo.py")
    assert "150,000 events" in output
    assert "How good is it?" in output
