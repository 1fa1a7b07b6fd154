"""Output of a run over files: terminal, JSON, and tables in a folder."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.errors import ManyErrors, RightsError
from permits.meter.missing import find_missing_rule
from permits.metering import MeterPlan, RowReason
from permits.metering.chunk import (
    BALANCE_COLUMNS,
    EVENT_COLUMNS,
    MASS_COLUMNS,
    IntArray,
    MeterEvent,
)
from permits.metering.hour_tables import CALENDAR_H, hour_name, month_name, period_name
from permits.quantity import MG_PER_T, fmt_t
from scenarios.monitoring.files.meter_result import SUMS, MeterResult, Spill
from scenarios.results.console import print_rows
from scenarios.results.formatting import grouped, places_for
from scenarios.results.stores.folder import METER_TABLES
from scenarios.results.stores.workbook_cells import is_formula
from scenarios.text import language, t
from scenarios.text.terminal import say

MOST_TOLD = 10_000  # rows of one table in a JSON object; longer tables are null (assumed)
HEADS = {
    "masses": ("outlet", "{by}", "pollutant", "emitted_t", "substituted_t", "charged_t",
               "valid_h", "substituted_h", "unfilled_h", "stopped_h"),
    "events": ("card", "at", "event"),
    "balances": ("card", "firm", "outlet", "pollutant", "month", "loaded_t", "charged_t",
                 "balance_t", "state"),
    "quarantine": ("file", "row", "outlet", "at", "reason", "kept"),
}  # fmt: skip
TEXTS = {
    RowReason.OUT_OF_CALENDAR: "the time is outside 1970 to 2099",
    RowReason.BEFORE_CARD: "before the card became valid",
    RowReason.CLOCK_BACK: "the clock went back",
    RowReason.DUPLICATE: "the hour was already reported",
    RowReason.CLOCK_AHEAD: "the clock jumped ahead by more than a year",
    RowReason.UNKNOWN_FLAG: "unknown data flag",
    RowReason.NEGATIVE_FLOW: "negative flow",
    RowReason.NEGATIVE_CONC: "negative concentration",
    RowReason.TOO_LARGE: "larger than any outlet can emit",
    RowReason.CONC_WITHOUT_FLOW: "concentration without flow",
    RowReason.FLOW_WITHOUT_CONC: "flow without concentration",
    RowReason.EMPTY: "no value",
    RowReason.UNREADABLE: "unreadable cell",
    RowReason.NO_SUCH_HOUR: "an hour skipped by daylight saving time",
    RowReason.TWO_IN_HOUR: "two readings of the hour differ; neither counts",
    RowReason.CONC_MISSING: "one of several concentrations is missing",
    RowReason.UNIT_OF_VOLUME: "the volume seems to be in another unit",
    RowReason.UNIT_OF_CONC: "the concentration seems to be in another unit",
    RowReason.FLOW_WHILE_STOPPED: "flow although the flag reports a stop",
    RowReason.CONC_AT_NO_FLOW: "concentration at zero flow",
    RowReason.FEW_MINUTES: "fewer than 45 valid minutes in the hour, which counts as missing",
}


def code(reason: RowReason) -> str:
    """The reason as tables name it: `clock_back`."""
    return reason.name.lower()


def meter_object(outcome: MeterResult) -> dict[str, Any]:
    """The object that `--json` prints."""
    tables = {name: outcome_table(outcome, name) for name in METER_TABLES}
    told: dict[str, Any] = {
        "files": [{"file": name, "readings": rows} for name, rows in outcome.files],
        "readings": outcome.readings,
        "outlets": outcome.outlets,
        "by": outcome.plan.by,
        "missing": outcome.plan.missing,
        "given_substitutes": "stand" if outcome.plan.given_stand else "replaced",
        "totals": {p: _sums(outcome, n) for n, p in enumerate(outcome.plan.pollutants)},
        "readings_in": outcome.readings_in()._asdict(),
        "reasons": {code(reason): count for reason, count in outcome.reasons().items()},
        "set_aside": sum(n for reason, n in outcome.reasons().items() if not reason.is_kept),
        "card_events": {
            event.name.lower(): count for event, count in outcome.event_counts().items()
        },
        "mistakes": [
            {"code": error.code, "where": error.where} for error in _each(outcome.mistakes)
        ],
    }
    if outcome.us_totals:
        told["us"] = _us(outcome)
    return told | {
        name: [dict(zip(heads, row, strict=True)) for row in rows]
        if (rows := list(_first(body, MOST_TOLD + 1))) is not None and len(rows) <= MOST_TOLD
        else None
        for name, (heads, body) in tables.items()
    }


def print_meter(outcome: MeterResult) -> None:
    """Print sums, gaps, excluded rows and cards."""
    title = find_missing_rule(outcome.plan.missing).SPEC
    say(title_of(outcome))
    say(f"{t('Missing data')}: {title.title_zh if language() == 'zh' else title.title}")
    heads = [t("Pollutant"), t("Measured, t"), t("Substituted, t"), t("Charged, t"),
             t("Valid hours"), t("substituted"), t("unfilled"), t("stopped")]  # fmt: skip
    rows = []
    for n, pollutant in enumerate(outcome.plan.pollutants):
        emitted, put_in, *hours = outcome.sums[n].tolist() if len(outcome.sums) else [0] * len(SUMS)
        charged = emitted + put_in
        places = places_for([emitted, put_in, charged], "mass")
        masses = [grouped(mass, MG_PER_T, places) for mass in (emitted, put_in, charged)]
        rows.append([pollutant, *masses, *(f"{h:,}" for h in hours)])
    print_rows(heads, rows)
    found = outcome.readings_in()
    say(
        t("Readings in: {total} = used {used} + duplicates {duplicates} + excluded {quarantined}",
          **{name: f"{count:,}" for name, count in found._asdict().items()})
    )  # fmt: skip
    for reason, count in outcome.reasons().items():
        kept = t("still counted") if reason.is_kept else t("excluded")
        say(f"  {count:,} × {t(TEXTS[reason])} ({kept})")
    if outcome.cards:
        _print_cards(outcome)


def title_of(outcome: MeterResult) -> str:
    """The number of readings and outlets, each in singular or plural."""
    readings, outlets = outcome.readings, outcome.outlets
    return t(
        "{readings} of {outlets}",
        readings=t("1 reading" if readings == 1 else "{count} readings", count=f"{readings:,}"),
        outlets=t("1 outlet" if outlets == 1 else "{count} outlets", count=f"{outlets:,}"),
    )


def notices_of(outcome: MeterResult) -> list[str]:
    """Notices in addition to the numbers."""
    found = list(outcome.notices)
    unfilled = int(outcome.sums[:, SUMS.index("unfilled_h")].sum()) if len(outcome.sums) else 0
    if unfilled:
        found.append(
            t("1 missing hour was not filled and is not charged; the rule {rule} leaves it open"
              if unfilled == 1 else
              "{hours} missing hours were not filled and are not charged; the rule {rule} "
              "leaves them open", hours=f"{unfilled:,}", rule=outcome.plan.missing)
        )  # fmt: skip
    silent = outcome.silent_cards
    if silent:
        found.append(
            t("1 card had no reading: {card}" if len(silent) == 1 else
              "{count} cards had no reading; the first is {card}", count=f"{len(silent):,}",
              card=silent[0].card)
        )  # fmt: skip
    if outcome.dropped:
        found.append(
            t("{count} hourly rows were summed but not kept; use --out to write them",
              count=f"{outcome.dropped:,}")
        )  # fmt: skip
    return found


def write_tables(outcome: MeterResult, folder: Path) -> None:
    """Write all tables as CSV, except masses that were already spilled."""
    for name in METER_TABLES:
        heads, rows = outcome_table(outcome, name)
        if name != "masses" or outcome.spill is None:
            with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(heads)
                writer.writerows([_cell(cell) for cell in row] for row in rows)


@contextmanager
def spilling(path: Path, by: str) -> Iterator[Spill]:
    """Write masses as they come, in the order in which their periods end."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head.format(by=by) for head in HEADS["masses"])

        def spill(masses: IntArray, names: list[str], plan: MeterPlan) -> None:
            writer.writerows(_mass_rows(masses, [_cell(name) for name in names], plan, fmt_t))

        yield spill


