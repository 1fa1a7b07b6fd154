"""Conditions as people write them: `VOC=42000`, `sector=coating:VOC=20%`, `规模<25:VOC=0`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from permits.errors import InputError, RightsError
from permits.quantity import plain_number
from scenarios.definition.amounts import Amount, parse_amount
from scenarios.definition.plan_inputs import (
    MEASURE,
    SOURCE,
    Kind,
    NumberBound,
    PlanCondition,
    PlanInputs,
)
from scenarios.intake.meant import Titles, column_meant, meant

FULL_WIDTH = str.maketrans(
    {"：": ":", "＝": "=", "，": ",", "％": "%", "＜": "<", "＞": ">", "≤": "<=", "≥": ">="}
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad")
)
"""Signs as Chinese keyboards type them, and invisible ones that come with copied names.

Other full-width signs stay, since names hold them; numbers are read by `parse_amount`."""
IN_CHINESE = {"output": "产值"}
"""Columns beyond those of a measures table that conditions may call in either language."""
IN_ENGLISH = {chinese: english for english, chinese in IN_CHINESE.items()}
PART = re.compile(r"(?P<column>[^=<>]+)(?P<sign><=|>=|<|>|=)(?P<value>.+)")
"""What selects sources: a column with its value, or with a bound on its numbers."""
FORMS = {
    "target": "VOC=42000 or VOC=16%",
    "min": '"sector=coating:VOC=20%"',
    "max": '"city=Hangzhou:VOC=5000"',
    "cap": '"city=Hangzhou:VOC=30000"',
}


def parse_condition(kind: Kind, text: str) -> PlanCondition:
    """Parse a condition from its option's text; columns are named in English or Chinese.

    Raises: InputError that names the option and its form.
    """
    where = f"--{kind} {text}"
    text = text.translate(FULL_WIDTH)
    head, colon, tail = text.rpartition(":")
    pollutant, equals, amount = (tail if colon else text).partition("=")
    if not equals or not pollutant.strip() or not amount.strip():
        raise _bad(kind, where)
    group: dict[str, str] = {}
    bounds: list[NumberBound] = []
    for part in head.split(",") if colon else []:
        found = PART.fullmatch(part.strip())
        if found is None or not found["column"].strip() or not found["value"].strip():
            raise _bad(kind, where)
        column, value = column_meant(found["column"].strip()), found["value"].strip()
        if found["sign"] == "=":
            group[column] = value
        else:
            bounds.append(NumberBound(column, found["sign"], _bound(value, where)))
    mass = _amount(amount.strip(), where)
    return PlanCondition(text, kind, pollutant.strip(), mass, group, tuple(bounds))


def in_order(conditions: Iterable[PlanCondition]) -> tuple[PlanCondition, ...]:
    """Conditions in an order of their own, so that the order of options decides nothing."""
    kinds = list(FORMS)
    return tuple(
        sorted(
            conditions,
            key=lambda one: (kinds.index(one.kind), one.pollutant, sorted(one.group.items()),
                             one.name),
        )
    )  # fmt: skip


def in_ids(condition: PlanCondition, inputs: PlanInputs, titles: Titles) -> PlanCondition:
    """The condition with ids for names that people know: `行业=涂装` is `sector=coating`.

    Args:
        condition: as written; its name stays.
        inputs: sources and measures, whose ids are known.
        titles: names of ids for people.
    """
    group = {
        _own(column, inputs): meant(value, _values(inputs, _own(column, inputs)), titles)
        for column, value in condition.group.items()
    }
    bounds = tuple(replace(one, column=_own(one.column, inputs)) for one in condition.bounds)
    pollutant = meant(condition.pollutant, inputs.pollutants, titles)
    return replace(condition, pollutant=pollutant, group=group, bounds=bounds)


def _own(column: str, inputs: PlanInputs) -> str:
    """The column as the table calls it, where that has it in the other language."""
    other = IN_CHINESE.get(column) or IN_ENGLISH.get(column, column)
    known = inputs.sources.labels
    return other if column not in known and other in known else column


def _values(inputs: PlanInputs, column: str) -> Iterable[str]:
    """Every value of a column of sources, or every measure or source."""
    if column == MEASURE:
        return inputs.measures.name.names
    if column == SOURCE:
        return inputs.sources.ids
    return inputs.sources.labels.get(column, inputs.sources.firm).names


def _bound(text: str, where: str) -> Decimal:
    number = plain_number(text, where=where)
    if number is None:
        raise InputError(
            "condition.bound",
            "{said!r} is not a number",
            where=where,
            mend='write for example "size<25:VOC=20%"',
            said=text,
        )
    return number


def _amount(text: str, where: str) -> Amount:
    try:
        return parse_amount(text)
    except RightsError as error:
        error.where = where
        raise
    except ValueError as error:  # pydantic's, which is not loaded for a measures table
        raise InputError(
            "condition.percent",
            "{said} is not a percentage from 0 to 100",
            where=where,
            mend="write for example 16%",
            said=text,
        ) from error


def _bad(kind: str, where: str) -> InputError:
    return InputError(
        "condition.form",
        "the condition does not have a valid form",
        where=where,
        mend="write for example --{kind} {form}",
        kind=kind,
        form=FORMS[kind],
    )
