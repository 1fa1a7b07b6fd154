"""The report in a real browser: drawn, silent, offline, and no wider than its window.

The page is shown in a frame of the width to be tested (headless windows have a least
width of their own); a script put before all others reports to the frame's owner.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scenarios.results.report import page
from scenarios.results.result import RunResult
from scenarios.text import set_language

pytestmark = pytest.mark.browser
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

WATCH = """<script>
const faults = [];
addEventListener("error", (e) => faults.push(String(e.message)));
addEventListener("unhandledrejection", (e) => faults.push(String(e.reason)));
addEventListener("securitypolicyviolation", (e) => faults.push(`blocked ${e.blockedURI}`));
const complain = console.error;
console.error = (...said) => { faults.push(said.join(" ")); complain(...said); };
addEventListener("load", () => setTimeout(() => {
  const plots = [...document.querySelectorAll(".plot")];
  const root = document.documentElement;
  parent.postMessage(JSON.stringify({
    faults,
    plots: plots.length,
    drawn: plots.filter((p) => p.querySelector(".main-svg")).length,
    marks: document.querySelectorAll(".plot .point, .plot .sankey-link, .plot .js-line").length,
    wide: plots.filter((p) => p.querySelector(".main-svg").clientWidth > p.clientWidth)
      .map((p) => p.id),
    cut: [...document.querySelectorAll(".scroll")]
      .filter((x) => x.clientWidth && x.scrollWidth > x.clientWidth + 1)
      .filter((x) => getComputedStyle(x.nextElementSibling).display === "none").length,
    sideways: [...document.querySelectorAll(".scroll.wide")].map((x) => x.textContent.slice(0, 60)),
    overflow: root.scrollWidth - root.clientWidth,
    width: innerWidth,
    fetched: performance.getEntriesByType("resource").map((r) => r.name),
    tiny: [...document.querySelectorAll("p, td, dd")]
      .filter((x) => x.offsetParent && parseFloat(getComputedStyle(x).fontSize) < 11).length,
  }), "*");
}, 1500));
</script>"""

OWNER = """<!doctype html><body>
<iframe src="page.html" style="width:{width}px;height:900px;border:0"></iframe>
<script>addEventListener("message", (e) => {{ document.body.dataset.told = e.data; }});</script>
"""


@pytest.fixture(scope="session")
def browser() -> str:
    named = os.environ.get("PERMITS_BROWSER")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("no chromium found: set PERMITS_BROWSER to one to test the pages")
    return found


@pytest.fixture(params=["en", "zh"])
def _language(request: pytest.FixtureRequest) -> Iterator[str]:
    set_language(request.param)
    yield request.param
    set_language("en")


def _show(browser: str, folder: Path, text: str, width: int) -> dict[str, Any]:
    """What the page reports of itself at a width in px."""
    (folder / "page.html").write_text(text.replace("<head>", f"<head>{WATCH}", 1), "utf-8")
    (folder / "owner.html").write_text(OWNER.format(width=width), "utf-8")
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            "--window-size=1400,1000",
            "--virtual-time-budget=15000",
            "--dump-dom",
            (folder / "owner.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = re.search(r'data-told="([^"]*)"', done.stdout)
    assert told, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(html.unescape(told[1]))
    return found


@pytest.mark.parametrize(
    ("_language", "width"),
    [
        ("en", 1280),
        ("zh", 390),
        pytest.param("en", 390, marks=pytest.mark.slow),
        pytest.param("zh", 1280, marks=pytest.mark.slow),
    ],
    indirect=["_language"],
)
def test_the_report_is_drawn_without_a_fault_or_a_request_or_an_overflow(
    browser: str,
    tmp_path: Path,
    sample_result: Callable[..., RunResult],
    _language: str,
    width: int,
) -> None:
    told = _show(browser, tmp_path, page(sample_result()), width)
    assert told["faults"] == []
    assert told["plots"] == told["drawn"] == 12
    assert told["marks"] > 100
    assert told["fetched"] == []
    assert told["width"] == width
    assert told["overflow"] <= 0
    assert told["wide"] == []
    assert told["tiny"] == 0
    # A table that is cut has a hint; on a desk only those of fifteen to twenty columns are: the
    # firms' year, contracts, and sessions with the price as contracted beside that of a vintage.
    assert told["cut"] == 0
    wide = ("FirmSector", "DateKindRule", "ContractKind")
    wider = [one for one in told["sideways"] if not one.startswith(wide)]
    assert wider == [] or width < 1280


@pytest.mark.parametrize(("part", "status"), [("plan", "ok"), ("all", "infeasible")])
def test_a_plan_alone_and_one_that_cannot_be_met_are_drawn_too(
    browser: str,
    tmp_path: Path,
    sample_result: Callable[..., RunResult],
    part: str,
    status: str,
) -> None:
    told = _show(browser, tmp_path, page(sample_result(part=part, status=status)), 390)
    assert told["faults"] == []
    assert told["plots"] == told["drawn"] > 0
    assert told["overflow"] <= 0
