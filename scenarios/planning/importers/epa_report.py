"""What the reader of an imported table should know: matches, prices, what was left out."""

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
class LeftOut:
    """Pairs of source and measure that the table does not hold."""

    no_cost: tuple[tuple[str, str], ...]
    no_gain: tuple[tuple[str, str], ...]


def about_matches(
    inventory: Inventory,
    known: MeasureSet,
    options: Sequence[Option],
    asked: Collection[str],
    kinds: Collection[str],
) -> Iterator[str]:
    rows = [row for row in inventory.rows if row.pollutant in asked]
    reached = {(o.row.source, o.row.pollutant) for o in options if o.row.pollutant in asked}
    yield t(
        "{reached} of {rows} inventory records have a measure that fits",
        reached=len(reached),
        rows=len(rows),
    )
    wanted = {kind.lower() for kind in kinds}
    others = [m.code for m in known.measures.values() if m.kind.lower() not in wanted]
    if kinds and others:
        yield t(
            "measures of the classes {kinds}; {n} measures of other classes are left out",
            kinds=", ".join(kinds),
            n=len(others),
        )


def about_classes(inventory: Inventory, known: MeasureSet) -> Iterator[str]:
    """Records whose class no measure lists, with their tonnes by class and pollutant."""
    lost = [row for row in inventory.rows if not known.by_scc.get(row.scc)]
    yield t(
        "{matched} of {rows} records are of a class that some of the {measures} measures lists",
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


def about_left_out(left_out: LeftOut, known: MeasureSet) -> Iterator[str]:
    if left_out.no_cost:
        by_equation = {code for code, _ in known.equations}
        yield t(
            "{n} pairs of source and measure are left out for want of a cost per ton "
            "({equations} of them have a cost equation, which is not read)",
            n=len(left_out.no_cost),
            equations=sum(code in by_equation for _, code in left_out.no_cost),
        )
    if left_out.no_gain:
        yield t(
            "{n} pairs of source and measure are left out since they would remove nothing beyond "
            "what is removed already",
            n=len(left_out.no_gain),
        )


def about_prices(
    prices: Prices, options: Sequence[Option], yuan_per_usd: Decimal | None
) -> Iterator[str]:
    year = prices.year
    if year is None:
        yield t("costs in dollars by the price factors of {file}", file=prices.source)
    else:
        yield t("costs in dollars of {year}, by {file}", year=year, file=prices.source)
    if yuan_per_usd is not None:
        yield t("turned into yuan at {rate} yuan per dollar", rate=yuan_per_usd)
    negative = {
        (o.row.source, o.measure.code)
        for o in options
        if o.cost_usd is not None and o.cost_usd < 0 < o.gained_tons
    }
    if negative:
        yield t("{n} pairs of source and measure have a cost below zero", n=len(negative))
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
