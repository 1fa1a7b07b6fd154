"""A register of sources and a catalogue by sub-sector as the measures table of `allocate`.

A source states its trade code and process (or its sub-sector), its emission and its
existing control; its measures are those of the catalogue for its sub-sector.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from permits.errors import InputError, RightsError
from permits.quantity import fmt_t
from scenarios.definition.catalogue_costs import us_costs, us_costs_told
from scenarios.definition.measure_effects import Costs, SourceTerms, exact
from scenarios.definition.measures_table import FIELDS
from scenarios.intake.cells import TableInput, is_frame
from scenarios.intake.columns import ReadTable, Row
from scenarios.intake.fields import (
    BASELINE,
    CITY,
    COUNTY,
    CREDIT_CODE,
    EXISTING_EFFICIENCY,
    EXISTING_MEASURE,
    FIRM,
    POLLUTANT,
    PROCESS,
    PROVINCE,
    SECTOR,
    SIZE,
    SOURCE,
    SUBSECTOR,
    TOWN,
    TRADE,
    Field,
    TotalsCheck,
)
from scenarios.intake.meaning.pollutant_names import PollutantNames
from scenarios.intake.tables import raise_all, read_table
from scenarios.planning.importers.register_offers import (
    CATALOGUE,
    ExcludedMeasures,
    MeasureOffer,
    catalogue_mistakes,
    find_offers,
)
from scenarios.planning.importers.register_trades import Trades, find_subsector, load_trades
from scenarios.text import t

DATA = Path(__file__).parents[2] / "files" / "data"
TRADES = DATA / "voc-2017-trades.csv"
LABELS = ("trade", "subsector", "process", "county")
IDENTITY = (PROVINCE, TOWN, CREDIT_CODE, SIZE)
"""What identifies a source elsewhere: it goes with the source, so that results join back."""
REGISTER = (
    SOURCE,
    FIRM.but(required=False),
    SECTOR.but(required=False),
    TRADE.but(required=False),
    SUBSECTOR.but(required=False),
    PROCESS.but(required=False),
    CITY.but(required=False),
    COUNTY.but(required=False),
    *(one.but(required=False) for one in IDENTITY),
    POLLUTANT,
    BASELINE,
    EXISTING_MEASURE.but(required=False),
    EXISTING_EFFICIENCY.but(required=False, blank=True),
    Field("applicability", "share", required=False, blank=True),
    Field("cost_factor", "number", required=False, blank=True),
)
NO_DEVICE = {"无", "-", "—", "/", "none", "no"}
"""What people write where a source has no device."""


@dataclass(frozen=True, slots=True)
class RegisterTable:
    """The measures table, and the rows of the register without a measure."""

    table: ReadTable
    unmatched: tuple[Row, ...]
    notes: tuple[str, ...]
    titles: Mapping[str, Mapping[str, str]]  # of measures, by language

    @property
    def unmatched_mg(self) -> int:
        return sum(row.values["baseline_t"] for row in self.unmatched)


def register_table(
    register: TableInput,
    catalogue: TableInput,
    *,
    costs: Costs = "us",
    negative_costs: bool = True,
    same: Mapping[str, str] | None = None,
) -> RegisterTable:
    """The measures table of a register.

    Args:
        register: the name of a shipped register (`voc-2017`), a file or a data frame.
        catalogue: the name of a shipped catalogue, a file or a data frame.
        costs: `us`, or `china`: the Chinese figure where there is one, else the US one.
        negative_costs: False leaves out measures with a negative cost.
        same: further spellings of pollutants, as the user states them.
    Raises: InputError or ManyErrors for errors in a file, an existing efficiency that is
        not a share, an existing measure that the catalogue does not have.
    """
    path = shipped_path(register, "-register.csv", "--register")
    names = PollutantNames(same=same or {})
    sources = read_table(
        path, REGISTER, totals=TotalsCheck(), pollutants=names, keep=path is not register
    )
    path = shipped_path(catalogue, "-measures.csv", "--catalogue")
    known = read_table(path, CATALOGUE, pollutants=names, keep=True)
    raise_all(catalogue_mistakes(known, costs))
    _check_matchable(sources)
    by_part: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in known.rows:
        by_part[row.values["subsector"], row.values["pollutant"]].append(row)
    trades = load_trades(TRADES)
    mistakes: list[RightsError] = []
    rows: list[Row] = []
    unmatched: list[Row] = []
    by_us: set[str] = set()
    negative: set[str] = set()
    left = ExcludedMeasures()
    labels = (*(one.name for one in IDENTITY if one.name in sources.columns), *LABELS)
    for source in sources.rows:
        part, assumed = _part(source, trades)
        measures = by_part.get((part, source.values["pollutant"]), [])
        terms = _terms(source, known, mistakes)
        found = []
        for offer in _offers(source, terms, measures, (costs, left), mistakes):
            if offer.yuan < 0:
                negative.add(offer.measure)
                if not negative_costs:
                    continue
            found.append(_row(source, part, offer, assumed, labels))
        if costs == "china":
            by_us |= set(us_costs(measures))
        # A source without a measure keeps a row: its emission counts in the baseline.
        rows += found or [_row(source, part, None, assumed, labels)]
        if not measures:
            unmatched.append(source)
    raise_all(mistakes)
    if len(unmatched) == len(sources.rows):
        raise _nothing_matched(sources, trades)
    told = _told(sources, unmatched, by_us, negative, negative_costs)
    notes = (*sources.notices, *known.notices, *told, *left.notices())
    table = ReadTable.from_rows(rows, FIELDS, (), notes)
    return RegisterTable(table, tuple(unmatched), notes, _titles(known))


def _offers(
    source: Row,
    terms: SourceTerms,
    measures: Sequence[Row],
    how: tuple[Costs, ExcludedMeasures],
    mistakes: list[RightsError],
) -> list[MeasureOffer]:
    """The offers to a source; a cost that no measure has is a mistake of its row.

    Args:
        source: its row.
        terms: existing control, applicability and cost factor.
        measures: of the catalogue, for its sub-sector and pollutant.
        how: the costs, and the counts of excluded measures.
        mistakes: where the mistake is added.
    """
    try:
        return find_offers(source.values["baseline_t"], terms, measures, *how)
    except RightsError as error:
        error.where = source.where
        mistakes.append(error)
        return []


def shipped_path(name: TableInput, end: str, option: str) -> TableInput:
    """The table as given, or the path of a shipped file.

    Args:
        name: a path, `-` for standard input, a data frame, or the name of a shipped file.
        end: ending of the shipped files, such as `-register.csv`.
        option: the option that errors refer to.
    Raises: InputError for a name that no shipped file has.
    """
    if is_frame(name) or str(name) == "-" or Path(str(name).partition("#")[0]).suffix:
        return name
    shipped = sorted(path.name.removesuffix(end) for path in DATA.glob(f"*{end}"))
    if name in shipped:
        return DATA / f"{name}{end}"
    raise InputError(
        "register.shipped",
        "no shipped file is called {name!r}",
        where=f"{option} {name}",
        mend="choose one of: {known}; or give a file (.csv, .xlsx, .parquet)",
        name=name,
        known=", ".join(shipped),
    )


def _titles(known: ReadTable) -> dict[str, dict[str, str]]:
    """Titles of the catalogue's measures: the columns `title` and `title_zh`."""
    found = {}
    for row in known.rows:
        said = {"en": row.extra.get("title", ""), "zh": row.extra.get("title_zh", "")}
        if any(said.values()):
            found[row.values["measure"]] = {
                language: text or said["en"] or said["zh"] for language, text in said.items()
            }
    return found