def outcome_table(outcome: MeterResult, name: str) -> tuple[list[str], Iterable[tuple[Any, ...]]]:
    """A table of `METER_TABLES`: its headings and its rows; masses in t as decimals."""
    heads = [head.format(by=outcome.plan.by) for head in HEADS[name]]
    rows = {
        "masses": lambda: _mass_rows(outcome.masses, outcome.names, outcome.plan, _t),
        "events": lambda: _event_rows(outcome),
        "balances": lambda: _balance_rows(outcome),
        "quarantine": lambda: _quarantine_rows(outcome),
    }
    return heads, rows[name]()


def _mass_rows(
    masses: IntArray, names: list[str], plan: MeterPlan, tonnes: Callable[[int], Any]
) -> Iterator[tuple[Any, ...]]:
    assert masses.shape[1] == len(MASS_COLUMNS)
    periods: dict[int, str] = {}
    for outlet, pollutant, period, emitted, put_in, *hours in masses.tolist():
        if period not in periods:
            periods[period] = period_name(period, plan.by)
        yield (
            names[outlet],
            periods[period],
            plan.pollutants[pollutant],
            tonnes(emitted),
            tonnes(put_in),
            tonnes(emitted + put_in),
            *hours,
        )


def _event_rows(outcome: MeterResult) -> Iterator[tuple[Any, ...]]:
    assert outcome.events.shape[1] == len(EVENT_COLUMNS)
    for card, hour, event in outcome.events.tolist():
        word = outcome.plan.cards[card].word(MeterEvent(event))
        yield outcome.cards[card].card, hour_name(hour), word


