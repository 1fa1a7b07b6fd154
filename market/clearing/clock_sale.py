"""What clock sales share: the hand that moves, and what everybody sees of a round."""

from __future__ import annotations

from dataclasses import dataclass

from market.clearing.order import Book
from permits.errors import InputError
from permits.quantity import parse_fen
from permits.rule import Param, Params


@dataclass(frozen=True, slots=True)
class Tick:
    """The round ends and the hand of the clock moves."""


@dataclass(frozen=True, slots=True)
class Round:
    """What everybody sees: the price on the clock, what was asked for in the round before,
    what is on offer, and whether the clock still runs."""

    price_fen_per_t: int
    demand_mg: int
    offer_mg: int
    runs: bool


START = Param("start_yuan", "", "yuan/t", "first price on the clock; empty: see the rule")
STEP = Param("step_yuan", "1", "yuan/t", "by how much the price moves from round to round")


def exit_bids(meaning: str) -> Param:
    """The parameter by which prices between two ticks may be named."""
    return Param("exit_bids", "yes", "", meaning, ("yes", "no"))


def start_fen(params: Params) -> int | None:
    """The first price as given [fen/t]; `None` where the rule finds it."""
    given = params["start_yuan"]
    return None if given in ("", None) else parse_fen(given, where="start_yuan")


def step_fen(params: Params) -> int:
    """The step [fen/t], above zero. Raises: InputError."""
    step = parse_fen(params["step_yuan"], where="step_yuan")
    if step <= 0:
        raise InputError(
            "clock.step",
            "a clock that moves by {step} yuan/t does not move",
            where="step_yuan",
            mend="give a step above zero",
            step=str(params["step_yuan"]),
        )
    return step


def floor_fen(book: Book) -> int:
    """The lowest price at which anything is sold [fen/t]."""
    return book.reserve_fen_per_t or 0
