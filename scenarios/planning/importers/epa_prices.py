"""Conversion of dollars between years: by a file of factors, or the shipped deflator."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from permits.errors import InputError, RightsError
from scenarios.planning.importers.epa_records import (
    Cells,
    decode,
    raise_all,
    read_records,
    require_columns,
)
from scenarios.text import t

DEFLATOR = Path(__file__).parents[2] / "files" / "data" / "us-gdp-deflator.csv"


@dataclass(frozen=True, slots=True)
class Prices:
    """Price factors: what a dollar of each cost year is multiplied by.

    `year` is the price year of the result; None where a file of factors does not state it.
    """

    factors: Mapping[int, Decimal]
    year: int | None
    source: str
    from_file: bool = False  # given by the user, not by the shipped deflator

    def factor(self, cost_year: int) -> Decimal:
        """The factor of a cost year.

        Raises: InputError if there is none.
        """
        if cost_year not in self.factors:
            raise InputError(
                "epa.no_factor",
                "there is no price factor for dollars of {year}",
                where=self.source,
                mend="add a line for that year; available: {known}",
                year=cost_year,
                known=", ".join(str(year) for year in sorted(self.factors)),
            )
        return self.factors[cost_year]


def load_prices(path: Path, year: int | None = None) -> Prices:
    """Read price factors: a table of `cost_year` and `factor`; lines with `#` are remarks.

    Args:
        path: the file.
        year: price year to which the factors convert; default: that of the remark
            `# price_year 2000`, if there is one.
    Raises: ManyErrors for missing columns, an invalid year or number, a year twice, a
        factor that is not above zero; InputError for a missing file.
    """
    file = read_records(path)
    mistakes: list[RightsError] = []
    require_columns(file, ("costyear", "factor"), mistakes)
    raise_all(mistakes)
    factors: dict[int, Decimal] = {}
    for record in file.records:
        cells = Cells(record, mistakes)
        cost_year, factor = cells.number("costyear"), cells.number("factor")
        good = cost_year is not None and cost_year == int(cost_year) and int(cost_year) > 0
        if cost_year is None or not good or factor is None or factor <= 0:
            cells.tell(
                InputError(
                    "epa.factor",
                    "a price factor needs a year and a number above zero",
                    where=cells.where,
                    mend="write for example 1990,1.38",
                )
            )
        elif int(cost_year) in factors:
            cells.tell(
                InputError(
                    "epa.factor_twice",
                    "the year {year} is listed twice",
                    where=cells.where,
                    mend="leave one of the lines out",
                    year=int(cost_year),
                )
            )
        else:
            factors[int(cost_year)] = factor
    if not file.records:
        mistakes.append(
            InputError(
                "epa.empty",
                "the file has no records",
                where=file.name,
                mend="put at least one record below the header",
            )
        )
    raise_all(mistakes)
    return Prices(factors, year or _stated_year(path), path.name, from_file=True)


def _stated_year(path: Path) -> int | None:
    text, _ = decode(path)
    stated = re.search(r"^\s*#\s*price_year[\s=:]+(\d{4})\b", text, re.IGNORECASE | re.MULTILINE)
    return int(stated[1]) if stated else None


def deflated_to(year: int) -> Prices:
    """Factors to dollars of `year` by the shipped deflator of US gross domestic product.

    Raises: InputError if the deflator does not contain that year.
    Source: [EPA-CMDB], implicit price deflator, 2012 = 100.
    """
    index = _deflator()
    if year not in index:
        raise InputError(
            "epa.price_year",
            "the shipped deflator has no year {year}",
            where=DEFLATOR.name,
            mend="choose a year from {first} to {last}, or give price factors",
            year=year,
            first=min(index),
            last=max(index),
        )
    return Prices({y: index[year] / value for y, value in index.items()}, year, DEFLATOR.name)


def beside_deflator(given: Prices, cost_years: Iterable[int]) -> list[str]:
    """Compare factors from a file with the shipped deflator: one notice per cost year.

    Without a price year only price changes between cost years can be compared: then each
    is compared with the latest of them.
    """
    years = sorted(set(cost_years) & set(given.factors) & set(_deflator()))
    if not years:
        return []
    last = years[-1]
    ours = deflated_to(given.year or last)
    # Without a price year the level of the factors is unknown; only ratios can be compared.
    scale = Decimal(1) if given.year else given.factors[last]
    told = []
    for year in years if given.year else years[:-1]:
        theirs, by_deflator = given.factors[year] / scale, ours.factor(year)
        told.append(
            t(
                "dollars of {year} to dollars of {to}: × {theirs} by {file}, × {ours} by the "
                "shipped deflator, {difference} %",
                year=year,
                to=given.year or last,
                theirs=f"{theirs:.6f}",
                file=given.source,
                ours=f"{by_deflator:.6f}",
                difference=f"{(theirs / by_deflator - 1) * 100:+.2f}",
            )
        )
    return told


@cache
def _deflator() -> Mapping[int, Decimal]:
    with DEFLATOR.open(encoding="utf-8", newline="") as file:
        return {int(row["year"]): Decimal(row["deflator_2012_100"]) for row in csv.DictReader(file)}
