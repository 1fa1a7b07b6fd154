"""The loaded scenario: frozen, checked, with all its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from permits.rule import Rule, RuleFile
from scenarios.definition.inputs import InputNote
from scenarios.definition.measures import MeasureRow
from scenarios.definition.pickled_rows import from_columns, to_columns
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
    rule_files: Mapping[tuple[str, str], RuleFile]
    """Files of the user's own rules that the scenario names, by kind and name; none is run yet."""
    sha256: Mapping[str, str]
    notices: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    plugin_folders: tuple[Path, ...] = ()
    """Where such files are looked for, besides the scenario's own folder."""
    own_rules: Mapping[tuple[str, str], Rule] = field(default_factory=dict)
    """These files as rules, once `with_rules_run` has run them."""

    def __repr__(self) -> str:
        """A few lines: the whole would fill many pages."""
        file, register = self.file, self.register
        seeds = t("{begins} to {ends}, seed {seed}", begins=file.begins, ends=file.ends,
                  seed=self.seed)  # fmt: skip
        if self.luck_seed != self.seed:
            seeds = t("{seeds}, luck seed {luck}", seeds=seeds, luck=self.luck_seed)
        return "\n".join(
            (
                f"{pick({str(k): v for k, v in file.title.items()}) or file.name} ({file.name})",
                "  " + seeds,
                "  " + t("Firms: {firms} · measures: {measures} · inputs: {inputs}",
                         firms=f"{len(register.firms):,}", measures=f"{len(self.measures):,}",
                         inputs=f"{len(self.inputs):,}"),
                *self.notices,
            )
        )  # fmt: skip

    def __reduce__(self) -> tuple[Any, ...]:
        kept = {one.name: getattr(self, one.name) for one in fields(self)}
        return _loaded, ({**kept, "measures": to_columns(self.measures)},)

    @property
    def read_files(self) -> tuple[Path, ...]:
        """The files that it was read from: itself, its tables, the rules beside it."""
        tables = (self.folder / name for name in self.sha256 if ":" not in name)
        return (*tables, *(rule.path for rule in self.rule_files.values()))

    @property
    def seed(self) -> int:
        return self.file.seed

    @property
    def luck_seed(self) -> int:
        """Seed of what differs from one year to the next: production, arrivals, ties, bids."""
        luck = self.file.luck_seed
        return self.seed if luck is None else luck


def _loaded(kept: dict[str, Any]) -> Scenario:
    """A scenario that was pickled."""
    return Scenario(**{**kept, "measures": from_columns(MeasureRow, kept["measures"])})
