"""An EPA inventory and its control measures as the measures table that `allocate` takes.

Short tons are converted to tonnes (× 0.90718474, exact) and whole milligrams; money stays
in dollars of the price year unless an exchange rate is given. A source's `city` is its
county (FIPS), its `sector` that of the inventory, or the inventory's kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from permits.errors import InputError
from permits.quantity import MG_PER_T
from scenarios.definition.measures_table import FIELDS
from scenarios.intake.columns import ReadTable, Row
from scenarios.intake.suggest import nearest
from scenarios.planning.importers.epa_inventory import (
    T_PER_SHORT_TON,
    Inventory,
    InventoryRow,
    load_inventory,
)
from scenarios.planning.importers.epa_match import USUAL_KINDS, Option, match, used_measures
from scenarios.planning.importers.epa_matched import MatchedRecord, find_standings
from scenarios.planning.importers.epa_measures import (
    MeasureSet,
    canonical,
    load_measures,
    merge_sets,
)
from scenarios.planning.importers.epa_prices import Prices, deflated_to, load_prices
from scenarios.planning.importers.epa_report import (
    UnmatchedPairs,
    about_classes,
    about_left_out,
    about_matches,
    about_prices,
)

if TYPE_CHECKING:
    import pandas as pd

MILLIGRAM = Decimal("1e-9")  # of a tonne
CENT = Decimal("0.01")  # costs are rounded to cents, or to fen once converted
COLUMNS = (
    *("source", "sector", "city", "scc", "pollutant", "baseline_t"),
    *("measure", "removed_t", "annual_cost_yuan"),
)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of the measures table; `measure` is empty where no measure applies."""

    source: str
    sector: str
    city: str
    scc: str
    pollutant: str
    baseline_t: Decimal
    measure: str
    removed_t: Decimal | None
    annual_cost: Decimal | None  # of source and measure: the same on each of its rows
    where: str  # the inventory record


@dataclass(frozen=True, slots=True)
class EpaTable:
    """The measures table, with the data it was made from.

    `currency` is USD or CNY, of `price_year` where that is known; `options` are all pairs
    of measure and inventory row with unrounded figures, including those left out;
    `standings` are all records of the inventory, `known` the measures.
    """

    rows: tuple[TableRow, ...]
    options: tuple[Option, ...]
    prices: Prices
    currency: str
    notes: tuple[str, ...]
    standings: tuple[MatchedRecord, ...]
    known: MeasureSet

    @property
    def price_year(self) -> int | None:
        """The price year of the costs."""
        return self.prices.year

    def to_read_table(self) -> ReadTable:
        """The table in the form of one read from a file: whole milligrams, exact money."""
        rows = [_read_row(row) for row in self.rows]
        return ReadTable.from_rows(rows, FIELDS, COLUMNS, self.notes)

    def to_frame(self) -> pd.DataFrame:
        """The table with the columns of `allocate --measures`.

        Costs are in `annual_cost_yuan` whatever their currency: `attrs` holds `currency`,
        `price_year` and `notes`.
        """
        import pandas as pd

        frame = pd.DataFrame(
            {
                "source": [row.source for row in self.rows],
                "sector": [row.sector for row in self.rows],
                "city": [row.city for row in self.rows],
                "scc": [row.scc for row in self.rows],
                "pollutant": [row.pollutant for row in self.rows],
                "baseline_t": [float(row.baseline_t) for row in self.rows],
                "measure": [row.measure or None for row in self.rows],
                "removed_t": [_float(row.removed_t) for row in self.rows],
                "annual_cost_yuan": [_float(row.annual_cost) for row in self.rows],
            }
        )
        frame.attrs = {
            "currency": self.currency,
            "price_year": self.price_year,
            "notes": list(self.notes),
        }
        return frame


