"""Manifest of a run or plan: versions, seed, time, and the hash of every input."""

from __future__ import annotations

import platform
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from scenarios.intake.tables import sha256
from scenarios.results.result import RunResult

if TYPE_CHECKING:
    from scenarios.definition.scenario import Scenario

PACKAGES = ("permits", "numpy", "scipy", "pulp", "highspy", "pandas", "pydantic", "plotly")


def stamped(result: RunResult, scenario: Scenario) -> RunResult:
    """Return the run with its manifest, the only part that may differ by machine."""
    rules = {
        f"{kind}:{name}": {"file": rule.path.name, "sha256": rule.sha256}
        for (kind, name), rule in sorted(scenario.rule_files.items())
    }
    manifest = {
        **result.manifest,
        "scenario": scenario.file.name,
        "seed": scenario.seed,
        **({} if scenario.file.luck_seed is None else {"luck_seed": scenario.luck_seed}),
        **_made(),
        "own_rules": rules,
    }
    return replace(result, manifest=manifest)


def stamped_plan(result: RunResult) -> RunResult:
    """Return the plan with its manifest: the hash of every file it was made from."""
    hashes = {path.name: sha256(path) for path in result.inputs if path.is_file()}
    manifest = {**result.manifest, "inputs_sha256": hashes, "scenario": result.name, **_made()}
    return replace(result, manifest=manifest)


def _made() -> dict[str, Any]:
    """When and with what it was made."""
    return {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
