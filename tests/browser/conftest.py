"""The sample run of tests/scenarios, for pages too."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.results.result import RunResult


@pytest.fixture(scope="session")
def sample_result() -> Callable[..., RunResult]:
    """Makes a run as the runner would leave it; `part` and `status` choose which."""
    path = Path(__file__).parents[1] / "scenarios" / "sample_result.py"
    made: Callable[..., RunResult] = runpy.run_path(str(path))["sample_result"]
    return made
