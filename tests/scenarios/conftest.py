"""What several tests of scenarios share."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.results.result import RunResult


@pytest.fixture(scope="session")
def sample_result() -> Callable[..., RunResult]:
    """Makes a run as the runner would leave it; `part` and `status` choose which."""
    made: Callable[..., RunResult] = runpy.run_path(
        str(Path(__file__).with_name("sample_result.py"))
    )["sample_result"]
    return made