def _balance_rows(outcome: MeterResult) -> Iterator[tuple[Any, ...]]:
    assert outcome.balances.shape[1] == len(BALANCE_COLUMNS)
    for card, month, loaded, charged, rank in outcome.balances.tolist():
        row, state = outcome.cards[card], outcome.plan.cards[card].word(MeterEvent(rank))
        yield (
            row.card, row.firm, row.outlet, row.pollutant, month_name(month),
            _t(loaded), _t(charged), _t(loaded - charged), state,
        )  # fmt: skip


def _quarantine_rows(outcome: MeterResult) -> Iterator[tuple[Any, ...]]:
    order = {name: n for n, (name, _) in enumerate(outcome.files)}
    shown = sorted(outcome.quarantine, key=lambda one: (order[one[0]], one[1], one[4]))
    for file, row, outlet, at, reason in shown:
        said = at if isinstance(at, str) else hour_name(at) if 0 <= at < CALENDAR_H else ""
        yield file, row, outlet, said, code(reason), reason.is_kept


def _sums(outcome: MeterResult, pollutant: int) -> dict[str, Any]:
    found = dict.fromkeys(SUMS, 0)
    if len(outcome.sums):
        found = dict(zip(SUMS, outcome.sums[pollutant].tolist(), strict=True))
    emitted, put_in = found.pop("emitted_mg"), found.pop("substituted_mg")
    running = found["valid_h"] + found["substituted_h"] + found["unfilled_h"]
    return {
        "emitted_t": _t(emitted),
        "substituted_t": _t(put_in),
        "charged_t": _t(emitted + put_in),
        **found,
        "operating_h": running,
    }


def _us(outcome: MeterResult) -> dict[str, Any]:
    """The sums of the files' own decimals [lb]."""
    hours = int(outcome.us_totals.get("hours", [0])[0])
    masses = {
        f"{name}_lb": {
            "total": _lb(total),
            "substituted": _lb(given),
        }
        for name, (total, given) in outcome.us_totals.items()
        if name != "hours"
    }
    return {"operating_h": hours, **masses}


def _print_cards(outcome: MeterResult) -> None:
    counts = outcome.event_counts()
    say(f"{t('Cards')}: {len(outcome.cards):,}")
    for event in (
        MeterEvent.WARNED80,
        MeterEvent.WARNED90,
        MeterEvent.STOPPED,
        MeterEvent.REOPENED,
    ):
        if counts.get(event):
            say(f"  {counts[event]:,} × {t(WORDS[event])}")


WORDS = {
    MeterEvent.WARNED80: "warned at 80 %",
    MeterEvent.WARNED90: "warned at 90 %",
    MeterEvent.STOPPED: "used up",
    MeterEvent.REOPENED: "reopened by the new month",
}


def _each(mistakes: Iterable[RightsError]) -> Iterator[RightsError]:
    for error in mistakes:
        yield from error.errors if isinstance(error, ManyErrors) else (error,)


def _first(rows: Iterable[tuple[Any, ...]], most: int) -> Iterator[tuple[Any, ...]]:
    for _, row in zip(range(most), rows, strict=False):
        yield row


def _t(mass_mg: int) -> Decimal:
    return Decimal(fmt_t(mass_mg))


def _lb(mass: Decimal) -> Decimal:
    """Without the zeros of a file's decimals, and without an exponent."""
    return Decimal(f"{mass.normalize():f}")


def _cell(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    text = _plain(cell)
    return f"'{text}" if isinstance(cell, str) and is_formula(text) else text


def _plain(cell: Any) -> str:
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
