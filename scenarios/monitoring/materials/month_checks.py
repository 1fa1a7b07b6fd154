"""Checks between rows: no month missing or double, stocks match, months close."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from permits.card.state import MONTHS
from permits.errors import InputError, RightsError
from permits.meter.material_balance import Balance, mass_mg
from permits.meter.solvent import add_balances
from permits.quantity import fmt_t
from scenarios.intake.tables import raise_all
from scenarios.monitoring.materials.materials_table import MaterialRow
from scenarios.text import t


class FirmMonth(NamedTuple):
    """A firm's month for one pollutant: the sum of its materials, and the emission."""

    firm: str
    pollutant: str
    begins: date
    balance: Balance
    emitted_mg: int


def close_months(rows: Sequence[MaterialRow]) -> tuple[tuple[FirmMonth, ...], list[str]]:
    """The months of every firm and pollutant in order, and notices about them.

    Raises: ManyErrors with every month that is missing, double or does not close, and
        every stock that does not match the previous month.
    """
    # Before any sum: a double or missing row would show as a month that does not close.
    raise_all([*_doubles(rows), *_gaps(rows), *_stocks(rows)])
    months: list[FirmMonth] = []
    mistakes: list[RightsError] = []
    for (firm, pollutant, begins), own in sorted(_by_month(rows).items()):
        balance = add_balances([row.balance for row in own])
        try:
            months.append(FirmMonth(firm, pollutant, begins, balance, mass_mg(balance)))
        except RightsError as error:
            mistakes.append(_does_not_close(balance, own, error))
    raise_all(mistakes)
    return tuple(months), list(_mixed(rows))


def _by_month(rows: Sequence[MaterialRow]) -> dict[tuple[str, str, date], list[MaterialRow]]:
    found = defaultdict(list)
    for row in rows:
        found[row.use.firm, row.pollutant, row.use.begins].append(row)
    return found


def _doubles(rows: Sequence[MaterialRow]) -> Iterator[RightsError]:
    seen: dict[tuple[str, str, date, str], str] = {}
    for row in rows:
        use = row.use
        first = seen.setdefault((use.firm, row.pollutant, use.begins, use.material), row.where)
        if first != row.where:
            yield InputError(
                "materials.double",
                "{material} of {firm} appears twice for {month}; the first is {first}",
                where=row.where,
                mend="add the two rows together, or remove one",
                material=use.material,
                firm=use.firm,
                month=_said(use.begins),
                first=first,
            )


def _gaps(rows: Sequence[MaterialRow]) -> Iterator[RightsError]:
    """Months without a row between a firm's first and last."""
    found: dict[tuple[str, str], dict[date, str]] = defaultdict(dict)
    for row in rows:
        found[row.use.firm, row.pollutant].setdefault(row.use.begins, row.where)
    for (firm, _), own in sorted(found.items()):
        for before, after in pairwise(sorted(own)):
            if after != _next(before):
                yield InputError(
                    "materials.gap",
                    "{firm} has no row from {first} to {last}",
                    where=own[after],
                    mend="add each month; a month without use is a row with used_t 0",
                    firm=firm,
                    first=_said(_next(before)),
                    last=_said(_before(after)),
                )


def _stocks(rows: Sequence[MaterialRow]) -> Iterator[RightsError]:
    """Opening stocks that are not the closing stock of the month before."""
    stocks = {
        (row.use.firm, row.pollutant, row.use.material, row.use.begins): row.stock
        for row in rows
        if row.stock is not None
    }
    for row in rows:
        use = row.use
        key = (use.firm, row.pollutant, use.material, _before(use.begins))
        # A first month, or one with used_t only, has no closing stock to compare with.
        if row.stock is None or key not in stocks:
            continue
        if stocks[key].closing_mg != row.stock.opening_mg:
            yield InputError(
                "materials.stock_break",
                "{material} opens with {opening} t, but the previous month closed with {closing} t",
                where=row.where,
                mend="book the difference as bought or used in the month where it arose",
                material=use.material,
                opening=fmt_t(row.stock.opening_mg),
                closing=fmt_t(stocks[key].closing_mg),
            )


def _does_not_close(
    balance: Balance, own: Sequence[MaterialRow], error: RightsError
) -> RightsError:
    """The error of a month with more VOC out than in, with its rows."""
    out = balance.recovered_mg + balance.in_waste_mg + balance.destroyed_mg
    assert error.code == "meter.balance"
    return InputError(
        "materials.out_of_nothing",
        "in {month}, {firm} recovered, wasted, shipped or destroyed {out} t of VOC, but only "
        "{came} t came in",
        where=", ".join(row.where for row in own[:3]) + (", …" if len(own) > 3 else ""),
        mend=(
            "check units and contents: recovered_t, in_waste_t, in_product_t and destroyed_t "
            "count VOC only"
        ),
        month=_said(balance.begins),
        firm=balance.firm,
        out=fmt_t(out),
        came=fmt_t(balance.solvent_in_mg),
    )


def _mixed(rows: Sequence[MaterialRow]) -> Iterator[str]:
    """Rows that book more out than came in with their own material."""
    for row in rows:
        b = row.balance
        if b.recovered_mg + b.in_waste_mg + b.destroyed_mg > b.solvent_in_mg:
            yield t(
                "{where}: more VOC leaves with {material} than came in with it; it is "
                "attributed to several materials, since the monthly balance closes",
                where=row.where,
                material=row.use.material,
            )


def _next(month: date) -> date:
    return month.replace(year=month.year + month.month // MONTHS, month=month.month % MONTHS + 1)


def _before(month: date) -> date:
    if month.month == 1:
        return month.replace(year=month.year - 1, month=MONTHS)
    return month.replace(month=month.month - 1)


def _said(month: date) -> str:
    return f"{month:%Y-%m}"
