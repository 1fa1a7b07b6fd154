"""Matching of EPA measures to sources: reduction and cost of each measure that applies.

The rules are those of EPA's Control Strategy Tool, chapters 3 and 4 of its guide
[EPA-CMDB]:

* a measure applies to a source whose class (SCC) it lists, to the digit;
* of its records those count that are for the pollutant, for the county, its state or
  everywhere, for the uncontrolled emission, and in force on the day of the analysis;
* the most local record counts (county, then state, then everywhere), then the latest;
* uncontrolled emission = inventory / (1 - existing), and a replacement gains only what
  it removes beyond the old device: uncontrolled × share - (uncontrolled - inventory);
* a record for sources with a given existing measure or device is an addition to it: it
  removes its share of the remaining emission;
* cost = tons gained × dollars per short ton × price factor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from scenarios.planning.importers.epa_inventory import Inventory, InventoryRow
from scenarios.planning.importers.epa_measures import Efficiency, Measure, MeasureSet
from scenarios.planning.importers.epa_prices import Prices

USUAL_KINDS = ("Known", "Emerging")


@dataclass(frozen=True, slots=True)
class Option:
    """A measure on one pollutant of one source. Tons are short tons a year."""

    row: InventoryRow
    measure: Measure
    record: Efficiency
    gained_tons: Decimal  # negative where the old device was better
    cost_usd: Decimal | None  # a year, in dollars of the price year; None where unknown

    @property
    def effective_share(self) -> Decimal:
        """The gain as a share of the current emission."""
        return self.gained_tons / self.row.tons if self.row.tons else Decimal(0)


def match(
    inventory: Inventory,
    measures: MeasureSet,
    prices: Prices,
    *,
    on: date,
    kinds: Collection[str] = USUAL_KINDS,
    only: Collection[str] = (),
) -> tuple[Option, ...]:
    """Every measure that applies to each row of the inventory, in the order of the rows.

    Args:
        inventory: the sources.
        measures: the control-measure set.
        prices: factors to dollars of the price year.
        on: day of the analysis; records that take effect later do not count.
        kinds: classes of measures to use; empty for all.
        only: abbreviations of the measures to use; empty for all.
    Raises: InputError if a cost year has no price factor.
    """
    allowed = used_measures(measures, kinds, only)
    records = _by_measure(measures.efficiencies)
    return tuple(
        option
        for row in inventory.rows
        for code in measures.by_scc.get(row.scc, ())
        if code in allowed
        and (
            option := _option(
                row, allowed[code], records.get((code, row.pollutant), ()), on, prices
            )
        )
    )


def used_measures(
    measures: MeasureSet, kinds: Collection[str], only: Collection[str]
) -> dict[str, Measure]:
    """The measures that may be used, by abbreviation.

    Args:
        measures: the control-measure set.
        kinds: classes of measures, in any case; empty for all.
        only: abbreviations; empty for all.
    """
    wanted = {kind.lower() for kind in kinds}
    return {
        code: measure
        for code, measure in measures.measures.items()
        if (not wanted or measure.kind.lower() in wanted) and (not only or code in only)
    }


def _option(
    row: InventoryRow, measure: Measure, records: Iterable[Efficiency], on: date, prices: Prices
) -> Option | None:
    record = best_record(row, records, on)
    if record is None:
        return None
    gained = gained_tons(row, record)
    cost = None
    if record.usd_per_ton is not None and record.cost_year is not None:
        cost = gained * record.usd_per_ton * prices.factor(record.cost_year)
    return Option(row, measure, record, gained, cost)


def best_record(row: InventoryRow, records: Iterable[Efficiency], on: date) -> Efficiency | None:
    """The record that counts for a row, by the rules at the head of this file.

    Where two still tie (the sets repeat a few), the one that removes more, then the
    cheaper, then the first.

    Args:
        row: the inventory row.
        records: records of one measure for the row's pollutant.
        on: day of the analysis.
    """
    fitting = [record for record in records if _fits(row, record, on)]
    return max(fitting, key=_precedence, default=None)


def gained_tons(row: InventoryRow, record: Efficiency) -> Decimal:
    """What the record removes beyond the existing control [short tons a year]."""
    if record.is_addition:
        return row.tons * record.reduction
    uncontrolled = row.uncontrolled_tons
    return uncontrolled * record.reduction - (uncontrolled - row.tons)


def _fits(row: InventoryRow, record: Efficiency, on: date) -> bool:
    if record.locale not in ("", row.county[:2], row.county):
        return False
    if record.effective is not None and record.effective > on:
        return False
    if record.is_addition and not (
        record.existing_measure in row.measures or record.existing_device in row.devices
    ):
        return False
    least, most = record.least_tons, record.most_tons
    return (least is None or row.uncontrolled_tons >= least) and (
        most is None or row.uncontrolled_tons <= most
    )


def _precedence(record: Efficiency) -> tuple[bool, int, date, Decimal, Decimal]:
    # In this order: EPA's rules first (addition, place, date), our own tie-breaks after them.
    cost = record.usd_per_ton
    return (
        record.is_addition,
        len(record.locale),
        record.effective or date.min,
        record.reduction,
        Decimal("-Infinity") if cost is None else -cost,
    )


def _by_measure(
    efficiencies: Sequence[Efficiency],
) -> Mapping[tuple[str, str], Sequence[Efficiency]]:
    found: dict[tuple[str, str], list[Efficiency]] = defaultdict(list)
    for record in efficiencies:
        found[record.measure, record.pollutant].append(record)
    return found
