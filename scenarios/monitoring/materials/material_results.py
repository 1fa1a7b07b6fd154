"""Columns of the result tables."""

from __future__ import annotations

from scenarios.results.column import TableSpec, spec

MASSES: TableSpec = spec(
    "masses", "year", "Masses by material balance",
    ("outlet", "text", "Outlet"),
    ("month", "text", "Month"),
    ("pollutant", "text", "Pollutant"),
    ("emitted_t", "mass", "Emitted"),
    ("substituted_t", "mass", "Substituted"),
    ("firm", "text", "Firm"),
    ("basis", "text", "Accounting basis"),
    ("solvent_in_t", "mass", "VOC in"),
    ("recovered_t", "mass", "Recovered"),
    ("in_waste_t", "mass", "In waste and product"),
    ("destroyed_t", "mass", "Destroyed"),
)  # fmt: skip
BALANCES: TableSpec = spec(
    "balances", "year", "Cards at the end of each month",
    ("card", "text", "Card"),
    ("firm", "text", "Firm"),
    ("outlet", "text", "Outlet"),
    ("pollutant", "text", "Pollutant"),
    ("month", "text", "Month"),
    ("loaded_t", "mass", "Loaded"),
    ("charged_t", "mass", "Charged"),
    ("balance_t", "mass", "Balance"),
    ("state", "text", "State"),
    ("breach_t", "mass", "Beyond the card"),
    ("basis", "text", "Accounting basis"),
)  # fmt: skip
EVENTS: TableSpec = spec(
    "events", "year", "Events of the cards",
    ("card", "text", "Card"),
    ("at", "date", "At"),
    ("event", "text", "Event"),
)  # fmt: skip
