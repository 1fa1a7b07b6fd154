"""Quotas, measures and groups of a plan against each other and against its summary."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.invariants import Violation
from permits.quantity import FEN_PER_YUAN, MG_PER_T, fmt_t, fmt_yuan
from scenarios.proof.audit.audit_report import Proof
from scenarios.results.stores.named_table import NamedRow, NamedTable
from scenarios.results.stores.read import read_run_table

MASSES = ("baseline_t", "reduction_t", "quota_t")
GROUPS = {
    "plan_by_sector": "sector",
    "plan_by_subsector": "subsector",
    "plan_by_city": "city",
    "plan_by_county": "county",
}
"""Tables that add up the quotas, and the column by which they do."""
MOST = 10
"""Rows of one kind that are listed one by one (assumed)."""

Sums = dict[tuple[str, str], list[int]]
"""By group and pollutant: sources, then `MASSES` [mg]."""


def find_in_plan(
    folder: Path, allocation: Mapping[str, Any]
) -> tuple[list[Violation], list[Proof]]:
    """Check a plan's tables.

    Args:
        folder: of a run or of a plan.
        allocation: the plan in the summary.
    Returns: the violations, and the proof of what was added up.
    Raises: InputError for a table that cannot be read; ValueError and its like for a summary
        with values of other kinds.
    """
    quotas, chosen = read_run_table(folder, "quotas"), read_run_table(folder, "chosen")
    if quotas is None:
        missing = allocation.get("status") in ("optimal", "feasible")
        text = "the plan was met, but its table of quotas is missing"
        return ([Violation("audit.no_quotas", text, "quotas.csv")] if missing else []), []
    found = [*_find_in_rows(quotas), *_find_in_chosen(quotas, chosen)]
    if allocation.get("cost_yuan") is not None:
        found += _find_in_totals(quotas, chosen, allocation)
        found += _find_in_groups(quotas, chosen, allocation.get("groups") or {})
    found += _find_in_group_tables(folder, quotas, chosen)
    if found:
        return found, []
    text = "Plan: {rows} quotas are baselines less reductions and add up to the plan's totals"
    return [], [Proof("plan", text, {"rows": f"{len(quotas.rows):,}"})]


def _find_in_rows(quotas: NamedTable) -> Iterator[Violation]:
    """Quotas other than baseline minus reduction, and a source that stands twice."""
    seen = Counter((row["source"], row["pollutant"]) for row in quotas)
    for source in list(dict.fromkeys(s for (s, _), count in seen.items() if count > 1))[:MOST]:
        text = "{source} stands twice among the quotas"
        yield Violation("audit.quota_twice", text, "quotas.csv", {"source": source})
    wrong = (r for r in quotas if r["baseline_t"] - r["reduction_t"] != r["quota_t"])
    for _, row in zip(range(MOST), wrong, strict=False):
        text = "the quota of {source} is not its baseline minus its reduction"
        yield Violation("audit.quota", text, "tables/quotas.csv", {"source": row["source"]})


def _find_in_chosen(quotas: NamedTable, chosen: NamedTable | None) -> Iterator[Violation]:
    """Measures of a source that has no quota."""
    known = set(quotas.column("source"))
    for source in sorted({row["source"] for row in chosen or ()} - known)[:MOST]:
        text = "a measure is installed at {source}, which has no quota"
        yield Violation("audit.chosen", text, "chosen.csv", {"source": source})


def _find_in_totals(
    quotas: NamedTable, chosen: NamedTable | None, allocation: Mapping[str, Any]
) -> Iterator[Violation]:
    """The plan's totals against the sums of its tables."""
    sums = Counter[str]()
    for row in quotas:
        sums[row["pollutant"]] += row["reduction_t"]
    stated = allocation.get("reduction_t")
    one_each = stated if isinstance(stated, Mapping) else dict.fromkeys(sums, stated)
    for pollutant in sorted({*sums, *one_each}):
        told = one_each.get(pollutant)
        if told is None or Decimal(told) * MG_PER_T != sums[pollutant]:
            text = "{pollutant}: the summary states a reduction of {told} t, the quotas {sum} t"
            values = {"pollutant": pollutant, "told": told, "sum": fmt_t(sums[pollutant])}
            yield Violation("audit.plan_total", text, "summary.json: reduction_t", values)
    cost = sum(_costs(chosen).values())
    told = Decimal(allocation["cost_yuan"]) * FEN_PER_YUAN
    # Each row is rounded to the fen by itself, the total once.
    if abs(told - cost) > 1 + Decimal(len(chosen.rows) if chosen else 0) / 2:
        text = "the summary states a cost of {told} yuan, but the measures add up to {sum} yuan"
        values = {"told": allocation["cost_yuan"], "sum": fmt_yuan(cost)}
        yield Violation("audit.plan_cost", text, "summary.json: cost_yuan", values)


