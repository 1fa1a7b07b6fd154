"""Milligrams and fen: parsing, formatting and the three places where values are rounded.

`plain_number` is the one reading of a number that people write, wherever they write it.

Masses are whole milligrams (`mg`) and money whole fen in ledger and market, so that
conservation is `==`. Outside they are written as plain decimals in tonnes and yuan.
Rounding happens in the meter (ng to mg, half to even), in `cost_fen` (half to even)
and in `split_exact` (largest remainder).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from permits.errors import InputError, NotAMass, NotMoney

MG_PER_T = 1_000_000_000  # one litre at one mg/L is one milligram: the finest metered unit
FEN_PER_YUAN = 100  # prices are published to the fen
MOST_DIGITS = 18  # a larger number would not fit 64 bits; assumed to be a typing error
MASS_UNITS_MG = {
    "t": MG_PER_T, "kg": 1_000_000, "kt": 1_000 * MG_PER_T,
    "吨": MG_PER_T, "千克": 1_000_000, "公斤": 1_000_000,
}  # fmt: skip

FULL_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: " ", 0xA0: " ", 0x2212: "-"}
"""Full-width signs and blanks, as Chinese keyboards type them, and the typographic minus.

Nothing else is turned into a digit: to NFKC, `10²` would be a hundred and two."""

_DIGITS = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?P<sep>[, '])\d{3}(?:(?P=sep)\d{3})*(?:\.\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?[\d.,]*\d[\d.,]*", re.ASCII)
_WITH_UNIT = re.compile(r"(?P<number>.*?[\d.])\s*(?P<unit>[^\d.\s]*)", re.ASCII)


def require_mg(value: object, *, above: int | None = None, where: str = "") -> int:
    """Return `value` if it is a plain whole number of milligrams, else raise `NotAMass`.

    `True`, floats and numpy scalars are rejected here: a stray `np.int64` overflows where
    an int does not.

    Args:
        value: the candidate mass [mg].
        above: the value must exceed this [mg]; `None` allows any sign.
        where: file, row or key for the error message.
    Raises: NotAMass for another type or a value that is too small.
    """
    if type(value) is not int:
        raise NotAMass(
            "mass.type",
            "{value!r} is not a whole number of milligrams",
            where=where,
            mend="pass an int [mg]",
            value=value,
        )
    if above is not None and value <= above:
        raise NotAMass(
            "mass.range",
            "a mass of {value} mg is not above {above} mg",
            where=where,
            mend="give a larger mass",
            value=value,
            above=above,
        )
    return value


def plain_number(value: object, *, where: str = "") -> Decimal | None:
    """Read a number as people write it: `1.5`, `42,000`, `42 000`, `1e-4`, full-width digits.

    Args:
        value: number, or text without a unit.
        where: file, row, key or option for the error message.
    Returns: the number; `None` for what is none, and for one that is not finite or beyond
        `MOST_DIGITS` digits before or after the point.
    Raises: InputError for a comma that is not a thousands separator: as a decimal sign it
        would be read ten or a thousand times too large.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = str(value).translate(FULL_WIDTH).strip()
    if _GROUPED.fullmatch(text):
        text = re.sub("[, ']", "", text)
    if not _DIGITS.fullmatch(text):
        if "," in text and _COMMA.fullmatch(text):
            raise InputError(
                "number.comma",
                "{said!r} has a comma that is not a thousands separator",
                where=where,
                mend="use a point before decimals, for example 1.5",
                said=str(value),
            )
        return None
    number = Decimal(text)
    # Checked before any conversion to int: 1e999999999 would not fit in memory.
    return number if not number or -MOST_DIGITS <= number.adjusted() < MOST_DIGITS else None


def plain_share(value: object, *, where: str = "") -> Decimal | None:
    """Read a share: a number, or text with `%`; `None` and errors as of `plain_number`.

    Args:
        value: number, or text with or without a per cent sign.
        where: file, row, key or option for the error message.
    """
    text = value.translate(FULL_WIDTH).strip() if isinstance(value, str) else value
    if isinstance(text, str) and text.endswith("%"):
        number = plain_number(text[:-1], where=where)
        return None if number is None else number / 100
    return plain_number(text, where=where)