def epa_table(
    inventory: Path,
    measures: Path | Sequence[Path],
    *,
    pollutants: Sequence[str] = (),
    price_factors: Path | None = None,
    price_year: int | None = None,
    on: date | None = None,
    kinds: Collection[str] = USUAL_KINDS,
    only: Collection[str] = (),
    yuan_per_usd: Decimal | None = None,
) -> EpaTable:
    """The measures table of an inventory and a control-measure set.

    Args:
        inventory: an ORL or FF10 file.
        measures: the directory of a set, or its summary file; or several of them.
        pollutants: pollutants to include, spelt as in the table; empty for all.
        price_factors: a file of cost years and factors; without it the shipped deflator.
        price_year: price year of the costs; default: the inventory's year.
        on: day of the analysis; default: the end of the inventory's year.
        kinds: classes of measures (Known, Emerging, …); empty for all.
        only: abbreviations of the measures to use; empty for all.
        yuan_per_usd: exchange rate to convert costs to yuan; None leaves them in dollars.
    Raises: InputError or ManyErrors for errors in a file; InputError for an unknown
        pollutant, class or measure, and for a cost year without factor.
    """
    read = load_inventory(inventory)
    sets = [measures] if isinstance(measures, Path) else measures
    known = merge_sets([load_measures(path) for path in sets])
    asked = _asked(pollutants, read)
    _check_chosen(kinds, only, known)
    prices = _prices(price_factors, price_year, read)
    options = match(read, known, prices, on=on or _last_day(read, prices), kinds=kinds, only=only)
    rows, left_out = _rows(read, options, asked, yuan_per_usd or Decimal(1))
    return EpaTable(
        rows=tuple(rows),
        options=options,
        prices=prices,
        currency="USD" if yuan_per_usd is None else "CNY",
        notes=(
            *read.notes,
            *known.notes,
            *about_matches(read, known, options, asked, kinds),
            *about_classes(read, known),
            *about_left_out(left_out, known),
            *about_prices(prices, options, yuan_per_usd),
        ),
        standings=find_standings(read, known, options, used_measures(known, kinds, only)),
        known=known,
    )


def epa_allocate_table(
    inventory: Path,
    measures: Path | Sequence[Path],
    *,
    pollutants: Sequence[str] = (),
    price_factors: Path | None = None,
    price_year: int | None = None,
) -> pd.DataFrame:
    """The measures table as a frame, notes in `attrs`: `epa_table(…).to_frame()`.

    Args:
        inventory: an ORL or FF10 file.
        measures: the directory of a set, or its summary file; or several of them.
        pollutants: pollutants to include, spelt as in the table; empty for all.
        price_factors: a file of cost years and factors; without it the shipped deflator.
        price_year: price year of the costs; default: the inventory's year.
    Raises: as `epa_table`.
    """
    return epa_table(
        inventory,
        measures,
        pollutants=pollutants,
        price_factors=price_factors,
        price_year=price_year,
    ).to_frame()


def _asked(pollutants: Sequence[str], inventory: Inventory) -> dict[str, str]:
    """Pollutants of the table: from the files' spelling to that of the table."""
    known = sorted({row.pollutant for row in inventory.rows})
    if not pollutants:
        return {pollutant: pollutant for pollutant in known}
    for wanted in pollutants:
        if canonical(wanted) not in known:
            raise InputError(
                "epa.pollutant",
                "the inventory has no pollutant {pollutant!r}",
                where=inventory.name,
                mend="it has: {known}",
                pollutant=wanted,
                known=", ".join(known),
            )
    return {canonical(wanted): wanted for wanted in pollutants}


def _check_chosen(kinds: Collection[str], only: Collection[str], known: MeasureSet) -> None:
    classes = sorted({measure.kind for measure in known.measures.values()})
    present = {kind.lower() for kind in classes} | {kind.lower() for kind in USUAL_KINDS}
    for kind in kinds:
        if kind.lower() not in present:
            raise InputError(
                "epa.class",
                "no measure has the class {kind!r}",
                where=known.name,
                mend="the classes are: {known}",
                kind=kind,
                known=", ".join(classes),
            )
    for code in only:
        if code not in known.measures:
            raise InputError(
                "epa.only",
                "the set has no measure {measure!r}",
                where=known.name,
                mend="use one of its {n} abbreviations, for example {near}",
                measure=code,
                n=len(known.measures),
                near=nearest(code, sorted(known.measures)) or min(known.measures),
            )


