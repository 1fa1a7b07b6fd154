"""A register of sources and a catalogue by sub-sector as the measures table of `allocate`.

A source states its trade code and process (or its sub-sector), its emission and the
control it has. What a measure gains is what it removes beyond the old device:
uncontrolled × efficiency - (uncontrolled - emission), uncontrolled = emission / (1 - existing)
[EPA-CMDB]. Its cost is per tonne gained.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any, Literal

from permits.errors import InputError, RightsError
from permits.quantity import MG_PER_T, fmt_t
from scenarios.importers.register_trades import Trades, find_subsector, load_trades
from scenarios.tables import Field, ReadTable, Row, raise_all, read_table
from scenarios.text import t

DATA = Path(__file__).parents[1] / "files" / "data"
TRADES = DATA / "voc-2017-trades.csv"
Costs = Literal["us", "china"]
LABELS = ("trade", "subsector", "process", "county")
REGISTER = (
    Field("source", "text"),
    Field("firm", "text", required=False),
    Field("sector", "text", required=False),
    Field("trade", "text", required=False),
    Field("subsector", "text", required=False),
    Field("process", "text", required=False),
    Field("city", "text", required=False),
    Field("county", "text", required=False),
    Field("pollutant", "text"),
    Field("baseline_t", "mass"),
    Field("existing_measure", "text", required=False),
    Field("existing_efficiency", "number", required=False, blank=True),
)
CATALOGUE = (
    Field("subsector", "text"),
    Field("measure", "text"),
    Field("slot", "text", required=False),
    Field("pollutant", "text"),
    Field("efficiency", "number"),
    Field("cost_yuan_per_t", "number", blank=True, signed=True),
    Field("cost_cny_per_t", "number", required=False, blank=True, signed=True),
    Field("status", "text", required=False),
)


@dataclass(frozen=True, slots=True)
class RegisterTable:
    """The measures table, and the rows of the register for which there is no measure."""

    table: ReadTable
    unmatched: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def unmatched_mg(self) -> int:
        return sum(row.values["baseline_t"] for row in self.unmatched)


def register_table(
    register: str, catalogue: str, *, costs: Costs = "us", negative_costs: bool = True
) -> RegisterTable:
    """The measures table of a register.

    Args:
        register, catalogue: the name of a shipped one (`voc-2017`) or a file.
        costs: `us`, or `china`: the Chinese figure where there is one, else the US one.
        negative_costs: False leaves out measures that would earn money.
    Raises: InputError or ManyErrors for what is wrong with a file, an existing efficiency
        that is no share, an existing measure that the catalogue does not have.
    """
    sources = read_table(shipped_path(register, "-register.csv", "--register"), REGISTER)
    known = read_table(shipped_path(catalogue, "-measures.csv", "--catalogue"), CATALOGUE)
    _check_catalogue(known)
    by_part: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in known.rows:
        by_part[row.values["subsector"], row.values["pollutant"]].append(row)
    trades = load_trades(TRADES)
    mistakes: list[RightsError] = []
    rows: list[Row] = []
    unmatched: list[Row] = []
    by_us: set[str] = set()
    negative: set[str] = set()
    for source in sources.rows:
        part, assumed = _part(source, trades)
        measures = by_part.get((part, source.values["pollutant"]), [])
        existing = _existing(source, known, mistakes)
        found = []
        for measure in measures:
            cost = _cost(measure, costs)
            gained = gained_mg(source.values["baseline_t"], existing, measure.values["efficiency"])
            if cost is None or gained <= 0:
                continue
            if cost < 0:
                negative.add(measure.values["measure"])
                if not negative_costs:
                    continue
            if costs == "china" and measure.values["cost_cny_per_t"] is None:
                by_us.add(measure.values["measure"])
            found.append(_row(source, part, measure, gained, cost, assumed))
        rows += found or [_row(source, part, None, 0, Decimal(0), assumed)]
        if not measures:
            unmatched.append(source)
    raise_all(mistakes)
    told = _told(sources, unmatched, by_us, negative, negative_costs)
    notes = (*sources.notices, *known.notices, *told)
    return RegisterTable(ReadTable(tuple(rows), (), notes), tuple(unmatched), notes)


def shipped_path(name: str, end: str, option: str) -> Path:
    """A path as it is given, or the shipped file `name` + `end`.

    Raises: InputError for a name that no shipped file has.
    """
    if name == "-" or Path(name.partition("#")[0]).suffix:
        return Path(name)
    shipped = sorted(path.name.removesuffix(end) for path in DATA.glob(f"*{end}"))
    if name in shipped:
        return DATA / f"{name}{end}"
    raise InputError(
        "register.shipped",
        "nothing shipped is called {name!r}",
        where=f"{option} {name}",
        mend="there are: {known}; or give a file (.csv, .xlsx, .parquet)",
        name=name,
        known=", ".join(shipped),
    )


def gained_mg(base_mg: int, existing: float, efficiency: float) -> int:
    """What a measure removes beyond the device it replaces [mg]; below zero where that was
    better. With an existing share e: base / (1 - e) × efficiency - (base / (1 - e) - base)."""
    old, new = Decimal(str(existing)), Decimal(str(efficiency))
    gained = base_mg * (new - old) / (1 - old)
    return int(gained.quantize(Decimal(1), ROUND_HALF_EVEN))


def _check_catalogue(known: ReadTable) -> None:
    raise_all(
        [
            InputError(
                "catalogue.efficiency",
                "an efficiency of {value:g} is not a share",
                where=row.where,
                mend="write a share from 0 to 1: 0.78 for 78 %",
                value=float(row.values["efficiency"]),
            )
            for row in known.rows
            if not 0 < row.values["efficiency"] <= 1
        ]
    )


def _part(source: Row, trades: Trades) -> tuple[str, bool]:
    """The sub-sector a source states, or that of its trade; and whether that is assumed."""
    values = source.values
    if values["subsector"]:
        return values["subsector"], False
    found = find_subsector(trades, values["trade"] or "", values["process"] or "")
    return found or ("", False)


def _existing(source: Row, known: ReadTable, mistakes: list[RightsError]) -> float:
    """The share that a source's old device removes already."""
    values = source.values
    share, name = values["existing_efficiency"], values["existing_measure"]
    if share is None and name:
        of_name = [r.values["efficiency"] for r in known.rows if r.values["measure"] == name]
        share = of_name[0] if of_name else None
        if share is None:
            mistakes.append(
                InputError(
                    "register.existing",
                    "the catalogue has no measure {measure!r}, so what it removes is unknown",
                    where=source.where,
                    mend="give its share in existing_efficiency",
                    measure=name,
                )
            )
    if share is not None and not 0 <= share < 1:
        mistakes.append(
            InputError(
                "register.share",
                "an existing efficiency of {value:g} leaves nothing, or is not a share",
                where=source.where,
                mend="write a share from 0 to below 1: 0.6 for 60 %",
                value=float(share),
            )
        )
        return 0.0
    return float(share or 0)


