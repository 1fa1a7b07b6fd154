"""Irregularities in the data of a message."""

from __future__ import annotations

import re
from collections.abc import Iterator

from permits.hj212.codes import (
    DAY,
    FLAGS_2005,
    FLAGS_2017,
    HOUR,
    MINUTE,
    MOST_CONTENT,
    NAMES,
    NORMAL,
    NUMBERS,
    REAL_TIME,
    SUFFIXES,
    TIMES,
)
from permits.hj212.factors import FactorKind, ProtocolFactor, factor_of
from permits.hj212.header import QN_DIGITS, parse_time
from permits.hj212.message import Item, Message
from permits.hj212.notes import Note
from permits.hj212.number import Decimal10, parse_decimal, scaled

DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
DATA = (REAL_TIME, MINUTE, HOUR, DAY)
NO_DATA_FLAG = ("RS", "RT", "Info")
"""Suffixes of states and texts, which have no data flag."""


def content_notes(message: Message, length: int) -> Iterator[Note]:
    """Notes on names, times, values and flags.

    Args:
        message: the message.
        length: of its content, in characters.
    """
    if length > MOST_CONTENT[message.version]:
        yield Note("cp_length", str(length))
    yield from _names(message)
    yield from _times(message)
    yield from _twice(message)
    for code, values in message.factors().items():
        yield from _factor(message, code, values)


def _names(message: Message) -> Iterator[Note]:
    for item in message.items:
        factors = set()
        for name, _ in item:
            code, dash, suffix = name.rpartition("-")
            factors.add(code)
            if not dash and name not in NAMES:
                yield Note("name_unknown", name)
            elif dash and suffix not in SUFFIXES:
                yield Note("suffix_unknown", name)
        if len(factors) > 1:
            yield Note("item_mixed", item[0][0])


def _times(message: Message) -> Iterator[Note]:
    has_data = message.cn in DATA and bool(message.factors())
    if has_data and message.value("DataTime") is None:
        yield Note("no_datatime")
    for item in message.items:
        for name, value in item:
            if name in TIMES or name.endswith("-SampleTime"):
                if parse_time(value) is None:
                    yield Note("time_form", name)
                elif len(value) == QN_DIGITS:
                    yield Note("time_17", name)


def _twice(message: Message) -> Iterator[Note]:
    for name, values in _values(message.items).items():
        if len(values) > 1:
            code = "factor_twice" if len(set(values)) == 1 else "factor_contradicts"
            yield Note(code, name)


def contradicted(message: Message) -> frozenset[str]:
    """The factors with a value that is given twice and differs."""
    return frozenset(
        name.rpartition("-")[0]
        for name, values in _values(message.items).items()
        if len(set(values)) > 1
    )


def _values(items: tuple[Item, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        for name, value in item:
            found.setdefault(name, []).append(value)
    return found


def _factor(message: Message, code: str, values: dict[str, str]) -> Iterator[Note]:
    numbers = {s: parse_decimal(values[s]) for s in NUMBERS if s in values}
    factor = factor_of(code)
    if numbers and factor is None:
        yield Note("factor_unknown", code)
    # Equal exactly where the code of one version is in a message of the other.
    elif factor and (message.version == 2017) == (code == factor.code_2005):
        yield Note("factor_version", code)
    for suffix, number in numbers.items():
        if number is None:
            comma = DECIMAL_COMMA.fullmatch(values[suffix])
            yield Note("decimal_comma" if comma else "number_form", f"{code}-{suffix}")
        elif factor:
            yield from _number(factor, f"{code}-{suffix}", suffix, number)
    yield from _mean(code, numbers)
    if message.cn in DATA and numbers and not set(values) & set(NO_DATA_FLAG):
        yield from _data_flag(message, code, values, numbers, factor)


def _number(factor: ProtocolFactor, at: str, suffix: str, number: Decimal10) -> Iterator[Note]:
    # States such as a temperature may be below zero.
    if number.digits < 0 and factor.measures in (FactorKind.FLOW, FactorKind.CONCENTRATION):
        yield Note("negative", at)
    # The form is that of the value: a total has another unit.
    if factor.most and suffix != "Cou":
        before, after = factor.most
        if abs(number.digits) >= 10 ** (before + number.places) or number.places > after:
            yield Note("number_digits", at)


def _mean(code: str, numbers: dict[str, Decimal10 | None]) -> Iterator[Note]:
    for zs in ("", "Zs"):
        low, mean, high = (numbers.get(f"{zs}{name}") for name in ("Min", "Avg", "Max"))
        if mean and ((low and _above(low, mean)) or (high and _above(mean, high))):
            yield Note("min_avg_max", code)


def _above(one: Decimal10, other: Decimal10) -> bool:
    places = max(one.places, other.places)
    return scaled(one, 10**places) > scaled(other, 10**places)


def _data_flag(
    message: Message,
    code: str,
    values: dict[str, str],
    numbers: dict[str, Decimal10 | None],
    factor: ProtocolFactor | None,
) -> Iterator[Note]:
    flag = values.get("Flag")
    own, other = FLAGS_2017, FLAGS_2005
    if message.version == 2005:
        own, other = other, own
    if not flag:
        yield Note("no_data_flag", code)
    elif flag not in own:
        yield Note("data_flag_version" if flag in other else "data_flag_unknown", code)
    flows = [numbers[suffix] for suffix in ("Rtd", "Avg") if suffix in numbers]
    if factor and factor.measures is FactorKind.FLOW and (flag or NORMAL) == NORMAL:
        yield from (
            Note("zero_flow_normal", code) for number in flows if number and not number.digits
        )
