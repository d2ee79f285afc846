"""Settings to begin a search with: published ones, and those that earlier searches on validation parts found."""

from __future__ import annotations

from typing import Any

#: (model, split), or (model, "*") for the other splits: settings in the order they are tried.
STARTS: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("ItemKNN", "*"): [
        {"similarity": "asymmetric_cosine", "alpha": 0.7, "weighting": "tf_idf", "shrinkage": 3.0},
        {"similarity": "asymmetric_cosine", "alpha": 0.8, "weighting": "tf_idf", "shrinkage": 3.0},
        {"similarity": "asymmetric_cosine", "alpha": 0.8, "weighting": "tf_idf", "shrinkage": 3.0, "k": 50},
        {"similarity": "asymmetric_cosine", "alpha": 0.7, "weighting": "tf_idf", "shrinkage": 1.0, "k": 200},
    ],
    ("RP3beta", "gowalla_m1"): [{"k": 777, "alpha": 0.566, "beta": 0.001}],
    ("RP3beta", "yelp2018_m1"): [{"k": 342, "alpha": 0.768, "beta": 0.418}],
}
