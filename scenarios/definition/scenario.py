"""The loaded scenario: frozen, checked, with all its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from permits.rule import Rule
from scenarios.definition.inputs import InputNote
from scenarios.definition.measures import MeasureRow
from scenarios.definition.register import Register
from scenarios.definition.schema import ScenarioFile


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario ready to run: rules, register, measures, and their origin."""

    file: ScenarioFile
    folder: Path
    register: Register
    measures: tuple[MeasureRow, ...]
    inputs: tuple[InputNote, ...]
    plugins: Mapping[tuple[str, str], Rule]
    sha256: Mapping[str, str]
    notices: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def seed(self) -> int:
        return self.file.seed
