"""Conversion of costs in dollars or yuan of any year into yuan of one year."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np

from optimize.problem import IntArray
from permits.errors import InputError, RightsError
from scenarios.intake.tables import raise_all
from scenarios.text import t

FILES = Path(__file__).parents[1] / "files" / "data"
YUAN, DOLLAR = "CNY", "USD"
SAID = {
    **dict.fromkeys(("", "cny", "rmb", "yuan", "元", "人民币"), YUAN),
    **dict.fromkeys(("usd", "us$", "$", "dollar", "dollars", "美元"), DOLLAR),
}
"""Currencies as people write them, in lower case; an empty cell is yuan."""
TEXTS = {"published": "published", "assumed": "assumed"}


@dataclass(frozen=True, slots=True)
class Converted:
    """Costs in yuan of `price_year`; None where no row states a year and all are yuan."""

    cost_fen: IntArray  # (N,)
    price_year: int | None
    notices: tuple[str, ...]


def in_yuan(
    cost: IntArray,
    currency: Sequence[str],
    year: Sequence[int | None],
    *,
    price_year: int | None = None,
    where: Callable[[int], str] = lambda n: f"row {n + 1}",
) -> Converted:
    """Convert costs to fen of one year, with a notice for every rate used.

    Dollars are converted to dollars of the year by the US deflator, then to yuan at that
    year's mean exchange rate; yuan by China's consumer prices. Yuan without a year stay as
    they are. Rounded half to even.

    Args:
        cost: (N,) in hundredths of each row's currency: fen or cents.
        currency: (N,) as written: CNY, yuan, 元, USD, 美元, or nothing for yuan.
        year: (N,) price year of each cost; None where it is not stated.
        price_year: price year of the result; default: the latest year that a row states.
        where: names row n in errors.
    Raises: ManyErrors, one for each pair of currency and year that cannot be converted to
        yuan: an unknown currency, dollars without a year, a year without a rate.
    Source: [EPA-CMDB], deflator; [NBS-Yearbook], exchange rates and consumer prices.
    """
    pairs: dict[tuple[str, int | None], int] = {}
    numbers = [pairs.setdefault(pair, len(pairs)) for pair in zip(currency, year, strict=True)]
    pair_of = np.array(numbers, dtype=np.int64)
    to = price_year or max((y for _, y in pairs if y is not None), default=None)
    found, notices, mistakes = cost.copy(), [], []
    for (said, stated), n in pairs.items():
        rows = np.flatnonzero(pair_of == n)
        try:
            factor, notice = _factor(said, stated, to, len(rows))
        except RightsError as error:
            error.where = where(int(rows[0]))
            mistakes.append(error)
            continue
        if factor != 1:
            found[rows] = np.rint(cost[rows] * float(factor)).astype(np.int64)
        notices += notice
    raise_all(mistakes)
    return Converted(found, to, tuple(dict.fromkeys(notices)))


def _factor(said: str, year: int | None, to: int | None, count: int) -> tuple[Decimal, list[str]]:
    """The factor from a currency and year to yuan of `to`, and its notices."""
    currency = SAID.get(said.strip().lower())
    if currency is None:
        raise InputError(
            "prices.currency",
            "no exchange rates are available for the currency {currency!r}",
            mend="give the costs in CNY or USD",
            currency=said,
        )
    if currency == DOLLAR:
        return _from_dollars(year, to, count)
    if to is None or year == to:
        return Decimal(1), []
    if year is None:
        return Decimal(1), [
            t("costs in yuan without a price year, taken as yuan of {to}: {n}", n=count, to=to)
        ]
    factor = _consumer_prices(to) / _consumer_prices(year)
    return factor, [
        t(
            "costs converted from yuan of {year} to yuan of {to}: {n}, × {factor} by China's "
            "consumer prices ({status})",
            n=count,
            year=year,
            to=to,
            factor=f"{factor:.6f}",
            status=t(TEXTS[_rates_of(to)["status"]]),
        )
    ]


def _from_dollars(year: int | None, to: int | None, count: int) -> tuple[Decimal, list[str]]:
    if year is None or to is None:
        raise InputError(
            "prices.no_year",
            "costs in dollars state no price year",
            mend="fill in the column price_year, for example 2010",
        )
    deflator = _deflator()
    for wanted in (year, to):
        if wanted not in deflator:
            raise _no_rate(wanted, sorted(deflator))
    index = deflator[to] / deflator[year]
    rate = Decimal(_rates_of(to)["yuan_per_100_usd"]) / 100
    return index * rate, [
        t(
            "costs converted from dollars of {year} to yuan of {to}: {n}, × {index} by the US "
            "deflator ({published}) × {rate} yuan per dollar in {to} ({status})",
            n=count,
            year=year,
            to=to,
            index=f"{index:.6f}",
            rate=f"{rate:.4f}",
            published=t(TEXTS["published"]),
            status=t(TEXTS[_rates_of(to)["status"]]),
        )
    ]


def _consumer_prices(year: int) -> Decimal:
    """The consumer price index, first year of the file = 1."""
    _rates_of(year)
    # The yearbook prints each year against the one before, so the index is their product.
    index, rates = Decimal(1), _yuan_rates()
    for passed in range(min(rates) + 1, year + 1):
        index *= Decimal(rates[passed]["consumer_prices_previous_year_100"]) / 100
    return index


def _rates_of(year: int) -> Mapping[str, str]:
    rates = _yuan_rates()
    if year not in rates:
        raise _no_rate(year, sorted(rates))
    return rates[year]


def _no_rate(year: int, known: Sequence[int]) -> InputError:
    return InputError(
        "prices.no_rate",
        "no rate is available for money of {year}",
        mend="choose a price year from {first} to {last}, or give the costs in yuan of such a year",
        year=year,
        first=known[0],
        last=known[-1],
    )


@cache
def _deflator() -> Mapping[int, Decimal]:
    rows = _read(FILES / "us-gdp-deflator.csv")
    return {year: Decimal(row["deflator_2012_100"]) for year, row in rows.items()}


@cache
def _yuan_rates() -> Mapping[int, Mapping[str, str]]:
    return _read(FILES / "yuan-prices.csv")


def _read(path: Path) -> dict[int, Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {int(row["year"]): row for row in csv.DictReader(file)}