def _part(source: Row, trades: Trades) -> tuple[str, bool]:
    """The sub-sector of a source, stated or from its trade, and whether it is assumed."""
    values = source.values
    if values["subsector"]:
        return values["subsector"], False
    found = find_subsector(trades, values["trade"] or "", values["process"] or "")
    return found or ("", False)


def _terms(source: Row, known: ReadTable, mistakes: list[RightsError]) -> SourceTerms:
    """Existing control, applicability and cost factor of a source."""
    values = source.values
    applicability, factor = values["applicability"], values["cost_factor"]
    if factor is not None and not factor > 0:
        mistakes.append(
            InputError(
                "register.cost_factor",
                "a cost factor of {value:g} is not above 0",
                where=source.where,
                mend="write 1 for the catalogue's unit cost, 1.2 for one 20 % dearer",
                value=float(factor),
            )
        )
        factor = None
    return SourceTerms(
        _existing(source, known, mistakes),
        Fraction(1) if applicability is None else applicability,
        Fraction(1) if factor is None else exact(factor),
    )


def _existing(source: Row, known: ReadTable, mistakes: list[RightsError]) -> Fraction:
    """The share that a source's existing device removes."""
    values = source.values
    share, name = values["existing_efficiency"], values["existing_measure"]
    if share is None and name and name.strip().lower() not in NO_DEVICE:
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
    if share == 1:
        mistakes.append(
            InputError(
                "register.share",
                "an existing efficiency of {value:g} is not a share below 1",
                where=source.where,
                mend="write a share from 0 to below 1: 0.6 for 60 %",
                value=float(share),
            )
        )
        return Fraction(0)
    return share or Fraction(0)


