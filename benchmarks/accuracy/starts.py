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
    ("UserKNN", "*"): [{"amplification": 3.0}, {"k": 200}, {"weighting": None, "amplification": 1.0}],
    ("RP3beta", "gowalla_m1"): [{"k": 777, "alpha": 0.566, "beta": 0.001}, {"beta": 0.0}],
    ("RP3beta", "yelp2018_m1"): [
        {"k": 342, "alpha": 0.768, "beta": 0.418, "keep": "history"},
        {"k": 300, "alpha": 0.6, "beta": 0.3},
    ],
    ("SLIM", "*"): [{"l1": 1.0, "l2": 200.0}, {"l1": 0.1, "l2": 50.0, "candidates": 200}],
    ("SparseEASE", "*"): [{"l2": 200.0, "k": 200}, {"l2": 600.0, "k": 200}, {"l2": 50.0}],
    ("EASE", "*"): [
        {"l2": 600.0},
        {"l2": 400.0, "user_exponent": 0.5},
        {"l2": 1500.0, "user_exponent": 0.5, "count_exponent": 0.5, "candidate_exponent": 0.2},
    ],
    # GF-CF; then what a search on the validation part found.
    ("GraphFilter", "gowalla_m1"): [
        {"dimensions": 256},
        {
            "dimensions": 448,
            "history_exponent": 0.9,
            "candidate_exponent": 0.1,
            "low_pass_history_exponent": 0.4,
            "low_pass_candidate_exponent": 0.4,
        },
    ],
    ("GraphFilter", "yelp2018_m1"): [
        {"dimensions": 256},
        {"dimensions": 448, "user_exponent": 0.75, "low_pass_weight": 0.58, "low_pass_damping": 1.0},
    ],
    ("GraphFilter", "*"): [
        {"dimensions": 64},
        {"dimensions": 64, "power": 0.5},
        {
            "dimensions": 64,
            "power": 0.5,
            "history_exponent": 0.4,
            "candidate_exponent": 0.4,
            "low_pass_history_exponent": 0.4,
            "low_pass_candidate_exponent": 0.4,
            "low_pass_weight": 1.0,
        },
    ],
    ("ALS", "gowalla_m1"): [{"regularization": 2.0, "unobserved_weight": 0.1, "frequency_exponent": 0.5}],
    ("ALS", "yelp2018_m1"): [{"regularization": 2.0, "unobserved_weight": 0.1, "frequency_exponent": 0.5}],
    ("ALS", "*"): [{"factors": 128}, {"unobserved_weight": 0.1}],
    # Published for Serenade's example; then what a search on Diginetica's validation part found.
    ("SessionKNN", "serenade-example"): [{"scoring": "vmis", "k": 288, "max_sessions": 1502}],
    ("SessionKNN", "diginetica"): [
        {
            "neighbour_power": 1.5,
            "recency": 0.85,
            "before_weight": 0.77,
            "popularity_exponent": 0.2,
            "distance_decay": 0.4,
            "position_decay": 1.15,
            "second_hop": 0.5,
        }
    ],
}
