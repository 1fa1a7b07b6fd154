"""Decimal text into whole numbers, without loss; and the only rounding rule."""

from __future__ import annotations

import re
from typing import NamedTuple

NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<rest>[0-9]*))?")
MOST_DIGITS = 30
"""Digits of one value; the longest format of the standard has ten."""


class Decimal10(NamedTuple):
    """`digits` x 10^-places, as it was written: 2.69700 is (269700, 5)."""

    digits: int
    places: int


def parse_decimal(text: str) -> Decimal10 | None:
    """The number in `text`, or None: no exponents, spaces or non-ASCII digits."""
    found = NUMBER.fullmatch(text)
    if not found or len(text) > MOST_DIGITS:
        return None
    whole, rest = found["whole"], found["rest"] or ""
    if not whole + rest:
        return None
    digits = int(whole + rest)
    return Decimal10(-digits if found["sign"] == "-" else digits, len(rest))


def scaled(number: Decimal10, numerator: int, denominator: int = 1) -> int:
    """`number` x numerator / denominator as a whole number, rounded half to even.

    Args:
        number: the decimal number.
        numerator: factor, for example units per unit.
        denominator: divisor.
    """
    return rounded(number.digits * numerator, denominator * 10**number.places)


def rounded(numerator: int, denominator: int) -> int:
    """numerator / denominator, rounded half to even."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))
