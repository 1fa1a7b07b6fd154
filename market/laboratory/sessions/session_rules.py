"""The rules of a session: admissible quotes, and how traders meet."""

from __future__ import annotations

from dataclasses import dataclass

from permits.errors import InputError

CHOICES = {
    "meeting": ("quotes", "pairs"),
    "book": ("best", "full"),
    "after_trade": ("clear", "keep"),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """How a session is held. Prices in whole fen for a lot.

    In each period every trader has all its units again, its values or costs moved by the
    period's shift. Traders who still have a unit arrive one at a time, each drawn with equal
    chance, at most `arrivals` times; the period ends earlier when one side has nothing left.
    Ten `periods` are assumed: enough for traders to learn.

    meeting: `quotes`: the arriving trader may quote; a quote that reaches the best one of the
        other side trades with it, at the price that stood [Smith1962]. `pairs`: a buyer and a
        seller meet by chance, both quote, and trade if the quotes cross, at one of the two
        decided by a coin toss [CliffBruten1997].
    book: `best`: only the best bid and ask stand, and a quote must better its side's
        [GodeSunder1993]. `full`: each trader's last quote stands, served by price, then by
        time.
    after_trade: `clear`: all quotes are void after a trade; `keep`: only the two traders'.
    """

    price_max_fen: int
    price_min_fen: int = 0
    periods: int = 10
    arrivals: int = 2000  # most arrivals of a period
    meeting: str = "quotes"
    book: str = "best"
    after_trade: str = "clear"
    shifts_fen: tuple[int, ...] = ()  # of each period's values and costs; () is none at all

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise _wrong(name, getattr(self, name), " | ".join(choices))
        if not 0 <= self.price_min_fen < self.price_max_fen:
            raise _wrong("price_max_fen", self.price_max_fen, "0 <= price_min_fen < price_max_fen")
        for name in ("periods", "arrivals"):
            if getattr(self, name) < 1:
                raise _wrong(name, getattr(self, name), f"{name} >= 1")
        if self.shifts_fen and len(self.shifts_fen) != self.periods:
            raise _wrong("shifts_fen", self.shifts_fen, "len(shifts_fen) == periods")

    def shift_fen(self, period: int) -> int:
        """By how much values and costs of a period are moved."""
        return self.shifts_fen[period] if self.shifts_fen else 0


def _wrong(name: str, value: object, wanted: str) -> InputError:
    return InputError(
        "session.rule",
        "{name} = {value!r} is not a valid session rule",
        where="Rules",
        mend="give {wanted}",
        name=name,
        value=value,
        wanted=wanted,
    )
