"""Runs side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from permits.errors import InputError
from scenarios.proof.compare import compare_runs
from scenarios.results.result import RunResult
from scenarios.results.stores.folder import write_run
from scenarios.results.stores.jsontext import to_json

Sample = Callable[..., RunResult]


def test_figures_stand_side_by_side_with_their_differences(
    sample_result: Sample, tmp_path: Path
) -> None:
    first = sample_result()
    plan, year = first.summary.plan, first.summary.year
    assert plan.cost_fen is not None
    assert year is not None
    summary = replace(
        first.summary,
        seed=8,
        planned=replace(plan, cost_fen=800_000_050),
        year=replace(year, evaluation=replace(year.evaluation, efficiency=0.9)),
    )
    a = write_run(first, tmp_path / "a")
    b = write_run(replace(first, summary=summary), tmp_path / "b")
    found = compare_runs([a, b])
    assert found.runs == ("a", "b")
    lines = {line.key: line for line in found.lines}
    cost = lines["allocation.cost_yuan"]
    assert list(cost.differences) == [0, Decimal(800_000_050 - plan.cost_fen) / 100]
    assert lines["efficiency"].differences[1] == Decimal("0.029")
    assert lines["seed"].values == (7, 8)
    assert lines["market.auction.mass_t"].values == (40, 40)
    low = lines["allocation.shadow_price_yuan_per_t.VOC=2000 t.low"]
    assert low.values == (9051, 9051)
    to_json(found.as_dict())
    heads, rows = found.table()
    assert heads == ["Figure", "Unit", "a", "b"]
    assert all(len(row) == 4 for row in rows)


def test_what_only_one_run_tells_is_absent_in_the_other(
    sample_result: Sample, tmp_path: Path
) -> None:
    a = write_run(sample_result(), tmp_path / "a")
    b = write_run(sample_result(status="infeasible"), tmp_path / "b")
    lines = {line.key: line for line in compare_runs([a, b]).lines}
    assert lines["efficiency"].values[1] is None
    assert lines["efficiency"].differences[1] is None
    assert lines["status"].values == ("ok", "infeasible")


def test_folders_of_one_name_are_told_apart_by_their_paths(
    sample_result: Sample, tmp_path: Path
) -> None:
    runs = [write_run(sample_result(part="plan"), tmp_path / n / "run") for n in ("a", "b")]
    assert compare_runs(runs).runs == tuple(map(str, runs))


def test_one_run_alone_is_not_compared(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two runs"):
        compare_runs([tmp_path])
