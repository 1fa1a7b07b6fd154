"""Numbers in options: what each of them may be, and the one reading of all of them.

The commands read with it what is typed, and the same functions in `scenarios.api` what is
passed, so that a notebook refuses what a terminal refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from permits.errors import InputError
from permits.quantity import MOST_DIGITS, plain_number, plain_share


@dataclass(frozen=True, slots=True)
class OptionNumber:
    """What a number may be: from `least` to `most`; above `least` alone where `open_end`."""

    least: Decimal
    most: Decimal
    whole: bool = False
    open_end: bool = False
    example: str = ""


def _number(least: str, most: str, example: str, *, open_end: bool = False) -> OptionNumber:
    return OptionNumber(Decimal(least), Decimal(most), open_end=open_end, example=example)


def _count(least: int, most: int, example: int) -> OptionNumber:
    return OptionNumber(Decimal(least), Decimal(most), whole=True, example=str(example))


MOST_WHOLE = 10 ** (MOST_DIGITS - 1)
"""Largest seed or count of entries: no number of more digits is read anywhere."""

# Upper ends are assumed to be typing errors beyond any use, except where a reason is given.
OPTION_NUMBERS = {
    "--budget-yuan": _number("0", "1e15", "25000000"),
    "--price": _number("0", "1e12", "4000"),
    # At 1 the plan that does nothing would be "optimal"; below 1e-12 floats prove nothing.
    "--gap": _number("1e-12", "0.99", "1e-4"),
    "--seconds": _number("0", "1e7", "60", open_end=True),
    # Each point is a plan of its own.
    "--frontier": _count(1, 10_000, 20),
    # Each draw is a plan of its own, and one draw has no spread.
    "--draws": _count(2, 1_000_000, 200),
    # Each draw is a year of its own; 0 draws none.
    "--luck": _count(0, 10_000, 4),
    "--life": _count(1, 100, 10),
    "--seed": _count(0, MOST_WHOLE, 1),
    "--speed": _number("0", "1e9", "864000", open_end=True),
    "--every": _number("0", "86400", "1"),
    "--patience": _number("0", "86400", "60", open_end=True),
    # MinInterval of HJ 212-2017 is a part of the hour of at most thirty minutes.
    "--minute-interval": _count(1, 30, 10),
    "--days": _count(1, 3_660, 31),
    "--firms": _count(1, 100_000, 20),
    "--until": _count(0, MOST_WHOLE, 500),
}
"""Every option that is one number, by its name."""

DEFAULT_LUCK = 4
"""Luck seeds of a run unless more are asked for: few enough to cost a fraction of the friction
rows, enough to show whether a figure moves (assumed)."""

SHARES = {
    "--alternatives": Decimal(10),  # ten times the least cost: no alternative costs more
    "--build": Decimal(1),
    "--build-measure": Decimal(1),
    "--discount": Decimal(1),
    "--fair": Decimal(1),
}
"""Every option whose number is in per cent, with its largest value as a share."""


def option_number(option: str, given: object, *, where: str = "") -> Decimal:
    """Read the number of an option and hold it to its bounds.

    Args:
        option: a key of `OPTION_NUMBERS`.
        given: the text typed, or a number.
        where: place of the error (default: the option).
    Raises: InputError with the bounds.
    """
    allowed, where = OPTION_NUMBERS[option], where or option
    number = plain_number(given, where=where)
    if number is None or (allowed.whole and number != int(number)):
        raise InputError(
            "option.whole" if allowed.whole else "option.number",
            "{said!r} is not a whole number" if allowed.whole else "{said!r} is not a number",
            where=where,
            mend="write for example {option} {example}",
            said=str(given),
            option=option,
            example=allowed.example,
        )
    low = number <= allowed.least if allowed.open_end else number < allowed.least
    if low or number > allowed.most:
        raise InputError(
            "option.bounds",
            "{said} is not above {least} and at most {most}"
            if allowed.open_end
            else "{said} is not from {least} to {most}",
            where=where,
            mend="write for example {option} {example}",
            said=str(given),
            least=_plain(allowed.least),
            most=_plain(allowed.most),
            option=option,
            example=allowed.example,
        )
    return number


def checked(option: str, given: object) -> None:
    """Hold an optional number to its bounds; `None` is none. Raises as `option_number`."""
    if given is not None:
        option_number(option, given)


def option_share(option: str, given: str, *, where: str = "") -> float:
    """Read a percentage as a share: `2%` is 0.02.

    Args:
        option: a key of `SHARES`.
        given: the text with its per cent sign.
        where: place of the error (default: the option).
    Raises: InputError with the bounds.
    """
    where = where or option
    most = SHARES[option]
    has_sign = given.strip().endswith(("%", "％"))
    share = plain_share(given, where=where) if has_sign else None
    if share is None or not 0 <= share <= most:
        raise InputError(
            "option.percent",
            "{said!r} is not a percentage from 0 to {most}",
            where=where,
            mend="write for example 2%",
            said=given,
            most=f"{most * 100:f}%",
        )
    return float(share)


def _plain(number: Decimal) -> str:
    """A bound as people write it: thousands are grouped, a small one has an exponent."""
    return f"{number:,f}" if number == 0 or number >= Decimal("0.01") else f"{number:e}".lower()
