"""The shipped examples, each with its columns and with the readers of the commands that take it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from permits.quantity import MG_PER_T
from scenarios.definition.examples import write_examples
from scenarios.definition.measures_table import FIELDS as MEASURES
from scenarios.definition.measures_table import read_measures
from scenarios.definition.plan_inputs import PlanInputs
from scenarios.intake.fields import Field, TotalsCheck
from scenarios.intake.meaning.pollutant_names import PollutantNames
from scenarios.monitoring.files import quota_cards
from scenarios.monitoring.materials import material_cards, materials_table
from scenarios.monitoring.watch import bureau_messages
from scenarios.monitoring.watch.controller_cards import read_controller_cards
from scenarios.planning.importers.register_offers import CATALOGUE
from scenarios.planning.importers.register_table import REGISTER, register_table
from scenarios.planning.receptors.solve import FIELDS as RECEPTORS
from scenarios.planning.receptors.solve import read_receptors
from scenarios.sales.clear import BIDS, ORDERS, clear_market, clear_sale, find_equilibrium
from scenarios.sales.conditions import ACCOUNTS

SUPPLY_MG = 30 * MG_PER_T  # between the examples' smallest bid and all of them
SHIPPED = "voc-2017"
"""The shipped catalogue beside which a spoilt register is read."""


@dataclass(frozen=True, slots=True)
class ExampleReader:
    """A table that a command reads: its columns, what its reader adds, and the whole reading.

    `whole` does what the command does with the file; only a mistake of a person may end it.
    """

    fields: Sequence[Field]
    whole: Callable[[Path], object]
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def totals(self) -> bool:
        """Whether a total without a name is refused by its value."""
        return "totals" in self.given


@cache
def examples() -> Path:
    """The folder of the examples, written once."""
    folder = Path(tempfile.mkdtemp()) / "try"
    write_examples(folder)
    return folder


@cache
def example_text(kind: str) -> str:
    """The text of an example."""
    return (examples() / f"{kind}.csv").read_text(encoding="utf-8-sig")


@cache
def _inputs() -> PlanInputs:
    return read_measures(examples() / "measures.csv")[0]


def _read_cards(path: Path) -> object:
    return read_controller_cards(path), quota_cards.read_quota_cards(path, ["COD", "NH3-N"])


def _read_messages(path: Path) -> object:
    outlets = read_controller_cards(examples() / "cards.csv").outlets
    return bureau_messages.read_messages(path, outlets)


def _market(path: Path) -> object:
    return clear_market(path, "call_double"), find_equilibrium(path)


def _readers() -> dict[str, ExampleReader]:
    named = {"pollutants": PollutantNames(), "keep": True}
    measures = ExampleReader(MEASURES, read_measures, {"totals": TotalsCheck(), **named})
    register = ExampleReader(
        REGISTER, lambda path: register_table(path, SHIPPED), {"totals": TotalsCheck(), **named}
    )
    bids = ExampleReader(BIDS, lambda path: clear_sale(path, "uniform_price", supply_mg=SUPPLY_MG))
    orders = ExampleReader(ORDERS, _market)
    return {
        "measures": measures,
        "register": register,
        "mine": ExampleReader(
            CATALOGUE, lambda path: register_table(examples() / "register.csv", path), named
        ),
        "receptors": ExampleReader(RECEPTORS, lambda path: read_receptors(path, _inputs())),
        "bids": bids,
        "offers": ExampleReader(
            BIDS, lambda path: clear_sale(path, "reverse_pay_as_bid", supply_mg=SUPPLY_MG)
        ),
        "orders": orders,
        "accounts": ExampleReader(
            ACCOUNTS,
            lambda path: clear_sale(
                examples() / "bids.csv", "uniform_price", supply_mg=SUPPLY_MG, accounts=path
            ),
        ),
        "cards": ExampleReader(quota_cards.FIELDS, _read_cards),
        "solvents": ExampleReader(materials_table.FIELDS, materials_table.read_materials),
        "solvent-cards": ExampleReader(material_cards.FIELDS, material_cards.read_material_cards),
        "card-messages": ExampleReader(bureau_messages.FIELDS, _read_messages),
        "zh/measures": measures,
        "zh/register": register,
        "zh/bids": bids,
        "zh/orders": orders,
    }


READERS = _readers()
"""Every kind of table, by the name of its example."""
