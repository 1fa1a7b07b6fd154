"""Policies: changes that a government makes while the market runs; one file each.

A policy's `apply(view, params, rng)` receives a frozen view once a day and returns a tuple of
instructions. It does not touch the ledger: the handlers in `simulation/instruments` do.

Read in this order:
    cap_decline.py      the cap falls from one vintage to the next
    price_collar.py     a lowest bid and a highest ask
    reserve_release.py  more of the reserve is offered when the price is high
    penalty.py          fines raised by a factor from a date on
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from permits.rule import Rule, find_shipped


@cache
def find_policies() -> dict[str, Rule]:
    """Every shipped policy by name."""
    return find_shipped("policy", Path(__file__).parent, __name__)
