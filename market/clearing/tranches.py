"""Parts of a supply with their own prices: their notation, and their order."""

from __future__ import annotations

from dataclasses import dataclass

from market.clearing.order import Book
from permits.errors import InputError
from permits.quantity import fmt_t, parse_fen, parse_mass_mg


@dataclass(frozen=True, slots=True)
class Tranche:
    """A part of the supply that is offered at `price_fen_per_t` or above."""

    mass_mg: int
    price_fen_per_t: int


def read_tranches(text: str) -> tuple[Tranche, ...]:
    """`10@13, 5@6`: ten tonnes at 13 yuan/t, five at 6.

    Raises: InputError for a part that is not mass@price.
    """
    found = []
    for part in filter(None, (one.strip() for one in text.replace(";", ",").split(","))):
        mass, at, price = part.partition("@")
        if not at:
            raise InputError(
                "tranches.form",
                "{part!r} is not a mass and a price",
                where="tranches",
                mend="write for example 10@13, 5@6",
                part=part,
            )
        where = f"tranches: {part}"
        found.append(Tranche(parse_mass_mg(mass, where=where), parse_fen(price, where=where)))
    return tuple(found)


def supply_steps(book: Book, tranches: tuple[Tranche, ...]) -> tuple[Tranche, ...]:
    """The whole supply as steps, lowest price first; the first step is the part without a price.

    Raises: InputError where the tranches are more than the supply.
    """
    reserve = book.reserve_fen_per_t or 0
    own = sum(tranche.mass_mg for tranche in tranches)
    if own > (book.supply_mg or 0):
        raise InputError(
            "tranches.supply",
            "the tranches hold {own} t, more than the whole supply of {supply} t",
            where="tranches",
            mend="give the whole supply, including the tranches",
            own=fmt_t(own),
            supply=fmt_t(book.supply_mg or 0),
        )
    rest = Tranche((book.supply_mg or 0) - own, reserve)
    # A trigger below the reserve price would otherwise sell under it.
    raised = (Tranche(t.mass_mg, max(reserve, t.price_fen_per_t)) for t in tranches)
    return (rest, *sorted(raised, key=lambda t: t.price_fen_per_t))


def sold_by_step(steps: tuple[Tranche, ...], sold_mg: int) -> tuple[int, ...]:
    """Mass of a sale that came out of each step, the lowest first [mg]."""
    found = []
    for step in steps:
        part = min(step.mass_mg, sold_mg)
        sold_mg -= part
        found.append(part)
    return tuple(found)