def parse_mass_mg(value: object, *, where: str = "", signed: bool = False) -> int:
    """Read a mass as people write it: a number in t, or text with `t`, `kg` or `kt`.

    Args:
        value: number [t] or text with a unit.
        where: file, row or key for the error message.
        signed: whether a negative mass is allowed.
    Returns: whole milligrams; a finer mass is rounded half to even.
    Raises: NotAMass for another unit, a negative mass (unless `signed`) or text that is not a
        number; InputError as `plain_number`.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise _not_a_mass(value, where)
    found = _WITH_UNIT.fullmatch(str(value).translate(FULL_WIDTH).strip())
    number = None if found is None else plain_number(found["number"], where=where)
    factor = None if found is None else MASS_UNITS_MG.get(found["unit"] or "t")
    if factor is None or number is None:
        raise _not_a_mass(value, where)
    if number < 0 and not signed:
        raise NotAMass(
            "mass.negative",
            "{value} is a negative mass",
            where=where,
            mend="give a mass of zero or more",
            value=value,
        )
    return int((number * factor).to_integral_value(rounding="ROUND_HALF_EVEN"))


def parse_fen(value: object, *, where: str = "", signed: bool = False) -> int:
    """Read an amount in yuan (number or text) as whole fen.

    Args:
        value: number or text [yuan].
        where: file, row, key or option for the error message.
        signed: whether a negative amount is allowed.
    Raises: NotMoney for what is no number, finer than a fen, or negative (unless `signed`);
        InputError as `plain_number`.
    """
    number = plain_number(value, where=where)
    if number is None or number * FEN_PER_YUAN != int(number * FEN_PER_YUAN):
        raise NotMoney(
            "money.parse",
            "{value!r} is not an amount in yuan with at most two decimals",
            where=where,
            mend='write yuan, for example "4000.00"',
            value=value,
        )
    if number < 0 and not signed:
        raise NotMoney(
            "money.negative",
            "{value} yuan is a negative amount",
            where=where,
            mend="give an amount of zero or more",
            value=value,
        )
    return int(number * FEN_PER_YUAN)


def t_to_mg(mass_t: float) -> int:
    """Whole milligrams nearest to `mass_t` [t], half to even on the decimal written."""
    return int((Decimal(repr(float(mass_t))) * MG_PER_T).to_integral_value("ROUND_HALF_EVEN"))


def yuan_to_fen(amount_yuan: float) -> int:
    """Whole fen nearest to `amount_yuan`, half to even on the decimal written."""
    number = Decimal(repr(float(amount_yuan))) * FEN_PER_YUAN
    return int(number.to_integral_value("ROUND_HALF_EVEN"))


def cost_fen(mass_mg: int, price_fen_per_t: int) -> int:
    """Cost of `mass_mg` at `price_fen_per_t` [fen], rounded once, half to even."""
    whole, rest = divmod(mass_mg * price_fen_per_t, MG_PER_T)
    if 2 * rest > MG_PER_T or (2 * rest == MG_PER_T and whole % 2):
        whole += 1
    return whole


def split_exact(total: int, weights: Sequence[float | int | Fraction]) -> list[int]:
    """Split `total` into whole parts in proportion to `weights`, losing nothing.

    Largest remainder method. Ties go to the lower index, so callers sort first.

    Raises: ValueError for a total or weight below zero, and where all weights are zero
        and the total is not.
    """
    shares = [Fraction(w) for w in weights]
    if total < 0 or any(share < 0 for share in shares):
        raise ValueError("a total or a weight is below zero")
    whole = sum(shares)
    if whole == 0:
        if total:
            raise ValueError("nothing to split by: all weights are zero")
        return [0] * len(shares)
    exact = [total * share / whole for share in shares]
    parts = [int(x) for x in exact]
    # Sorted by remainder before the cut, so that the missing units go to the largest ones.
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def fmt_t(mass_mg: int) -> str:
    """Format `mass_mg` as plain decimal tonnes, every milligram kept, no exponent: `12.5`."""
    return _plain(mass_mg, MG_PER_T, 9)


def fmt_yuan(amount_fen: int) -> str:
    """Format `amount_fen` as plain decimal yuan, at most two places, no exponent."""
    return _plain(amount_fen, FEN_PER_YUAN, 2)


def _plain(value: int, scale: int, places: int) -> str:
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), scale)
    fraction = f"{rest:0{places}d}".rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def _not_a_mass(value: object, where: str) -> NotAMass:
    return NotAMass(
        "mass.parse",
        "{value!r} is not a mass",
        where=where,
        mend="write a number in tonnes, or text with one of t, kg, kt",
        value=value,
    )
