"""Shared by clock auctions: ticks, public rounds, and their parameters."""

from __future__ import annotations

from dataclasses import dataclass

from market.clearing.order import Book
from permits.errors import InputError
from permits.quantity import parse_fen
from permits.rule import Param, Params


@dataclass(frozen=True, slots=True)
class Tick:
    """The round ends and the price of the clock moves."""


@dataclass(frozen=True, slots=True)
class Round:
    """The public information of a round.

    The price on the clock, demand in the round before, the mass on offer, and whether the
    clock still runs.
    """

    price_fen_per_t: int
    demand_mg: int
    offer_mg: int
    runs: bool


START = Param("start_yuan", "", "yuan/t", "first price on the clock; empty: as the rule sets it")
STEP = Param("step_yuan", "1", "yuan/t", "change of the price from round to round")


def exit_bids(meaning: str) -> Param:
    """The parameter that allows bids at prices between two ticks."""
    return Param("exit_bids", "yes", "", meaning, ("yes", "no"))


def start_fen(params: Params) -> int | None:
    """The first price, if given [fen/t]; `None` where the rule finds it."""
    given = params["start_yuan"]
    return None if given in ("", None) else parse_fen(given, where="start_yuan")


def step_fen(params: Params) -> int:
    """The step of the clock [fen/t]. Raises: InputError if it is not above zero."""
    step = parse_fen(params["step_yuan"], where="step_yuan")
    if step <= 0:
        raise InputError(
            "clock.step",
            "the step of a clock cannot be {step} yuan/t",
            where="step_yuan",
            mend="give a step above zero",
            step=str(params["step_yuan"]),
        )
    return step


def floor_fen(book: Book) -> int:
    """The lowest price at which anything is sold [fen/t]."""
    return book.reserve_fen_per_t or 0
