"""One cell as a value: the rule that `column_values.py` follows for whole columns."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from permits.errors import InputError
from permits.quantity import MG_PER_T, parse_mass_mg
from scenarios.intake.fields import MASS_POWERS, PER_YEAR, SUFFIX, Heading
from scenarios.intake.numerals import Readings

MOST_MG = 10**9 * MG_PER_T  # of one cell: more than any country emits of a pollutant
MOST_NUMBER = 10**15  # below 2**53, so a float keeps every whole number
MOST_DECIMALS = 30  # larger exponents would not fit in memory as whole numbers (assumed)
TEN_KT = 13  # power of ten from 万吨 to a milligram
YUAN = 2  # power of ten from a yuan to a fen
TEXTS = {
    "count": "write a whole number",
    "money": "write a plain number of yuan; for 万元 name the column annual_cost_10k_yuan",
    "number": "write a plain number",
    "share": "write a share from 0 to 1, or a percentage with its sign: 0.72 or 72%",
}
"""Remedies for texts that are not numbers, by kind of field."""


def value_of(text: str, heading: Heading, where: str, readings: Readings) -> Any:
    """The value of a cell: mass in mg, money in exact yuan, a number, a count, a share.

    Args:
        text: the cell, without blanks around it.
        heading: its column, which is one of a table's fields.
        where: file and row, for the error.
        readings: takes down what was interpreted.
    Raises: InputError or NotAMass for a text that is no such value.
    """
    field = heading.field
    assert field is not None
    if not text:
        if field.blank or (field.kind == "text" and not field.required):
            return None
        raise InputError(
            "table.blank",
            "the cell is empty",
            where=where,
            mend="fill it in, or leave the row out",
        )
    if field.kind == "text":
        return text
    plain = readings.number(text, field.name, where)
    if field.kind == "mass":
        return _mass(plain, text, heading, where, readings)
    if field.kind == "share":
        return _share(plain, heading.percent, where)
    number = _number(plain, field.kind, where)
    if field.kind != "money" or heading.power in (None, YUAN):
        return number
    return _possible(number.scaleb((heading.power or YUAN) - YUAN), MOST_NUMBER, text, where)


def _mass(plain: str, text: str, heading: Heading, where: str, readings: Readings) -> int:
    assert heading.field is not None
    said = plain
    number, unit = readings.mass(plain, heading)
    power = MASS_POWERS.get(PER_YEAR.sub("", unit))
    if power == TEN_KT:
        said = f"{_tenfold(number)} kt"
    elif power is not None:
        said = f"{number} {SUFFIX[power].removeprefix('_')}"
    mass_mg = parse_mass_mg(said, where=where, signed=heading.field.signed)
    return int(_possible(mass_mg, MOST_MG, text, where))


def _tenfold(number: str) -> str:
    """Ten times a number; a text that is no number as it is."""
    try:
        return str(Decimal(number).scaleb(1))
    except InvalidOperation:
        return number


def _number(text: str, kind: str, where: str) -> Any:
    try:
        number = Decimal(text)
        # 1e999999999 would not fit in memory as a whole number; it is refused below as too large.
        whole = kind != "count" or number.adjusted() > MOST_DECIMALS
        if not number.is_finite() or not (whole or number == int(number)):
            raise InvalidOperation
    except InvalidOperation:
        raise _no_number(text, kind, where) from None
    _possible(number, MOST_NUMBER, text, where)
    if kind == "count":
        return int(number)
    return number if kind == "money" else float(number)


def _no_number(text: str, kind: str, where: str) -> InputError:
    return InputError(
        "table.number",
        "{said!r} is not a number",
        where=where,
        mend=TEXTS[kind],
        said=text,
    )


def _share(text: str, in_percent: bool, where: str) -> Fraction:
    """An exact share; a sign for per cent counts once, in the cell or in the heading."""
    digits = text.removesuffix("%").strip()
    try:
        number = Decimal(digits)
        # A share with a thousand decimals is none, and 1e-999999999 would not fit in memory.
        if not number.is_finite() or number.adjusted() < -MOST_DECIMALS:
            raise InvalidOperation
    except InvalidOperation:
        raise _no_number(text, "share", where) from None
    _possible(number, MOST_NUMBER, text, where)
    share = Fraction(number) / (100 if in_percent or text.endswith("%") else 1)
    if not 0 <= share <= 1:
        raise InputError(
            "table.share",
            "{said} is not a share from 0 to 1, or from 0 % to 100 %",
            where=where,
            mend=TEXTS["share"],
            said=text,
        )
    return share


def _possible(amount: Any, most: int, text: str, where: str) -> Any:
    if -most <= amount <= most:
        return amount
    raise InputError(
        "table.large",
        "{said} is larger than any value that is allowed here",
        where=where,
        mend="check the unit of the column",
        said=text,
    )
