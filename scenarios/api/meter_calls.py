"""`meter`: readings or solvent balances into masses, events and balances."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from permits.errors import InputError, RightsError
from scenarios.api.answer_types import Answer
from scenarios.api.arguments import Texts, files_in, texts
from scenarios.api.frames import rows_frame, to_frame
from scenarios.intake.cells import TableInput, is_frame
from scenarios.intake.option_needs import check_call
from scenarios.text import t

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.monitoring.files import Asked, MeterResult
    from scenarios.monitoring.files.series import Look
    from scenarios.monitoring.materials import Metered

Say = Callable[[str, float | None], None]


class MeterAnswer(Answer):
    """Readings or solvent balances, metered.

    Tables: `masses`, `events` and `balances` of the cards; of readings also `quarantine`, the
    rows excluded or questioned, and `hints` and `wire` where they were asked for.

    Attributes:
        mistakes: errors of files that could not be read to their end; the others count.
        outcome: the result in arrays; `None` of solvent balances.
    """

    def __init__(
        self,
        summary: Mapping[str, Any],
        tables: Mapping[str, Callable[[], pd.DataFrame]],
        notices: Sequence[str],
        outcome: MeterResult | None = None,
    ) -> None:
        super().__init__(summary, tables, notices)
        self.outcome = outcome
        self.mistakes: tuple[RightsError, ...] = tuple(outcome.mistakes) if outcome else ()

    @property
    def masses(self) -> pd.DataFrame:
        """Masses by outlet, pollutant and period."""
        return self.table("masses")

    @property
    def events(self) -> pd.DataFrame:
        """Events of the cards."""
        return self.table("events")

    @property
    def balances(self) -> pd.DataFrame:
        """Balances of the cards by month."""
        return self.table("balances")

    def _title(self) -> str:
        from scenarios.monitoring.files.meter_report import title_of

        return t("Masses by material balance, t") if not self.outcome else title_of(self.outcome)

    def _figures(self) -> list[tuple[str, ...]]:
        totals = self.summary["totals"]
        if self.outcome is None:
            return [(one["pollutant"], f"{one['emitted_t']:f} t") for one in totals]
        found: list[tuple[str, ...]] = [
            (pollutant, f"{one['charged_t']:f} t") for pollutant, one in totals.items()
        ]
        excluded = self.summary["set_aside"]
        return [*found, (t("Rows excluded"), f"{excluded:,}")] if excluded else found


def meter(
    readings: TableInput | Sequence[TableInput] = (),
    cards: TableInput | None = None,
    *,
    by: str = "month",
    missing: str | None = None,
    zone: str | None = None,
    scheduler: str | None = None,
    hints: bool = False,
    limits: Texts = (),
    wire: bool = False,
    materials: TableInput | None = None,
    conversions: Texts = (),
    out: str | Path | None = None,
    force: bool = False,
    progress: Say | None = None,
) -> MeterAnswer:
    """Convert readings, or solvent balances, into masses, card balances and events.

    Args:
        readings: table `outlet, at, volume_m3, <pollutant>_mg_per_l …`, a pattern of files,
            or several of these.
        cards: table `card, firm, outlet, pollutant, annual_quota_t`.
        by: period of the masses: hour, day or month.
        missing: rule for gaps: none, hjt75_2007, hj75_2017, part75 or conservative.
        zone: time zone with clock changes: "America/New_York".
        scheduler: address of a Dask cluster.
        hints: list suspicious readings too.
        limits: emission limits for the hints: "NMHC=60mg/m3".
        wire: report the effect of rounding on the reported totals too.
        materials: table of monthly solvent balances, instead of readings.
        conversions: conversions to a card's basis: "VOC:flow_concentration=0.8".
        out: folder to write to, as `permits meter --out` does.
        force: replace earlier results in that folder.
        progress: called with what is being done, and the share done where known.
    Returns: the answer; a file that breaks off is among its `mistakes`.
    Raises: ManyErrors if no file can be read, or for a table of cards or balances; InputError
        for an option that would have no effect.
    """
    check_call(meter, locals())
    if isinstance(readings, str) or not isinstance(readings, Sequence):
        readings = [readings]
    given = list(readings)
    folder = None if out is None else Path(out)
    if materials is not None or not given:
        return _balanced(materials, given, cards, texts(conversions), folder, force)
    from scenarios.monitoring.files import Asked
    from scenarios.results.stores.folder import check_free

    files = tuple(one if is_frame(one) else str(one) for one in given)
    asked = Asked(files, cards, by, missing, zone)  # type: ignore[arg-type]
    if folder is not None:
        check_free(folder, force, _read(asked))
    looks = _looks(asked, texts(limits), hints=hints, wire=wire)
    outcome = _metered(asked, scheduler, folder, force, progress, looks)
    answer = _answer(outcome, looks, folder)
    answer.folder = folder
    return answer


def _balanced(
    materials: TableInput | None,
    readings: Sequence[TableInput],
    cards: TableInput | None,
    conversions: Sequence[str],
    out: Path | None,
    force: bool,
) -> MeterAnswer:
    """Monthly solvent balances instead of readings."""
    from permits.permit import Basis
    from scenarios.intake.basis_column import parse_conversion
    from scenarios.monitoring.materials import meter_materials

    if materials is None or readings:
        raise InputError(
            "meter.what",
            "give files of readings, or --materials with one table of balances",
            mend="meter the two in two runs: a mass keeps its accounting basis",
        )
    given = [parse_conversion(c, Basis.MATERIAL_BALANCE, "--conversion") for c in conversions]
    metered: Metered = meter_materials(materials, cards=cards, conversions=given)
    if out is not None:
        metered.write(out, force=force, inputs=files_in(materials, cards))
    parts = (metered.masses, metered.events, metered.balances)
    tables = {table.spec.name: partial(to_frame, table) for table in parts}
    answer = MeterAnswer(metered.told(), tables, metered.notices)
    answer.folder = out
    return answer


def _looks(asked: Asked, limits: Sequence[str], *, hints: bool, wire: bool) -> dict[str, Look]:
    """Examine whole series for hints and rounding, in addition to the masses."""
    from scenarios.monitoring.files.rounded_off import look_at_wire
    from scenarios.monitoring.files.series_hints import look_for_hints, parse_limit

    given = dict(parse_limit(text, "--limit") for text in limits)
    looks = {}
    if hints:
        looks["hints"] = look_for_hints(asked.files, zone=asked.zone, limits_ng_per_l=given)
    if wire:
        looks["wire"] = look_at_wire(asked.files, zone=asked.zone)
    return looks


def _metered(
    asked: Asked,
    scheduler: str | None,
    out: Path | None,
    force: bool,
    progress: Say | None,
    looks: Mapping[str, Look],
) -> MeterResult:
    """Meter the readings; write the tables to `out` if given."""
    from scenarios.monitoring.files import meter_files
    from scenarios.monitoring.files.cluster import meter_on_cluster
    from scenarios.monitoring.files.meter_report import spilling, write_tables
    from scenarios.results.stores.folder import new_folder

    say = progress or (lambda text, share: None)
    with ExitStack() as stack:
        folder = None
        if out is not None:
            made = new_folder(out, force=force, inputs=_read(asked), about={"kind": "meter"})
            folder = stack.enter_context(made)
        if scheduler is not None:
            outcome = meter_on_cluster(asked, scheduler)
        elif folder is not None and asked.by == "hour":
            spill = stack.enter_context(spilling(folder / "masses.csv", asked.by))
            outcome = meter_files(asked, say=say, spill=spill)
        else:
            outcome = meter_files(asked, say=say)
        if folder is not None:
            write_tables(outcome, folder)
            for look in looks.values():
                look.write(folder)
    return outcome


def _read(asked: Asked) -> list[Path]:
    """The files that are read, patterns resolved."""
    from scenarios.monitoring.files.file_kinds import find_names

    patterns = [one for one in asked.files if isinstance(one, str)]
    return files_in(*find_names(patterns, []), asked.cards)


def _answer(outcome: MeterResult, looks: Mapping[str, Look], out: Path | None) -> MeterAnswer:
    from scenarios.monitoring.files.meter_report import meter_object, notices_of, outcome_table
    from scenarios.results.stores.folder import METER_TABLES

    def table(name: str) -> pd.DataFrame:
        return rows_frame(*outcome_table(outcome, name))

    tables = {name: partial(table, name) for name in METER_TABLES}
    if outcome.spill is not None and out is not None:
        tables["masses"] = partial(_written, out / "masses.csv")
    tables |= {name: partial(to_frame, look.table) for name, look in looks.items()}
    summary = meter_object(outcome) | {name: look.rows for name, look in looks.items()}
    return MeterAnswer(summary, tables, notices_of(outcome), outcome)


def _written(path: Path) -> pd.DataFrame:
    """Masses that were too many to keep, from the file they were written to."""
    import pandas as pd

    return pd.read_csv(path, dtype={"outlet": str, "hour": str, "pollutant": str})
