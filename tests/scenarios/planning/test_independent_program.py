"""A sample of `benchmarks/independent_milp.py`: plans from files against SciPy's own solver."""

from __future__ import annotations

from benchmarks.independent_milp import compare


def test_plans_from_files_equal_those_of_an_independent_program() -> None:
    """Targets, budgets, prices and the greatest cut; CSV, Excel and Parquet; equal percentage."""
    counts, wrong = compare(20, seed=2)
    assert wrong == []
    asked = {name.partition(",")[0] for name in counts}
    assert asked >= {"target", "budget", "price", "maximise", "equal percentage"}
    assert sum(n for name, n in counts.items() if name.startswith("equal percentage")) >= 14
