"""Clearing rules, one file each; a folder listing finds them.

A rule defines `clear(book, params, rng)` where everything is known at once, or `open`,
`step` and `close` where orders arrive one by one and are public or revised. Either way
`run_session` runs it and checks the outcome against what every mechanism must keep. A rule
for large sales also defines `clear_columns(book, params, rng)`, and one with costly messages
`step_all(state, orders)`; both give the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from numpy.random import Generator

from market.clearing.bid_columns import BidColumns, ColumnClearing, check_column_clearing
from market.clearing.clearing import Clearing, check_clearing
from market.clearing.order import Book, Order
from permits.rule import (
    NO_PARAMS,
    Params,
    Rule,
    find_shipped,
    lacking,
)


@runtime_checkable
class OneShot(Protocol):
    """A rule that clears a book at once."""

    def clear(self, book: Book, params: Params, rng: Generator) -> Clearing:
        """Clear the whole book; `params` are filled."""
        ...


@runtime_checkable
class Stepwise(Protocol):
    """A rule that takes orders one by one; its state is a value of a type of its own."""

    def open(self, book: Book, params: Params, rng: Generator) -> Any:
        """The state of a session before the first order; `book` has none."""
        ...

    def step(self, state: Any, event: Order) -> tuple[Any, tuple[Any, ...]]:
        """The state after an order, and the messages that it gives rise to."""
        ...

    def close(self, state: Any) -> Clearing:
        """What the session decided."""
        ...


@runtime_checkable
class StepsAll(Protocol):
    """A stepwise rule that also takes many orders whose messages nobody reads."""

    def step_all(self, state: Any, events: Sequence[Order]) -> Any:
        """The state after all orders, the same as after each by itself."""
        ...


@runtime_checkable
class ByColumns(Protocol):
    """A rule that also clears bids by columns, for large sales."""

    def clear_columns(self, book: BidColumns, params: Params, rng: Generator) -> ColumnClearing:
        """Clear all bids; `params` are filled."""
        ...


@cache
def find_mechanisms() -> dict[str, Rule]:
    """Every shipped clearing rule by name."""
    return find_shipped("mechanism", Path(__file__).parent, __name__)


def as_mechanism(rule: Rule) -> OneShot | Stepwise:
    """The functions of a clearing rule, typed; one that has both kinds clears at once.

    Raises: InputError for a file with neither `clear` nor all of `open`, `step`, `close`.
    """
    return _one_shot(rule.module) or as_stepwise(rule)


def as_stepwise(rule: Rule) -> Stepwise:
    """The `open`, `step` and `close` of a clearing rule, typed.

    Raises: InputError for a file that lacks one of them.
    """
    found = _stepwise(rule.module)
    if found is None:
        raise lacking(rule, "clear, or open, step and close")
    return found


# Kept per module: asking a module for a protocol takes longer than clearing a small book.
@cache
def _one_shot(module: object) -> OneShot | None:
    return module if isinstance(module, OneShot) else None


@cache
def _stepwise(module: object) -> Stepwise | None:
    return module if isinstance(module, Stepwise) else None


def run_session(rule: Rule, book: Book, params: Params = NO_PARAMS, *, rng: Generator) -> Clearing:
    """Clear a book by a rule and check the outcome.

    A rule of three functions receives the orders one by one, in order of arrival.

    Args:
        rule: the clearing rule, shipped or loaded.
        book: all orders for one product, with supply [mg] and reserve price [fen/t].
        params: parameters that differ from the rule's defaults.
        rng: random stream of the tie-breaking lottery.
    Raises: InputError for a parameter the rule does not have; AssertionError, our own
        mistake or the rule's, where the outcome does not conserve or breaks a limit.
    """
    filled = rule.spec.fill(params, where=rule.name)
    at_once = _one_shot(rule.module)
    if at_once is not None:
        clearing = at_once.clear(book, filled, rng)
    else:
        stepwise = as_stepwise(rule)
        state = stepwise.open(replace(book, orders=()), filled, rng)
        orders = sorted(book.orders, key=lambda o: (o.seq, o.id))
        if isinstance(stepwise, StepsAll):
            state = stepwise.step_all(state, orders)
        else:
            for order in orders:
                state, _ = stepwise.step(state, order)
        clearing = stepwise.close(state)
    check_clearing(book, clearing)
    return clearing


def run_columns(
    rule: Rule, book: BidColumns, params: Params = NO_PARAMS, *, rng: Generator
) -> ColumnClearing:
    """Clear bids by a rule by columns, and check the outcome; the same as `run_session`.

    Args:
        rule: a clearing rule that `clears_columns`.
        book: all bids for one product, with supply [mg] and reserve price [fen/t].
        params: parameters that differ from the rule's defaults.
        rng: random stream of the tie-breaking lottery.
    """
    assert isinstance(rule.module, ByColumns), f"{rule.name} does not clear columns"
    filled = rule.spec.fill(params, where=rule.name)
    clearing = rule.module.clear_columns(book, filled, rng)
    check_column_clearing(book, clearing)
    return clearing


def clears_columns(rule: Rule) -> bool:
    """Whether a rule clears bids by columns: a shipped one only, users' rules get orders."""
    return rule.shipped and isinstance(rule.module, ByColumns)
