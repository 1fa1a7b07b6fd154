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
from scenarios.text import pick, t


@dataclass(frozen=True, slots=True, repr=False)
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

    def __repr__(self) -> str:
        """A few lines: the whole would fill many pages."""
        file, register = self.file, self.register
        return "\n".join(
            (
                f"{pick({str(k): v for k, v in file.title.items()}) or file.name} ({file.name})",
                "  " + t("{begins} to {ends}, seed {seed}", begins=file.begins, ends=file.ends,
                         seed=file.seed),
                "  " + t("Firms: {firms} · measures: {measures} · inputs: {inputs}",
                         firms=f"{len(register.firms):,}", measures=f"{len(self.measures):,}",
                         inputs=f"{len(self.inputs):,}"),
                *self.notices,
            )
        )  # fmt: skip

    @property
    def read_files(self) -> tuple[Path, ...]:
        """The files that it was read from: itself, its tables, the rules beside it."""
        tables = (self.folder / name for name in self.sha256 if ":" not in name)
        return (*tables, *(rule.path for rule in self.plugins.values()))

    @property
    def seed(self) -> int:
        return self.file.seed