def _prices(path: Path | None, year: int | None, inventory: Inventory) -> Prices:
    if path is not None:
        return load_prices(path, year)
    if year is None and inventory.year is None:
        raise InputError(
            "epa.no_price_year",
            "the inventory states no year, so the year of the prices is unknown",
            where=inventory.name,
            mend="give a price year or a file of price factors, or put #YEAR into the inventory",
        )
    return deflated_to(year or inventory.year or 0)


def _last_day(inventory: Inventory, prices: Prices) -> date:
    year = inventory.year or prices.year
    if year is None:
        raise InputError(
            "epa.no_day",
            "the inventory states no year, so it is unknown which records are in force",
            where=inventory.name,
            mend="give the day of the analysis or a price year, or put #YEAR into the inventory",
        )
    return date(year, 12, 31)


def _rows(
    inventory: Inventory, options: Sequence[Option], asked: Mapping[str, str], rate: Decimal
) -> tuple[list[TableRow], UnmatchedPairs]:
    pairs: dict[tuple[str, str], list[Option]] = defaultdict(list)
    for option in options:
        pairs[option.row.source, option.measure.code].append(option)
    rows: list[TableRow] = []
    no_cost, no_gain = [], []
    for pair, of_pair in sorted(pairs.items()):
        gaining = [o for o in of_pair if o.gained_tons > 0]
        useful = [o for o in gaining if o.row.pollutant in asked]
        cost = _cost(gaining, asked)
        if useful and cost is not None:
            # Rounded once, after the exchange rate.
            cost = (cost * rate).quantize(CENT, ROUND_HALF_EVEN)
            rows += [_row(o.row, asked, o.measure.code, o.gained_tons, cost) for o in useful]
        elif useful:
            no_cost.append(pair)
        elif any(o.row.pollutant in asked for o in of_pair):
            no_gain.append(pair)
    # Records without a measure stay in the table: their emission counts in the baseline.
    covered = {(row.source, canonical(row.pollutant)) for row in rows}
    rows += [
        _row(row, asked)
        for row in inventory.rows
        if row.pollutant in asked and (row.source, row.pollutant) not in covered
    ]
    rows.sort(key=lambda row: (row.source, row.measure, row.pollutant))
    return rows, UnmatchedPairs(tuple(no_cost), tuple(no_gain))


def _cost(gaining: Sequence[Option], asked: Collection[str]) -> Decimal | None:
    """Annual cost of a measure on a source: the sum over the pollutants asked for.

    If their records have no cost, that of the other pollutants: a device has one cost, which
    the file may state for another pollutant.
    """
    for wanted in (True, False):
        costs = [
            o.cost_usd
            for o in gaining
            if (o.row.pollutant in asked) is wanted and o.cost_usd is not None
        ]
        if costs:
            return sum(costs, Decimal(0))
    return None


def _row(
    row: InventoryRow,
    asked: Mapping[str, str],
    measure: str = "",
    gained_tons: Decimal | None = None,
    cost: Decimal | None = None,
) -> TableRow:
    removed = None if gained_tons is None else _tonnes(gained_tons)
    return TableRow(
        source=row.source,
        sector=row.sector,
        city=row.county,
        scc=row.scc,
        pollutant=asked[row.pollutant],
        baseline_t=_tonnes(row.tons),
        measure=measure,
        removed_t=removed,
        annual_cost=cost,
        where=row.where,
    )


def _tonnes(short_tons: Decimal) -> Decimal:
    return (short_tons * T_PER_SHORT_TON).quantize(MILLIGRAM, ROUND_HALF_EVEN)


def _read_row(row: TableRow) -> Row:
    values = {
        "source": row.source,
        "firm": None,
        "sector": row.sector,
        "city": row.city,
        "pollutant": row.pollutant,
        "baseline_t": _mg(row.baseline_t),
        "measure": row.measure or None,
        "slot": None,
        "removed_t": None if row.removed_t is None else _mg(row.removed_t),
        "annual_cost_yuan": row.annual_cost,
        "status": "computed",
    }
    return Row(values, {"scc": row.scc}, row.where)


def _mg(mass_t: Decimal) -> int:
    return int(mass_t * MG_PER_T)


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)
