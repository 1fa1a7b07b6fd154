"""Behaviours of firms, one file each; a folder listing finds them.

In the simulated year `decide(view, params, rng)` returns the firm's bids and asks, and
`abate(view, params, rng)` the measures that it builds. The same view and stream give the
same answer; asks never exceed what is free to sell.

In an experimental session (`market/laboratory/sessions/`) a behaviour has
`quote(state, seat, floor, rng)`: its price for the unit at hand in whole fen, or `None`
to stay silent. Behaviours that learn have two more functions: `begin(seat, params, rng)`
gives the state with which a trader enters the session (without it, the state is
`params`), and `hear(state, seat, shout, rng)` the state after a shout that everybody
hears. A state is a value; a trader that learns returns a new one. `rng` is one stream for
the whole session, so a behaviour draws the same number of times in the same situation.

A file with `decide` or `quote` is a behaviour; most have both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from numpy.random import Generator

from market.participants.seat import MarketState, Seat, SubmittedQuote
from market.participants.view import Build, FirmView, Quote
from permits.errors import InputError
from permits.rule import Params, Rule, find_shipped, lacking


@runtime_checkable
class Trader(Protocol):
    """A behaviour in the simulated year."""

    def decide(self, view: FirmView, params: Params, rng: Generator) -> Sequence[Quote]:
        """What to bid and ask in a session."""
        ...

    def abate(self, view: FirmView, params: Params, rng: Generator) -> Sequence[Build]:
        """What to build, between sessions."""
        ...


@runtime_checkable
class Quoter(Protocol):
    """A behaviour on the floor of an experimental session; its state is its own."""

    def quote(self, state: Any, seat: Seat, floor: MarketState, rng: Generator) -> int | None:
        """Its price for the unit at hand [fen], or `None` to stay silent."""
        ...


@runtime_checkable
class Beginner(Protocol):
    """A behaviour that draws or sets up its state before the session."""

    def begin(self, seat: Seat, params: Params, rng: Generator) -> Any:
        """The state with which it enters."""
        ...


@runtime_checkable
class Listener(Protocol):
    """A behaviour that learns from what is said on the floor."""

    def hear(self, state: Any, seat: Seat, shout: SubmittedQuote, rng: Generator) -> Any:
        """The state after a shout."""
        ...


@cache
def find_traders() -> dict[str, Rule]:
    """Every shipped behaviour by name."""
    return find_shipped("trader", Path(__file__).parent, __name__)


def as_trader(rule: Rule, *, where: str = "") -> Trader:
    """The functions of a behaviour in the simulated year, typed.

    Raises: InputError for one without `decide`, or without `abate`.
    """
    found = _trader(rule.module)
    if found is not None:
        return found
    if "decide" in vars(rule.module):
        raise lacking(rule, "abate(view, params, rng)", where=where)
    raise InputError(
        "rule.sessions_only",
        "the trader {name!r} acts in experimental sessions only",
        where=where or str(rule.path),
        mend="define decide(view, params, rng) and abate(view, params, rng) in its file",
        name=rule.name,
    )


def as_quoter(rule: Rule) -> Quoter:
    """The `quote` of a behaviour, typed.

    Raises: InputError for one that has none.
    """
    found = _quoter(rule.module)
    if found is None:
        raise lacking(rule, "quote(state, seat, floor, rng)")
    return found


def as_listener(rule: Rule) -> Listener | None:
    """The `hear` of a behaviour, typed; `None` for one that does not listen."""
    return _listener(rule.module)


# Kept per module: every firm is asked on every day, and checking a protocol is slow.
@cache
def _trader(module: object) -> Trader | None:
    return module if isinstance(module, Trader) else None


@cache
def _quoter(module: object) -> Quoter | None:
    return module if isinstance(module, Quoter) else None


def begin(rule: Rule, seat: Seat, params: Params, rng: Generator) -> Any:
    """The state that a behaviour enters with: its parameters, where it remembers nothing.

    Args:
        rule: the behaviour.
        seat: its place, with its first unit at hand.
        params: its parameters, filled.
        rng: the stream of the whole session.
    """
    module = rule.module
    return module.begin(seat, params, rng) if isinstance(module, Beginner) else params


@cache
def _listener(module: object) -> Listener | None:
    return module if isinstance(module, Listener) else None