def _cost(measure: Row, costs: Costs) -> Decimal | None:
    """Yuan per tonne."""
    us, china = measure.values["cost_yuan_per_t"], measure.values["cost_cny_per_t"]
    cost = china if costs == "china" and china is not None else us
    return None if cost is None else Decimal(str(cost))


def _row(
    source: Row, part: str, measure: Row | None, gained: int, cost: Decimal, assumed: bool
) -> Row:
    given = source.values
    values: dict[str, Any] = {
        "source": given["source"],
        "firm": given["firm"],
        "sector": given["sector"] or part.partition(".")[0] or None,
        "city": given["city"],
        "pollutant": given["pollutant"],
        "baseline_t": given["baseline_t"],
        "measure": None,
        "slot": None,
        "removed_t": None,
        "annual_cost_yuan": None,
        "status": "assumed" if assumed else "",
    }
    if measure is not None:
        values["measure"] = measure.values["measure"]
        values["slot"] = measure.values["slot"]
        values["removed_t"] = gained
        yuan = gained * cost / MG_PER_T
        values["annual_cost_yuan"] = yuan.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        values["status"] = "assumed" if assumed else measure.values["status"] or "assumed"
    labels = {name: given.get(name) or "" for name in LABELS} | {"subsector": part}
    return Row(values, labels, source.where)


def _told(
    sources: ReadTable,
    unmatched: Sequence[Row],
    by_us: set[str],
    negative: set[str],
    negative_costs: bool,
) -> Iterator[str]:
    total: Mapping[bool, int] = {
        which: sum(row.values["baseline_t"] for row in rows)
        for which, rows in ((True, sources.rows), (False, unmatched))
    }
    yield t(
        "{matched} of {rows} rows of the register have a measure; {unmatched} t of {total} t "
        "matched nothing",
        matched=len(sources.rows) - len(unmatched),
        rows=len(sources.rows),
        unmatched=fmt_t(total[False]),
        total=fmt_t(total[True]),
    )
    if by_us:
        yield t(
            "no Chinese cost, so the US one stands: {measures}", measures=", ".join(sorted(by_us))
        )
    if negative and negative_costs:
        yield t(
            "measures that cost less than nothing: {measures}", measures=", ".join(sorted(negative))
        )
    if negative and not negative_costs:
        yield t(
            "left out, for they cost less than nothing: {measures}",
            measures=", ".join(sorted(negative)),
        )
