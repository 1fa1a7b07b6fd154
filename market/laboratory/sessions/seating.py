"""The traders of a session, with their values, costs and behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from market.clearing.order import Side
from market.traders import Quoter, find_traders
from permits.errors import InputError
from permits.rule import Params, Rule

Units = Sequence[int | Sequence[int]]
Behaviour = str | Rule | tuple[str | Rule, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Trader:
    """One trader: its units in the order it trades them, and how it behaves."""

    side: Side
    limits_fen: tuple[int, ...]  # values, dearest first, or costs, cheapest first
    rule: Rule
    params: Params


def seat_traders(
    values: Units, costs: Units, behaviours: Behaviour | Sequence[Behaviour]
) -> tuple[Trader, ...]:
    """The buyers, then the sellers, each with its units sorted, and its behaviour.

    Args:
        values: of each buyer, its units' values [fen a lot]; a number is one unit.
        costs: of each seller, likewise.
        behaviours: one for everybody, or one for each, buyers first.
    Raises: InputError for no unit at all, a value or cost that is not a whole number >= 0,
        an unknown behaviour, one that has no `quote`, or a list of another length.
    """
    units = [(Side.BUY, one) for one in values] + [(Side.SELL, one) for one in costs]
    limits = [_limits(side, one, n) for n, (side, one) in enumerate(units)]
    if not len(values) or not len(costs):
        raise InputError(
            "session.empty",
            "a session needs a buyer and a seller",
            where="values, costs",
            mend="give at least one value and one cost",
        )
    rules = [_behaviour(one) for one in _each(behaviours, len(units))]
    return tuple(
        Trader(side, limit, rule, params)
        for (side, _), limit, (rule, params) in zip(units, limits, rules, strict=True)
    )


def _limits(side: Side, units: int | Sequence[int], number: int) -> tuple[int, ...]:
    plain = units.tolist() if isinstance(units, np.ndarray | np.generic) else units
    given = list(plain) if isinstance(plain, Sequence) else [plain]
    if not given or not all(type(unit) is int and unit >= 0 for unit in given):
        raise InputError(
            "session.units",
            "{given} are not values or costs",
            where=f"trader {number}",
            mend="give whole numbers of fen, at least one, none below 0",
            given=given,
        )
    return tuple(sorted(given, reverse=side is Side.BUY))


def _each(behaviours: Behaviour | Sequence[Behaviour], count: int) -> list[Behaviour]:
    """One behaviour for each trader; a single one holds for all."""
    single = isinstance(behaviours, str | Rule)
    # A pair of name and parameters is one behaviour; a pair of names is a list of two.
    if isinstance(behaviours, tuple) and len(behaviours) == 2:
        single = isinstance(behaviours[1], Mapping)
    if single:
        return [behaviours] * count  # type: ignore[list-item]
    given: list[Behaviour] = list(behaviours)  # type: ignore[arg-type]
    if len(given) != count:
        raise InputError(
            "session.traders",
            "{given} behaviours for {count} traders",
            where="traders",
            mend="give one for everybody, or one for each: buyers first, then sellers",
            given=len(given),
            count=count,
        )
    return given


def _behaviour(given: Behaviour) -> tuple[Rule, Params]:
    """The rule and its parameters, defaults filled in."""
    name, params = given if isinstance(given, tuple) else (given, {})
    known = {n: rule for n, rule in find_traders().items() if isinstance(rule.module, Quoter)}
    rule = known.get(name) if isinstance(name, str) else name
    if rule is None or not isinstance(rule.module, Quoter):
        raise InputError(
            "session.behaviour",
            "{name!r} is not a behaviour for sessions",
            where="traders",
            mend="known: {known}",
            name=name if isinstance(name, str) else name.name,
            known=", ".join(sorted(known)),
        )
    return rule, rule.spec.fill(params, where=f"traders: {rule.name}")