def _check_matchable(sources: ReadTable) -> None:
    """Raise InputError for a register without any column that leads to a measure."""
    if not {"trade", "process", "subsector"} & set(sources.columns):
        raise InputError(
            "register.columns",
            "the register has no column trade (行业代码), process (工艺) or subsector (子行业), "
            "so no source can be matched to measures",
            where=sources.name,
            mend="add the trade code of GB/T 4754, or the sub-sector of the catalogue; "
            "the table has: {known}",
            known=", ".join(sources.columns),
        )


def _nothing_matched(sources: ReadTable, trades: Trades) -> InputError:
    first = sources.rows[0].values
    said = ", ".join(first[name] for name in ("trade", "process", "subsector") if first[name])
    return InputError(
        "register.unmatched",
        "none of the {count} rows of the register matches a measure of the catalogue; the first "
        "says {said!r}",
        where=sources.name,
        mend="the trades known are {known}; or name the catalogue's sub-sector in subsector",
        count=len(sources.rows),
        said=said,
        known=", ".join(sorted({code for code, _ in trades})),
    )


def _row(
    source: Row, part: str, offer: MeasureOffer | None, assumed: bool, labels: Sequence[str]
) -> Row:
    """A row of the measures table.

    Args:
        source: its row of the register.
        part: the sub-sector.
        offer: the measure; None for a source that has none.
        assumed: whether the sub-sector is.
        labels: the columns that go with the source.
    """
    given = source.values
    values: dict[str, Any] = {
        "source": given["source"],
        "firm": given["firm"],
        "sector": given["sector"] or part.partition(".")[0] or None,
        "city": given["city"],
        "pollutant": given["pollutant"],
        "baseline_t": given["baseline_t"],
        "measure": offer.measure if offer else None,
        "slot": offer.slot if offer else None,
        "removed_t": offer.gained_mg if offer else None,
        "annual_cost_yuan": offer.yuan if offer else None,
        "status": "assumed" if assumed or offer is None else offer.status,
    }
    if offer is None and not assumed:
        values["status"] = ""
    extra = {name: given.get(name) or "" for name in labels} | {"subsector": part}
    return Row(values, extra, source.where)


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
        "have none",
        matched=len(sources.rows) - len(unmatched),
        rows=len(sources.rows),
        unmatched=fmt_t(total[False]),
        total=fmt_t(total[True]),
    )
    if by_us:
        yield us_costs_told(sorted(by_us))
    if negative and negative_costs:
        yield t("measures with a negative cost: {measures}", measures=", ".join(sorted(negative)))
    if negative and not negative_costs:
        yield t(
            "left out because their cost is negative: {measures}",
            measures=", ".join(sorted(negative)),
        )
