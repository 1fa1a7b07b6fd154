"""Notices about an imported table: matches, prices and exclusions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from permits.quantity import MG_PER_T, fmt_t
from scenarios.planning.importers.epa_inventory import T_PER_SHORT_TON, Inventory
from scenarios.planning.importers.epa_match import Option
from scenarios.planning.importers.epa_measures import MeasureSet
from scenarios.planning.importers.epa_prices import Prices, beside_deflator
from scenarios.text import t


@dataclass(frozen=True, slots=True)
class UnmatchedPairs:
    """Pairs of source and measure that are left out of the table."""

    no_cost: tuple[tuple[str, str], ...]
    no_gain: tuple[tuple[str, str], ...]


def about_matches(
    inventory: Inventory,
    known: MeasureSet,
    options: Sequence[Option],
    asked: Collection[str],
    kinds: Collection[str],
) -> Iterator[str]:
    """Number of records with a measure, and of measures of other classes.

    Args:
        inventory: the records.
        known: the control-measure set.
        options: the result of `match`.
        asked: pollutants of the table, as the files spell them.
        kinds: classes of measures in use; empty for all.
    """
    rows = [row for row in inventory.rows if row.pollutant in asked]
    reached = {(o.row.source, o.row.pollutant) for o in options if o.row.pollutant in asked}
    yield t(
        "{reached} of {rows} inventory records have an applicable measure",
        reached=len(reached),
        rows=len(rows),
    )
    wanted = {kind.lower() for kind in kinds}
    others = [m.code for m in known.measures.values() if m.kind.lower() not in wanted]
    if kinds and others:
        yield t(
            "measures of the classes {kinds}; of other classes, left out: {n}",
            kinds=", ".join(kinds),
            n=len(others),
        )


def about_classes(inventory: Inventory, known: MeasureSet) -> Iterator[str]:
    """Source classes that no measure lists, with their tonnes by pollutant."""
    lost = [row for row in inventory.rows if not known.by_scc.get(row.scc)]
    yield t(
        "{matched} of {rows} records have a class that one or more of the {measures} measures list",
        matched=len(inventory.rows) - len(lost),
        rows=len(inventory.rows),
        measures=len(known.measures),
    )
    tonnes: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in lost:
        tonnes[row.scc, row.pollutant] += row.tons * T_PER_SHORT_TON
    for (scc, pollutant), total in sorted(tonnes.items()):
        yield t(
            "no measure lists the class {scc}: {total} t of {pollutant}",
            scc=scc,
            total=f"{total:,.3f}" if total >= 1 else fmt_t(int(total * MG_PER_T)),
            pollutant=pollutant,
        )


def about_left_out(left_out: UnmatchedPairs, known: MeasureSet) -> Iterator[str]:
    """Number of pairs left out, by reason."""
    if left_out.no_cost:
        by_equation = {code for code, _ in known.equations}
        yield t(
            "pairs of source and measure left out without a cost per ton: {n} (with a cost "
            "equation, which is not supported: {equations})",
            n=len(left_out.no_cost),
            equations=sum(code in by_equation for _, code in left_out.no_cost),
        )
    if left_out.no_gain:
        yield t(
            "pairs of source and measure left out because they remove nothing beyond the existing "
            "control: {n}",
            n=len(left_out.no_gain),
        )


def about_prices(
    prices: Prices, options: Sequence[Option], yuan_per_usd: Decimal | None
) -> Iterator[str]:
    """The currency and price year of costs, and how they were converted.

    Args:
        prices: the price factors.
        options: the result of `match`.
        yuan_per_usd: exchange rate (None: costs stay in dollars).
    """
    year = prices.year
    if year is None:
        yield t("costs in dollars by the price factors of {file}", file=prices.source)
    else:
        yield t("costs in dollars of {year}, by {file}", year=year, file=prices.source)
    if yuan_per_usd is not None:
        yield t("converted to yuan at {rate} yuan per dollar", rate=yuan_per_usd)
    negative = {
        (o.row.source, o.measure.code)
        for o in options
        if o.cost_usd is not None and o.cost_usd < 0 < o.gained_tons
    }
    if negative:
        yield t("pairs of source and measure with a negative cost: {n}", n=len(negative))
    if prices.from_file:
        yield from beside_deflator(prices, _cost_years(options))


def _cost_years(options: Sequence[Option]) -> list[int]:
    return sorted(
        {
            o.record.cost_year
            for o in options
            if o.record.cost_year is not None and o.cost_usd is not None
        }
    )
