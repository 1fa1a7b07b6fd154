"""Names of the ids in a scenario's tables, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scenarios.definition.rules import rules_used
from scenarios.definition.scenario import Scenario


def labels(scenario: Scenario) -> dict[str, dict[str, str]]:
    """Names of ids in the tables, for people."""
    made = _Labels({})
    file = scenario.file
    for sector in file.sector:
        made.add(sector.id, sector.title)
        for part in sector.part:
            made.add(f"{sector.id}.{part.id}", part.title)
    for place in file.place_list:
        made.add(place.id, place.title)
    for name, pollutant in file.pollutant.items():
        made.add(name, pollutant.title)
    for name, basis in file.baselines.items():
        made.add(name, basis.title)
    for row in scenario.measures:
        made.add(row.name, row.title)
    for name, spec in rules_used(scenario):
        titles = {"en": spec.title, "zh": spec.title_zh}
        made.add(name, titles)
        made.add(spec.title, titles)
    return made.found


@dataclass(frozen=True, slots=True)
class _Labels:
    found: dict[str, dict[str, str]]

    def add(self, name: str, title: Mapping[Any, str]) -> None:
        if title:
            self.found.setdefault(name, plain_title(title))


def plain_title(title: Mapping[Any, str]) -> dict[str, str]:
    """A title by language, as a plain dictionary."""
    return {str(language): text for language, text in title.items()}
