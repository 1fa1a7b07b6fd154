"""Rows of the table of materials: use, VOC content, destination."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from permits.card.state import MONTHS
from permits.errors import InputError, ManyErrors, RightsError
from permits.meter.material_balance import Balance
from permits.meter.solvent import Destruction, Stock, Use, balance_of
from permits.metering.hour_tables import END_YEAR, FIRST_YEAR
from permits.quantity import fmt_t
from scenarios.intake.cells import TableInput
from scenarios.intake.columns import Row
from scenarios.intake.fields import (
    BOUGHT,
    CAPTURE,
    CLOSING,
    DESTROYED,
    DESTRUCTION,
    FIRM,
    IN_PRODUCT,
    IN_WASTE,
    MATERIAL,
    MONTH_COLUMN,
    OPENING,
    POLLUTANT,
    RECOVERED,
    USED,
    VOC_CONTENT,
)
from scenarios.intake.tables import raise_all, read_table

FIELDS = (
    FIRM,
    MONTH_COLUMN,
    MATERIAL,
    VOC_CONTENT,
    POLLUTANT.but(required=False),
    USED.but(required=False, blank=True),
    OPENING.but(required=False, blank=True),
    BOUGHT.but(required=False, blank=True),
    CLOSING.but(required=False, blank=True),
    RECOVERED.but(required=False, blank=True),
    IN_WASTE.but(required=False, blank=True),
    IN_PRODUCT.but(required=False, blank=True),
    DESTROYED.but(required=False, blank=True),
    CAPTURE.but(required=False, blank=True),
    DESTRUCTION.but(required=False, blank=True),
)
STOCK = ("opening_t", "bought_t", "closing_t")
VOC = "VOC"
MONTH = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?(?:[-/.](\d{1,2})(?:[ T][\d:.]*)?)?")


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """One row: a material of a firm's month, its balance, its stock if it was stated."""

    pollutant: str
    use: Use
    balance: Balance
    stock: Stock | None
    where: str


def read_materials(path: TableInput) -> tuple[tuple[MaterialRow, ...], list[str]]:
    """The rows of a table of materials, in its order, and notices about the file.

    Raises: ManyErrors with every mistake of every row.
    """
    table = read_table(path, FIELDS)
    rows: list[MaterialRow] = []
    mistakes: list[RightsError] = []
    for row in table.rows:
        try:
            rows.append(_material(row))
        except ManyErrors as error:
            mistakes += error.errors
        except RightsError as error:
            # The core's error names firm and month; people look for the row.
            if not error.where.startswith(row.where):
                error.where = row.where
            mistakes.append(error)
    raise_all(mistakes)
    return tuple(rows), list(table.notices)


def parse_month(text: str, where: str) -> date:
    """The first day of a month written `2017-03`, `2017/3`, `201703`, `2017年3月`, or a date in it.

    Raises: InputError for anything else.
    """
    found = MONTH.fullmatch(text.strip())
    year, month = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (FIRST_YEAR <= year < END_YEAR and 1 <= month <= MONTHS):
        raise InputError(
            "materials.month",
            "{said!r} is not a month from 1970 to 2099",
            where=f"{where}, column month",
            mend="write it as 2017-03",
            said=text,
        )
    return date(year, month, 1)


def _material(row: Row) -> MaterialRow:
    values = row.values
    stock = _stock(values, row.where)
    use = Use(
        values["firm"],
        parse_month(values["month"], row.where),
        values["material"],
        _used_mg(values, stock, row.where),
        values["voc_content"],
        values["recovered_t"] or 0,
        values["in_waste_t"] or 0,
        values["in_product_t"] or 0,
        _destroyed(values, row.where),
    )
    return MaterialRow(values["pollutant"] or VOC, use, balance_of(use), stock, row.where)


def _stock(values: Mapping[str, Any], where: str) -> Stock | None:
    given = [name for name in STOCK if values[name] is not None]
    if not given:
        return None
    if len(given) < len(STOCK):
        raise InputError(
            "materials.stock",
            "a stock needs opening_t, bought_t and closing_t, but the row has only {given}",
            where=where,
            mend="fill in all three (0 where there is none), or give only used_t",
            given=", ".join(given),
        )
    return Stock(*(values[name] for name in STOCK))


def _used_mg(values: Mapping[str, Any], stock: Stock | None, where: str) -> int:
    stated = values["used_t"]
    if stock is None and stated is None:
        raise InputError(
            "materials.used",
            "the row does not state how much was used",
            where=where,
            mend="give used_t, or opening_t, bought_t and closing_t; 0 where nothing was used",
        )
    if stock is None:
        return int(stated)
    used = stock.used_mg(where=where)
    # Both stated must agree exactly: preferring one of them would be a guess.
    if stated is not None and stated != used:
        raise InputError(
            "materials.used_differs",
            "used_t is {stated} t, but the stock gives a use of {used} t",
            where=where,
            mend="correct the wrong one, or leave used_t empty",
            stated=fmt_t(stated),
            used=fmt_t(used),
        )
    return used


def _destroyed(values: Mapping[str, Any], where: str) -> int | Destruction:
    mass, shares = values["destroyed_t"], (values["capture"], values["destruction"])
    stated = [share for share in shares if share is not None]
    # Never both: the mass and the shares would rarely agree.
    if mass is not None and stated:
        raise InputError(
            "materials.destroyed_twice",
            "the row states the destroyed amount both as a mass and as shares",
            where=where,
            mend="leave destroyed_t empty, or capture and destruction",
        )
    if len(stated) == 1:
        raise InputError(
            "materials.shares",
            "capture and destruction belong together, but one is empty",
            where=where,
            mend=(
                "fill in both: the share that reaches the device, and the share of that "
                "which it destroys"
            ),
        )
    return Destruction(*shares) if stated else mass or 0
