"""What the tables of a result hold."""

from __future__ import annotations

from scenarios.column import TableSpec, spec

MASSES: TableSpec = spec(
    "masses", "year", "Masses by material balance",
    ("outlet", "text", "Outlet"),
    ("firm", "text", "Firm"),
    ("month", "text", "Month"),
    ("pollutant", "text", "Pollutant"),
    ("emitted_t", "mass", "Emitted"),
    ("substituted_t", "mass", "Substituted"),
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
    ("pollutant", "text", "Pollutant"),
    ("month", "text", "Month"),
    ("basis", "text", "Accounting basis"),
    ("loaded_t", "mass", "Loaded"),
    ("charged_t", "mass", "Charged"),
    ("left_t", "mass", "Left"),
    ("breach_t", "mass", "Beyond the card"),
    ("state", "text", "State"),
)  # fmt: skip
EVENTS: TableSpec = spec(
    "events", "year", "Events of the cards",
    ("card", "text", "Card"),
    ("at", "date", "At"),
    ("event", "text", "Event"),
)  # fmt: skip
