"""Manifest of a run: versions, seed, time, and the hash of every input."""

from __future__ import annotations

import platform
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from scenarios.definition.scenario import Scenario
from scenarios.results.result import RunResult

PACKAGES = ("permits", "numpy", "scipy", "pulp", "highspy", "pandas", "pydantic", "plotly")


def stamped(result: RunResult, scenario: Scenario) -> RunResult:
    """Return the result with its manifest, the only part that may differ by machine."""
    rules = {
        f"{kind}:{name}": {"file": rule.path.name, "sha256": rule.sha256}
        for (kind, name), rule in sorted(scenario.rule_files.items())
    }
    manifest = {
        **result.manifest,
        "scenario": scenario.file.name,
        "seed": scenario.seed,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "versions": {name: _version(name) for name in PACKAGES},
        "own_rules": rules,
    }
    return replace(result, manifest=manifest)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
