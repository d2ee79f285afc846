"""How a browser shows the report of a drift run: on a phone, on a desktop, on paper."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from contextlib import contextmanager

import pytest
from matplotlib.image import imread

from tests.python.drift_example import AWKWARD, contrast, page_of

SIZES = {"phone": (360, 740), "desktop": (1280, 900)}


@contextmanager
def browser(width: int, height: int):
    """Headless Chromium, of a phone when it is narrow. Whatever it asks for and complains about is in its logs."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("needs the Debian packages chromium and chromium-driver, as make test-python installs them")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",  # of the test's own page, and root has none
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        f"--window-size={width},{height}",
    ):
        options.add_argument(argument)
    if width < 500:
        metrics = {"width": width, "height": height, "pixelRatio": 2.0, "touch": True}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield started
    finally:
        started.quit()


@pytest.fixture(scope="module", params=SIZES)
def window(request):
    with browser(*SIZES[request.param]) as started:
        yield started


def open_page(window, path) -> list[str]:
    """Show a page; what was asked for, by address."""
    window.get_log("performance")
    window.get_log("browser")
    window.get(path.as_uri())
    messages = [json.loads(entry["message"])["message"] for entry in window.get_log("performance")]
    return [
        message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"
    ]


LAYOUT = """
const box = element => { const r = element.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
const scale = text => { const m = text.getScreenCTM(); return Math.hypot(m.b, m.d); };
return {
  mode: document.compatMode,
  wide: document.documentElement.scrollWidth,
  inner: document.documentElement.clientWidth,
  figures: [...document.querySelectorAll("figure svg")].map(svg => ({
    name: svg.querySelector("title").textContent,
    box: box(svg),
    texts: [...svg.querySelectorAll("text")].filter(text => text.textContent.trim()).map(text => ({
      words: text.textContent, box: box(text), size: parseFloat(getComputedStyle(text).fontSize) * scale(text)})),
  })),
  outside: [...document.querySelectorAll("main p, main li, main dd, main dt, h1, h2, h3, figcaption")]
    .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
    .map(one => one.textContent.slice(0, 60)),
};
"""

#: Of each element with words of its own: its colour, what is behind it, its size and weight.
COLOURS = """
const seen = [], none = "rgba(0, 0, 0, 0)", white = "rgb(255, 255, 255)";
for (const one of document.querySelectorAll("body *:not(svg):not(svg *)")) {
  const own = [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  if (!own || !one.getClientRects().length) continue;
  let behind = one, colour = none;
  while (behind && colour === none) {
    colour = getComputedStyle(behind).backgroundColor;
    behind = behind.parentElement;
  }
  const words = one.textContent.trim().slice(0, 40);
  seen.push([getComputedStyle(one).color, colour === none ? white : colour, words]);
}
for (const text of document.querySelectorAll("svg text"))
  seen.push([getComputedStyle(text).fill, white, text.textContent]);
return seen;
"""


VISIBLE = "return document.querySelector('details dd').checkVisibility({contentVisibilityAuto: true})"


def hexed(colour: str) -> str:
    match = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert match, colour
    return "#" + "".join(f"{int(part):02x}" for part in match.groups())


def meet(one: list[float], other: list[float], slack: float) -> bool:
    return all(one[at] + slack < other[at + 2] and other[at] + slack < one[at + 2] for at in (0, 1))


@pytest.mark.parametrize("name", ["plausible", *AWKWARD])
def test_a_browser_shows_all_of_it(window, name, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page_of(name), encoding="utf-8")
    asked = open_page(window, path)
    assert {address for address in asked if not address.startswith("data:")} == {path.as_uri()}
    assert [entry for entry in window.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}] == []

    layout = window.execute_script(LAYOUT)
    assert layout["mode"] == "CSS1Compat"
    assert layout["wide"] <= layout["inner"]
    assert layout["outside"] == []
    assert len(layout["figures"]) == path.read_text(encoding="utf-8").count("<figure ")
    for figure in layout["figures"]:
        left, top, right, bottom = figure["box"]
        assert right - left > 280, figure["name"]
        assert bottom - top > 100, figure["name"]
        assert figure["texts"], figure["name"]
        scale = (right - left) / 340
        for at, text in enumerate(figure["texts"]):
            assert text["size"] >= 9, (figure["name"], text)
            slack = 3 * scale
            assert text["box"][0] >= left - slack, (figure["name"], text)
            assert text["box"][2] <= right + slack, (figure["name"], text)
            for other in figure["texts"][:at]:
                assert not meet(text["box"], other["box"], 2.5 * scale), (figure["name"], text, other)

    for colour, behind, words in window.execute_script(COLOURS):
        assert contrast(hexed(colour), hexed(behind)) >= 4.5, (colour, behind, words)

    picture = base64.b64decode(
        window.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})["data"]
    )
    (tmp_path / "report.png").write_bytes(picture)
    pixels = imread(io.BytesIO(picture))
    assert pixels.shape[0] > 500
    assert 0.002 < float((pixels[..., :3].mean(axis=2) < 0.6).mean()) < 0.5


def test_the_page_prints(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page_of("plausible"), encoding="utf-8")
    with browser(*SIZES["desktop"]) as window:
        open_page(window, path)
        folded = window.execute_script(VISIBLE)
        printed = base64.b64decode(window.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
        window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        # As wide as the paper between its margins.
        paper = {"width": 694, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", paper)
        layout = window.execute_script(LAYOUT)
        unfolded = window.execute_script(VISIBLE)
        tables = window.execute_script("return [...document.querySelectorAll('table')].map(one => one.scrollWidth)")
    (tmp_path / "report.pdf").write_bytes(printed)
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", printed))
    assert 3 <= pages <= 15
    assert printed.startswith(b"%PDF-")
    assert layout["wide"] <= 694
    assert layout["outside"] == []
    assert max(tables) <= 694
    assert (folded, unfolded) == (False, True)  # on a screen, and on paper
    # Nothing that must not be cut is taller than a page.
    assert all(figure["box"][3] - figure["box"][1] < 800 for figure in layout["figures"])
