"""The summary for the terminal."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.results.report import print_summary
from scenarios.results.result import RunResult
from scenarios.text import set_language

Sample = Callable[..., RunResult]


def _printed(result: RunResult, out: Path | None = None) -> str:
    file = io.StringIO()
    print_summary(result, out, file=file)
    return file.getvalue()


def test_the_summary_tells_baselines_plan_year_and_assumptions(sample_result: Sample) -> None:
    said = _printed(sample_result(), Path("runs/x-001"))
    order = [
        "Sample 2017: 2,000 t of VOCs · Done",
        "The target on each baseline",
        "▸ census: 12.9 million yuan",
        "Reduction: 2,103.1 t (target 2,000 t; at most 2,950 t is achievable)",
        "Marginal cost: 9,051 yuan/t to 9,068 yuan/t",
        "Proof: no plan is cheaper by more than 0.0001 %",
        "Efficiency of the market: 87.1 %",
        "57 firms surrendered in full, 3 short",
        "83 % of the plan's cost depends on",
        "Written to runs/x-001",
    ]
    places = [said.index(words) for words in order]
    assert places == sorted(places)


def test_nothing_is_wider_than_a_narrow_window(
    sample_result: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "44")
    assert max(map(len, _printed(sample_result()).splitlines())) <= 44


def test_no_colours_go_into_a_pipe(sample_result: Sample) -> None:
    assert "\x1b" not in _printed(sample_result())


def test_brackets_of_a_scenarios_title_are_shown(sample_result: Sample) -> None:
    from dataclasses import replace

    said = _printed(replace(sample_result(), title={"en": "A [bold]case[/]"}))
    assert "A [bold]case[/]" in said


def test_what_cannot_be_met_is_told(sample_result: Sample) -> None:
    said = _printed(sample_result(status="infeasible"))
    assert "Cannot be met" in said
    assert "At most 1,480.2 t is achievable; the target asks for 2,000 t" in said
    assert "cap city=Hangzhou" in said


def test_the_summary_speaks_chinese(sample_result: Sample) -> None:
    set_language("zh")
    try:
        said = _printed(sample_result())
    finally:
        set_language("en")
    assert "最小成本方案" in said
    assert "削减量：2,103.1吨（目标2,000吨；最多可削减2,950吨）" in said
    assert "1,290万元" in said
