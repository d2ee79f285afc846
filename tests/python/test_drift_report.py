"""The report of a drift run: what is in it."""

from __future__ import annotations

import dataclasses
import hashlib
import html.parser
import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import datetime
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from recocore.drift._canvas import BARS, INK, MARKS, MUTED, dodge
from recocore.drift._captions import age_caption
from recocore.drift._plots import KINDS, figure_svg, write_figure
from recocore.drift._report import report_html, write_report
from recocore.drift._wording import bytes_of, day, duration, number, percent, percent_range, plain, shortened, span
from recocore.drift.results import Interval
from recocore.errors import FileError, InvalidParameterError

from tests.python.drift_example import AWKWARD, contrast, example_advice, example_result, page_of


class Reader(html.parser.HTMLParser):
    """Elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize(
    ("said", "right"),
    [
        (percent(0.98749), "98.7 %"),
        (percent(math.nan), "not measured"),
        (percent(-0.0001), "0.0 %"),
        (percent_range(Interval(0.987, 0.979, 0.994)), "98.7 % (97.9 to 99.4)"),
        (percent_range(Interval(0.987, math.nan, math.nan)), "98.7 %"),
        (percent_range(None), "not measured"),
        (duration(1860.0), "31 min"),
        (duration(59.99), "1.0 min"),
        (duration(3.5e-5), "35 µs"),
        (duration(0.0), "0 s"),
        (duration(math.inf), "never"),
        (duration(-90.0), "-1.5 min"),
        (span(math.inf, "week"), "never"),
        (span(5.24, "week"), "5.2 weeks"),
        (span(1.0, "day"), "1 day"),
        (span(2.5, "4 weeks"), "10 weeks"),
        (span(None, "week"), "not measured"),
        (number(12345.0), "12,345"),
        (number(0.031234), "0.0312"),
        (bytes_of(61_000_000), "61 MB"),
        (bytes_of(None), "not measured"),
        (day(datetime(2011, 3, 7, 23, 59)), "2011-03-07"),
        (plain("a\x00b\n\ud800\u202ec"), "a b   c"),
        (shortened("abcdefghijklmnop", 9), "abcde…nop"),
    ],
)
def test_numbers_are_said_as_people_say_them(said, right):
    assert said.replace("\N{NO-BREAK SPACE}", " ") == right


def test_dodged_places_keep_their_distance_order_and_bounds():
    random = np.random.default_rng(5)
    for _ in range(200):
        wanted = random.uniform(-20, 120, random.integers(0, 9)).tolist()
        places = dodge(wanted, 10, 0, 100)
        assert sorted(range(len(wanted)), key=lambda at: (wanted[at], at)) == sorted(
            range(len(wanted)), key=lambda at: places[at]
        )
        assert all(-1e-9 <= place <= 100 + 1e-9 for place in places)
        ordered = sorted(places)
        assert all(right - left >= 10 - 1e-9 for left, right in pairwise(ordered))
    assert dodge([10.0, 50.0], 10, 0, 100) == [10.0, 50.0]
    assert dodge([50.0, 50.0], 10, 0, 100) == [45.0, 55.0]


def test_colours_are_seen_by_all():
    assert contrast(INK) > 7
    assert contrast(MUTED) > 4.5
    # Words are written in the colours of the marks they stand beside.
    assert all(contrast(colour) >= 4.5 for colour in MARKS.values())
    # What has a meaning of its own, beside words, is asked 3 to 1.
    assert contrast(BARS) >= 3


def test_the_page_needs_nothing_else_and_holds_what_was_found():
    result, advice = example_result(), example_advice()
    page = page_of("plausible")
    seen = Reader(page)
    assert page.startswith("<!DOCTYPE html>")
    names = {name for name, _ in seen.elements}
    assert not names & {"script", "img", "iframe", "object", "embed", "form", "base", "image", "foreignobject"}
    policy = [meta["content"] for meta in seen.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    for _, attributes in seen.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"href", "src", "xlink:href"}:
                assert value is not None
                assert value.startswith("#") or value == "data:,"
    assert not re.search(r"@import|https?:|//[a-z]", page)
    assert all(url.startswith("#") for url in re.findall(r"url\(([^)]*)\)", page))
    ids = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(ids) == len(set(ids)) > 50
    # What is referred to is there.
    used = re.findall(r"url\(#([^)]*)\)", page) + re.findall(r'href="#([^"]*)"', page)
    used += [attributes["aria-labelledby"] for _, attributes in seen.elements if "aria-labelledby" in attributes]
    assert set(used) <= set(ids)
    assert [attributes["role"] for attributes in seen.all("svg")] == ["img"] * (4 * len(result.models) + 2)
    assert len(seen.all("figcaption")) == len(seen.all("figure")) == len(seen.all("svg"))

    text = seen.text.replace("\N{NO-BREAK SPACE}", " ")
    for words in (advice.headline, *advice.sentences, *result.notes, result.digest, *result.settings.values()):
        assert words in text
    for name, _, found in result.controls:
        assert name in text
        assert found in text
    for schedule in result.schedules:
        assert schedule.title in text
        assert percent_range(schedule.relative).replace("\N{NO-BREAK SPACE}", " ") in text
    for words in (
        "✓ passed",
        "✗ failed",
        "not run",
        "never triggered",
        "not measured",
        "2010-12-01",
        "98.7 %",
        "31 min",
    ):
        assert words in text
    assert not re.search(r"\bnan\b|\binf\b|None|Interval\(|NaT", text)
    levels = [int(name[1]) for name, _ in seen.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_same_result_gives_the_same_bytes(tmp_path):
    before = dict(mpl.rcParams)
    write_report(tmp_path / "one.html", example_result(), example_advice())
    with mpl.rc_context({"font.size": 20.0, "svg.fonttype": "path", "xtick.major.size": 12.0}):
        write_report(tmp_path / "two.html", example_result(), example_advice())
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    assert dict(mpl.rcParams) == before
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import hashlib, sys\n"
                "from tests.python.drift_example import example_advice, example_result\n"
                "from recocore.drift._report import report_html\n"
                "page = report_html(example_result(), example_advice())\n"
                "assert 'matplotlib.pyplot' not in sys.modules\n"
                "print(hashlib.sha256(page.encode()).hexdigest())"
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == hashlib.sha256((tmp_path / "one.html").read_bytes()).hexdigest()


def test_other_numbers_give_another_page():
    result = example_result()
    ages = dataclasses.replace(result.age_curves[0], ratio=result.age_curves[0].ratio - 0.01)
    other = dataclasses.replace(result, age_curves=(ages, *result.age_curves[1:]))
    assert figure_svg(result, "age_curves") != figure_svg(other, "age_curves")
    assert page_of("plausible") != report_html(other, example_advice())


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_results_are_shown(name):
    result, advice = AWKWARD[name]
    page = page_of(name)
    seen = Reader(page)
    assert not seen.all("script")
    ids = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert not re.search(r"\bnan\b|\binf\b|\bNone\b", seen.text)
    assert ("This run is not complete" in seen.text) == (not result.complete)
    assert ("What that means." in seen.text) == (not advice.difference_shown)
    # As UTF-8, with no character that a page may not hold.
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\u202e]", page)
    page.encode("utf-8")
    if name == "script":
        assert '<script>alert("1")</script>' in seen.text
        assert seen.text.count("<script>") >= 8


def test_captions_rest_on_ages_with_many_models():
    curve = example_result().age_curves[0]
    at = curve.well_known
    assert at < len(curve.ages) - 1
    caption = age_caption([curve], "week")
    assert f"after {span(float(curve.ages[at]), 'week')}" in caption.lower()
    assert percent(float(curve.ratio[at])) in caption
    flat = dataclasses.replace(curve, falls=False, half_life=Interval(math.inf, math.inf, math.inf))
    assert "do not show that it loses anything" in age_caption([flat], "week")


@pytest.mark.parametrize("kind", KINDS)
def test_figures_are_files_of_their_own(kind, tmp_path):
    result = example_result()
    write_figure(tmp_path / "figure.svg", result, kind)
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{space}svg"
    assert root.get("role") == "img"
    titles = root.findall(f"{space}title")
    assert len(titles) == 1
    assert titles[0].get("id") == root.get("aria-labelledby")
    assert len(root.findall(f".//{space}path")) > 3
    assert len(root.findall(f".//{space}text")) > 5
    assert len(re.findall("https?:", text)) == 1  # the name space
    if kind == "age_curves":
        words = " ".join(element.text or "" for element in root.iter(f"{space}text"))
        assert all(model in words for model in result.models)
        assert figure_svg(result, kind, "Popularity") != text


def test_what_cannot_be_drawn_or_written_is_said(tmp_path, monkeypatch):
    result = example_result()
    with pytest.raises(InvalidParameterError, match="age_curves, pareto"):
        figure_svg(result, "pie")
    with pytest.raises(InvalidParameterError, match="no figure 'loss' of 'EASE'"):
        figure_svg(result, "loss", "EASE")
    with pytest.raises(FileError, match="cannot be written"):
        write_report(tmp_path / "no" / "report.html", result, example_advice())
    for package in ("jinja2", "matplotlib"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            with pytest.raises(InvalidParameterError, match=rf"{package}: pip install 'recocore\[report\]'"):
                report_html(result, example_advice())
