"""Clearing rules, one file each; a folder listing finds them.

A rule defines `clear(book, params, rng)` where everything is known at once, or `open`,
`step` and `close` where orders arrive one by one and are public or revised. Either way
`run_session` runs it and checks the outcome against what every mechanism must keep.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from numpy.random import Generator

from market.clearing.clearing import Clearing, check_clearing
from market.clearing.order import Book
from permits.rule import NO_PARAMS, Params, Rule, find_plugins, find_shipped


def find_mechanisms(plugin_folders: Iterable[Path] = ()) -> dict[str, Rule]:
    """Every clearing rule by name, those in `plugin_folders` included."""
    found = dict(_shipped())
    plugins = find_plugins(plugin_folders)
    return found | {name: rule for (kind, name), rule in plugins.items() if kind == "mechanism"}


@cache
def _shipped() -> dict[str, Rule]:
    return find_shipped("mechanism", Path(__file__).parent, __name__)


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
    if hasattr(rule.module, "clear"):
        clearing: Clearing = rule.module.clear(book, filled, rng)
    else:
        state = rule.module.open(replace(book, orders=()), filled, rng)
        for order in sorted(book.orders, key=lambda o: (o.seq, o.id)):
            state, _ = rule.module.step(state, order)
        clearing = rule.module.close(state)
    check_clearing(book, clearing)
    return clearing
