"""The page of a card's year in a real browser: drawn, silent, offline, no wider than its window."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from scenarios.monitoring.watch import card_year

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "scenarios" / "files" / "data" / "meter-example"
OF_REPORTS = runpy.run_path(str(Path(__file__).with_name("test_report_page.py")))
browser = OF_REPORTS["browser"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_card_page_is_drawn_without_a_fault_or_a_request_or_an_overflow(
    browser, tmp_path, lang, width
):
    files = (EXAMPLE / f"{name}.csv" for name in ("readings", "cards", "messages"))
    told = OF_REPORTS["_show"](browser, tmp_path, card_year(*files, lang=lang), width)
    assert told["faults"] == []
    assert told["plots"] == told["drawn"] == 2
    assert told["fetched"] == []
    assert told["overflow"] <= 0
    assert told["wide"] == []
    assert told["tiny"] == 0
