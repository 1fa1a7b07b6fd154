"""A file of solvent balances, metered: masses, cards and events, as tables and as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.meter.material_balance import MaterialBalance
from permits.permit import Conversion
from permits.quantity import fmt_t
from scenarios.intake.cells import TableInput
from scenarios.monitoring.materials.material_cards import (
    CardMonthEnd,
    FirmCard,
    charge_cards,
    read_material_cards,
)
from scenarios.monitoring.materials.material_results import BALANCES, EVENTS, MASSES
from scenarios.monitoring.materials.materials_table import read_materials
from scenarios.monitoring.materials.month_checks import FirmMonth, close_months
from scenarios.results.result import Table

BASIS = MaterialBalance.basis


@dataclass(frozen=True, slots=True)
class Metered:
    """The result of a file of balances: tables, and notices for people."""

    masses: Table
    balances: Table
    events: Table
    notices: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        """The object that `--json` prints; masses in t."""
        return {
            "basis": str(BASIS),
            "totals": list(self._totals()),
            **{table.spec.name: _told(table) for table in self._tables()},
        }

    def _totals(self) -> Iterator[dict[str, Any]]:
        """Total emission by pollutant."""
        sums: dict[str, int] = defaultdict(int)
        for row in self.masses.dicts():
            sums[row["pollutant"]] += row["emitted_t"]
        for pollutant, emitted_mg in sums.items():
            yield {"pollutant": pollutant, "emitted_t": Decimal(fmt_t(emitted_mg))}

    def write(self, out: Path, *, force: bool = False, inputs: Sequence[Path] = ()) -> None:
        """Write the tables that hold rows into the folder `out`, as CSV.

        Args:
            out: the folder.
            force: replace earlier results there.
            inputs: files that were read, which are never replaced.
        """
        from scenarios.results.stores.csv_tables import csv_bytes
        from scenarios.results.stores.folder import new_folder

        with new_folder(out, force=force, inputs=inputs, about={"kind": "meter"}) as part:
            for table in self._tables():
                if table.rows:
                    (part / f"{table.spec.name}.csv").write_bytes(csv_bytes(table))

    def _tables(self) -> tuple[Table, ...]:
        return (self.masses, self.balances, self.events)


def meter_materials(
    path: TableInput, *, cards: TableInput | None = None, conversions: Sequence[Conversion] = ()
) -> Metered:
    """Meter a table of materials (see `table.FIELDS`), and charge cards if given.

    Args:
        path: `.csv`, `.xlsx`, `.parquet`, `-`, or a data frame.
        cards: table of cards, in the same formats.
        conversions: from `material_balance` to the basis of the cards.
    Raises: ManyErrors with every mistake of the table, then with those of the cards.
    """
    rows, notices = read_materials(path)
    months, told = close_months(rows)
    notices = [*notices, *told]
    own: tuple[FirmCard, ...] = ()
    charged: tuple[CardMonthEnd, ...] = ()
    if cards is not None:
        own, told = read_material_cards(cards)
        charged, more = charge_cards(months, own, BASIS, conversions)
        notices += [*told, *more]
    outlet = {(card.firm, card.pollutant): card.outlet for card in own}
    return Metered(
        Table(MASSES, tuple(_mass(month, outlet) for month in months)),
        Table(BALANCES, tuple(_balance(one) for one in charged)),
        Table(EVENTS, tuple(_events(charged))),
        tuple(notices),
    )


def _mass(month: FirmMonth, outlet: Mapping[tuple[str, str], str | None]) -> tuple[Any, ...]:
    balance = month.balance
    return (
        outlet.get((month.firm, month.pollutant)),
        _said(month.begins),
        month.pollutant,
        month.emitted_mg,
        0,  # a balance is complete or refused: nothing is substituted
        month.firm,
        str(BASIS),
        balance.solvent_in_mg,
        balance.recovered_mg,
        balance.in_waste_mg,
        balance.destroyed_mg,
    )


def _balance(one: CardMonthEnd) -> tuple[Any, ...]:
    card = one.card
    return (
        card.card,
        card.firm,
        card.outlet,
        card.pollutant,
        _said(one.begins),
        one.loaded_mg,
        one.charged_mg,
        one.loaded_mg - one.charged_mg,
        one.state,
        one.breach_mg,
        str(card.basis or BASIS),
    )


def _events(charged: Sequence[CardMonthEnd]) -> Iterator[tuple[Any, ...]]:
    """Reopening on the first day of the month, all other events on its last day."""
    for one in charged:
        last = (one.begins + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        for event in one.events:
            on = one.begins if str(event.kind) == "reopened" else last
            yield (one.card.card, on, str(event.kind))


def _said(month: date) -> str:
    return f"{month:%Y-%m}"


def _told(table: Table) -> list[dict[str, Any]]:
    kinds = {column.name: column.kind for column in table.spec.columns}
    return [
        {
            name: Decimal(fmt_t(value)) if kinds[name] == "mass" else value
            for name, value in row.items()
        }
        for row in table.dicts()
    ]
