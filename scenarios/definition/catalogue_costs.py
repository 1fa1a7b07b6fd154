"""Checks of a catalogue's shares and costs, for scenarios and registers alike.

A measure without a cost is refused: it would be free, and the first to be built.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from permits.errors import InputError
from scenarios.definition.measure_effects import SHARES, Costs
from scenarios.intake.columns import Row
from scenarios.text import t


def share_mistakes(rows: Sequence[Row]) -> Iterator[InputError]:
    """Shares of a catalogue with which a measure removes nothing."""
    for row in rows:
        for name in SHARES:
            value = row.values[name]
            if value == 0:
                yield InputError(
                    "catalogue.efficiency",
                    "{column}: with a share of 0 the measure removes nothing",
                    where=row.where,
                    mend="write a share above 0, such as 0.78 or 78%, or leave the measure out",
                    column=name,
                )


def missing_costs(rows: Sequence[Row], costs: Costs) -> Iterator[InputError]:
    """Measures of a sub-sector that have a cost on none of their rows.

    Args:
        rows: of a catalogue; a measure may have a row for each pollutant.
        costs: figures that are used.
    """
    first: dict[tuple[str, str], Row] = {}
    priced: set[tuple[str, str]] = set()
    for row in rows:
        key = (row.values["subsector"], row.values["measure"])
        first.setdefault(key, row)
        if has_cost(row, costs):
            priced.add(key)
    for key, row in first.items():
        if key not in priced:
            yield InputError(
                "catalogue.cost",
                "measure {measure} has no cost",
                where=row.where,
                mend="fill in cost_yuan_per_t, or leave the measure out; write 0 if it is free",
                measure=key[1],
            )


def has_cost(row: Row, costs: Costs) -> bool:
    """Whether a row has a cost per tonne, or what makes one: capital and a life."""
    values = row.values
    stated = ["cost_yuan_per_t", *(["cost_cny_per_t"] if costs == "china" else [])]
    if any(values[name] is not None for name in stated):
        return True
    return all(values.get(name) is not None for name in ("capital_yuan_per_t", "life_years"))


def us_costs(rows: Sequence[Row]) -> list[str]:
    """Measures whose US cost stands in for a Chinese one, sorted."""
    return sorted({r.values["measure"] for r in rows if r.values["cost_cny_per_t"] is None})


def us_costs_told(measures: Sequence[str]) -> str:
    """The sentence that names them."""
    return t("US cost used for want of a Chinese one: {measures}", measures=", ".join(measures))
