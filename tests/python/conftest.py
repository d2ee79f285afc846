"""What the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp


@pytest.fixture
def events() -> dict[str, list]:
    """A small shop: tea and pot go together, cup is rare."""
    pairs = [("ann", "tea"), ("ann", "pot"), ("bob", "tea"), ("bob", "pot"), ("cat", "tea"), ("cat", "cup")]
    pairs += [("dan", "pot"), ("eve", "tea")]
    return {
        "user_id": [user for user, _ in pairs],
        "item_id": [item for _, item in pairs],
        "weight": [1.0, 2.0, 3.0, 1.0, 1.0, 2.0, 1.0, 1.0],
        "timestamp": [1_600_000_000 + 86_400 * day for day in range(8)],
    }


@pytest.fixture
def shop(events) -> rc.Interactions:
    return rc.Interactions.from_table(events, weight="weight", timestamp="timestamp")


@pytest.fixture
def model(shop) -> rc.ItemKNN:
    return rc.ItemKNN(k=10).fit(shop)


@pytest.fixture
def random_matrix() -> sp.csr_array:
    """80 users, 40 items, small positive weights, an item and a user without any."""
    random = np.random.default_rng(7)
    dense = random.integers(1, 6, (80, 40)) * (random.random((80, 40)) < 0.15)
    dense[5, :] = 0
    dense[:, 3] = 0
    return sp.csr_array(dense.astype(np.float64))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets, where there is one."""
    folder = os.environ.get("RECOCORE_DATA")
    if not folder:
        pytest.skip("set RECOCORE_DATA to the folder of real data sets to run this test")
    return Path(folder)
