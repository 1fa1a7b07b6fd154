"""Conditions as people write them: `VOC=42000`, `VOC=16%`, `sector=coating:VOC=20%`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pydantic_core import PydanticCustomError

from permits.errors import InputError, RightsError
from scenarios.definition.plan_inputs import MEASURE, SOURCE, Kind, PlanCondition, PlanInputs
from scenarios.definition.sourced import Amount, parse_amount
from scenarios.intake.meant import Titles, column_meant, meant

FULL_WIDTH = str.maketrans("：＝，％", ":=,%", "\u200b\u200c\u200d\u2060\ufeff\u00ad")
"""Full-width signs that part a condition, and invisible ones that come with copied names.

Other full-width signs stay, since names hold them; numbers are read by `parse_amount`."""
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
    group = {}
    for part in head.split(",") if colon else []:
        column, sign, value = part.partition("=")
        if not sign or not column.strip() or not value.strip():
            raise _bad(kind, where)
        group[column_meant(column.strip())] = value.strip()
    return PlanCondition(text, kind, pollutant.strip(), _amount(amount.strip(), where), group)


def in_ids(condition: PlanCondition, inputs: PlanInputs, titles: Titles) -> PlanCondition:
    """The condition with ids for names that people know: `行业=涂装` is `sector=coating`.

    Args:
        condition: as written; its name stays.
        inputs: sources and measures, whose ids are known.
        titles: names of ids for people.
    """
    group = {
        column: meant(value, _values(inputs, column), titles)
        for column, value in condition.group.items()
    }
    pollutant = meant(condition.pollutant, inputs.pollutants, titles)
    return replace(condition, pollutant=pollutant, group=group)


def _values(inputs: PlanInputs, column: str) -> Iterable[str]:
    """Every value of a column of sources, or every measure or source."""
    if column == MEASURE:
        return (measure.name for measure in inputs.measures)
    if column == SOURCE:
        return (source.id for source in inputs.sources)
    return (source.labels.get(column, source.firm) for source in inputs.sources)


def _amount(text: str, where: str) -> Amount:
    try:
        return parse_amount(text)
    except RightsError as error:
        error.where = where
        raise
    except PydanticCustomError as error:
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
