"""Published rows, for comparison. Many of them were tuned on the test part; ours are not."""

from __future__ import annotations

#: split: rows of (model, source, first metric, second metric): Recall@20 and NDCG@20, for sessions HR@20 and MRR@20.
PUBLISHED: dict[str, list[tuple[str, str, float, float | None]]] = {
    "gowalla_m1": [
        ("ItemCF", "BARS", 0.1570, 0.1214),
        ("UserKNN", "IntentAwareRS", 0.155, 0.128),
        ("MultVAE", "LightGCN paper", 0.1641, 0.1335),
        ("SLIM", "BARS", 0.1699, 0.1382),
        ("EASE", "BARS", 0.1765, 0.1467),
        ("LightGCN", "its paper", 0.1820, 0.1547),
        ("RP3beta", "IntentAwareRS", 0.183, 0.152),
        ("Turbo-CF", "its paper", 0.1835, None),
        ("GF-CF", "its paper", 0.1849, 0.1518),
        ("UltraGCN", "its paper", 0.1862, 0.1580),
        ("SimpleX", "its paper", 0.1872, 0.1557),
        ("BSPM", "its paper", 0.1920, 0.1597),
        ("ChebyCF", "its authors' page", 0.1941, 0.1616),
    ],
    "yelp2018_m1": [
        ("MultVAE", "LightGCN paper", 0.0584, 0.0450),
        ("UserKNN", "IntentAwareRS", 0.061, 0.050),
        ("ItemCF", "BARS", 0.0639, 0.0531),
        ("SLIM", "BARS", 0.0646, 0.0541),
        ("LightGCN", "its paper", 0.0653, 0.0532),
        ("EASE", "BARS", 0.0657, 0.0552),
        ("RP3beta", "IntentAwareRS", 0.067, 0.056),
        ("UltraGCN", "its paper", 0.0683, 0.0561),
        ("Turbo-CF", "its paper", 0.0693, 0.0574),
        ("GF-CF", "its paper", 0.0697, 0.0571),
        ("SimpleX", "its paper", 0.0701, 0.0575),
        ("BSPM", "its paper", 0.0720, 0.0593),
        ("XSimGCL", "its paper", 0.0723, 0.0604),
    ],
    "movielens1m_m1": [
        ("LightGCN", "BARS", 0.2576, 0.2427),
        ("UltraGCN", "BARS", 0.2787, 0.2642),
        ("SimpleX", "BARS", 0.2802, 0.2670),
    ],
    "diginetica": [
        ("Item-KNN", "SR-GNN paper", 0.3575, 0.1157),
        ("SR-GNN", "its paper", 0.5126, 0.1778),
        ("GCE-GNN", "its paper", 0.5422, 0.1904),
        ("SGNN-HN", "its paper", 0.5567, 0.1945),
    ],
    "serenade-example": [
        ("VMIS-kNN", "its example", 0.6402, 0.3401),
    ],
}

#: The metrics of a kind of split: name in an evaluation, title.
METRICS = {
    "ranking": (("recall", "Recall@20"), ("ndcg", "NDCG@20")),
    "sessions": (("hit_rate", "HR@20"), ("mrr", "MRR@20")),
}
