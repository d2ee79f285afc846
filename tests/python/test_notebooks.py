"""Notebooks run from top to bottom, make their pictures, and show what they say."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "examples" / "notebooks"

#: What holds in the kernel at the end.
FACTS = {
    "wine_shop": """
assert "New Barolo" in recommended.item_id
assert len(recommended) == 10
because = dict(recommended.reasons[recommended.item_id.tolist().index("New Barolo")].because)
assert because and set(because) <= set(purchases["item_id"][purchases["user_id"] == fan])
assert share["Piedmont Nebbiolo"] > 0.5
assert share["Piedmont Nebbiolo"] > 3 * share.drop("Piedmont Nebbiolo").max()
assert len(told) == 40
assert customers.set_index("user_id")["newsletter"][told["user_id"]].all()
fans = customers["user_id"][favourite == 0]
assert told["user_id"].isin(fans).mean() > 0.8
assert told["meaning"].is_monotonic_decreasing
prices = wines.set_index("item_id")[["type", "price"]].loc[cheaper["item_id"]]
assert len(prices) == 5
assert (prices["type"] == "Red").all() and (prices["price"] < 0.8 * 36).all()
""",
    "property_portal": """
assert for_ann.to_pandas()["tier"].ne("popular").all()
assert all(reason.profile > 0 and not reason.because for reason in for_ann.reasons)
assert houses.set_index("item_id")["bedrooms"][for_ann.item_id].between(1, 3).all()
near = model.recommend("Ann", n=5, where=close).item_id
assert "New villa" in near
assert (places.loc[near, "price"] <= 440_000).all()
assert (np.hypot(places.loc[near, "lat"] - 39.57, places.loc[near, "lon"] - 2.65) < 0.2).all()
none, one, two = (model.recommend(history=history, n=12) for history in histories)
assert len(none) == len(one) == len(two) == 12
assert (none.tier == "popular").all() and (one.tier != "popular").all() and (two.tier != "popular").all()
assert (places.loc[one.item_id, "lon"] < 2.9).all()
assert 3 <= (places.loc[two.item_id, "lat"] > 39.7).sum() <= 9
""",
    "online_shop": """
stock = model.catalogue_.to_pandas().set_index("item_id")
for made in [after, various, ruled, explored]:
    assert len(made) == len(set(made.item_id)) == 10
    assert stock["in_stock"][made.item_id].all()
assert before.item_id[0] not in set(after.item_id)
for made in [various, ruled]:
    assert stock["brand"][made.item_id].value_counts().max() <= 3
assert stock["kind"][various.item_id].nunique() > stock["kind"][after.item_id].nunique()
assert gain[0] == 0 and loss[0] == 0
assert all(a < b for a, b in zip(gain, gain[1:])) and all(a < b for a, b in zip(loss, loss[1:]))
assert gain[3] > 5 * loss[3]
was = after.item_id.tolist()
for place, reason in enumerate(ruled.reasons, start=1):
    moved_from = was.index(reason.item_id) + 1 if reason.item_id in was else None
    if reason.moved and moved_from:
        assert reason.moved.startswith(f"from {moved_from} to {place}: ")
assert any("value" in reason.moved for reason in ruled.reasons)
assert not any("margin" in reason.facts for reason in ruled.reasons)
assert sum(reason.item_id in new for reason in explored.reasons) >= 2
assert all((reason.propensity < 1) == (reason.moved.endswith("explore")) for reason in explored.reasons)
""",
}


@pytest.fixture
def away(tmp_path, monkeypatch) -> Path:
    """An empty folder to run in; nothing of the user's own settings counts, nor is any of them changed."""
    settings = tmp_path / "settings"
    settings.mkdir()
    for name in ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"]:
        monkeypatch.setenv(name, str(settings / name.lower()))
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def test_all_notebooks_are_tested():
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == sorted(FACTS)


@pytest.mark.parametrize("name", FACTS)
def test_notebook_is_stored_without_outputs(name):
    stored = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
    nbformat.validate(stored)
    for cell in stored["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("name", FACTS)
def test_notebook(name, away):
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(FACTS[name]))
    # A cell that fails is an error, with its traceback.
    ran = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(away)}})
    outputs = [output for cell in ran.execute().cells for output in cell.get("outputs", [])]
    said = "".join(output["text"] for output in outputs if output.get("name") == "stderr")
    assert "Warning" not in said, said
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not list(away.iterdir())