def _find_in_groups(
    quotas: NamedTable, chosen: NamedTable | None, groups: Mapping[str, Any]
) -> Iterator[Violation]:
    """Groups of the summary whose columns the quotas have."""
    for column, labels in groups.items():
        if column not in quotas.heads:
            continue
        sums, costs = _sums(quotas, column), _costs_by(quotas, chosen, column)
        for label in sorted({*labels, *(group for group, _ in sums)}):
            told = labels.get(label) or {}
            stated = {name: _by_pollutant(told.get(name), sums, label) for name in MASSES}
            same = all(
                stated[name].get(pollutant) == masses[n]
                for (group, pollutant), (_, *masses) in sums.items()
                if group == label
                for n, name in enumerate(MASSES)
            )
            rows = len(chosen.rows) if chosen else 0
            cost = Decimal(told.get("cost_yuan") or 0) * FEN_PER_YUAN
            if not told or not same or abs(cost - costs[label]) > 1 + Decimal(rows) / 2:
                text = "the {column} {label} in the summary is not the sum of its quotas"
                values = {"column": column, "label": label}
                yield Violation("audit.group", text, f"summary.json: groups.{column}", values)


def _by_pollutant(stated: Any, sums: Sums, label: str) -> dict[str, int]:
    """Masses of a group in the summary [mg]: bare in a plan of one pollutant."""
    if stated is None:
        return {}
    pollutants = [pollutant for group, pollutant in sums if group == label]
    each = stated if isinstance(stated, Mapping) else dict.fromkeys(pollutants, stated)
    return {pollutant: int(Decimal(mass) * MG_PER_T) for pollutant, mass in each.items()}


def _find_in_group_tables(
    folder: Path, quotas: NamedTable, chosen: NamedTable | None
) -> Iterator[Violation]:
    """Tables by sector and place that do not add up the quotas."""
    for name, column in GROUPS.items():
        table = read_run_table(folder, name)
        if table is None or column not in quotas.heads:
            continue
        sums, costs = _sums(quotas, column), _costs_by(quotas, chosen, column)
        told = {(r[column] or "", r["pollutant"]): _told_row(r) for r in table}
        wrong = {key for key in {*sums, *told} if sums.get(key) != told.get(key)}
        wrong |= {
            (row[column] or "", row["pollutant"])
            for row in table
            if row["cost_yuan"] is not None
            and abs(row["cost_yuan"] - costs[row[column] or ""])
            > 1 + (len(chosen.rows) if chosen else 0) // 2
        }
        if len(told) != len(table.rows):
            wrong.add(("*", ""))
        for label, _ in sorted(wrong)[:MOST]:
            text = "the row of {label} is not the sum of its quotas"
            yield Violation("audit.group_table", text, f"{name}.csv", {"label": label})


def _told_row(row: NamedRow) -> list[int]:
    return [row["sources"], *(row[name] for name in MASSES)]


def _sums(quotas: NamedTable, column: str) -> Sums:
    sums: Sums = defaultdict(lambda: [0, 0, 0, 0])
    for row in quotas:
        total = sums[row[column] or "", row["pollutant"]]
        total[0] += 1
        for n, name in enumerate(MASSES, start=1):
            total[n] += row[name]
    return dict(sums)


def _costs(chosen: Iterable[NamedRow] | None) -> Counter[str]:
    """Cost of the measures of each source [fen]."""
    found = Counter[str]()
    for row in chosen or ():
        found[row["source"]] += row["annual_cost_yuan"]
    return found


def _costs_by(quotas: NamedTable, chosen: NamedTable | None, column: str) -> Counter[str]:
    """Cost of the measures of each group [fen]."""
    group = {row["source"]: row[column] or "" for row in quotas}
    found = Counter[str]()
    for source, cost in _costs(chosen).items():
        found[group.get(source, "")] += cost
    return found
