"""View that a policy receives, and the decision it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, runtime_checkable

from numpy.random import Generator

from permits.rule import Params, Rule, lacking


@dataclass(frozen=True, slots=True)
class PolicyView:
    """Public facts on the morning of a day."""

    today: date
    first_day: date  # of the scenario
    is_year_start: bool
    reference_fen_per_t: Mapping[str, int]  # per pollutant
    price_fen_per_t: Mapping[str, int]  # last price; a pollutant never traded is absent


@dataclass(frozen=True, slots=True)
class Decision:
    """Changes for the day; what is left out stays as the scenario has it."""

    floor_fen_per_t: Mapping[str, int] = field(default_factory=dict)
    ceiling_fen_per_t: Mapping[str, int] = field(default_factory=dict)
    offered_ppm: int | None = None  # of the reserve, in the next government sale
    retire_ppm: Mapping[str, int] = field(default_factory=dict)  # of this vintage, held by firms
    fine_percent: int | None = None
    notice: str = ""  # English template for the log


NOTHING = Decision()


@runtime_checkable
class Policy(Protocol):
    """A policy as a rule file defines it."""

    def apply(self, view: PolicyView, params: Params, rng: Generator) -> Decision:
        """What changes on a day; pure, with `params` filled."""
        ...


def as_policy(rule: Rule) -> Policy:
    """The `apply` of a policy, typed.

    Raises: InputError for a rule that has none.
    """
    module = rule.module
    if isinstance(module, Policy):
        return module
    raise lacking(rule, "apply(view, params, rng)")
