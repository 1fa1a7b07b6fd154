"""A book of a session that stands open in the year."""

from __future__ import annotations

from dataclasses import dataclass

from market.session.session import Session
from permits.right import Right


@dataclass(frozen=True, slots=True)
class Opened:
    """One book: a pollutant's, in a sale of one government's.

    Attributes:
        number: number of the session in the scenario file.
        session: the session, with the offers of people so far.
        pollutant: index of the pollutant.
        strip: the rights that are traded as one.
        cards: cards of the firms that may take part.
        owner: the government that sells; None between firms.
    """

    number: int
    session: Session
    pollutant: int
    strip: tuple[Right, ...]
    cards: tuple[int, ...]
    owner: str | None = None
