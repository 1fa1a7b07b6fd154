"""Further output of a plan from a register: measures, unmatched rows, both costs."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.quantity import fmt_t, fmt_yuan, yuan_to_fen
from scenarios.intake.columns import ReadTable
from scenarios.planning.importers.register_table import RegisterTable
from scenarios.planning.matched.table import BOTH_COSTS, MEASURES, UNMATCHED
from scenarios.results.plan_specs import TITLES, with_identity
from scenarios.results.result import RunResult, Table, filled
from scenarios.results.summary import PlanSummary

FILES = Path(__file__).parents[2] / "files"
Priced = tuple[RunResult, ReadTable]  # a plan and the measures table that it was made from
Parts = tuple[dict[str, Table], dict[str, Any]]  # tables, and members of the JSON object


def registered(made: RegisterTable) -> Parts:
    """Tables `measures` (for `--measures`) and `unmatched`, and the unmatched emission [t]."""
    rows = made.table.rows
    own = [name for name in TITLES if rows and name in rows[0].extra]
    measures = []
    for row in rows:
        of = row.values | row.extra
        cost = of["annual_cost_yuan"]
        identity = (of["source"], of["firm"], *(of[name] for name in own))
        measures.append(
            (*identity, of["sector"], of["subsector"], of["trade"], of["process"],
             of["city"], of["county"], of["pollutant"], of["baseline_t"], of["measure"],
             of["slot"], of["removed_t"], None if cost is None else round(cost * 100),
             of["status"])
        )  # fmt: skip
    names = ("trade", "subsector", "process", "city", "pollutant", "baseline_t")
    unmatched = [
        tuple(row.values[name] for name in ("source", "firm", *own, *names))
        for row in made.unmatched
    ]
    tables = {
        "measures": filled(with_identity(MEASURES, own), measures),
        "unmatched": filled(with_identity(UNMATCHED, own), unmatched),
    }
    told = {"unmatched": {"rows": len(unmatched), "baseline_t": Decimal(fmt_t(made.unmatched_mg))}}
    return tables, told


def names_of(made: RegisterTable) -> dict[str, dict[str, str]]:
    """Titles of ids, by language.

    Measures as in the catalogue; sectors, their parts, cities and pollutants as in the
    shipped scenarios, whose ids a register may use.
    """
    found: dict[str, dict[str, str]] = {}
    for path in sorted(FILES.glob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        named = dict(raw.get("pollutant", {}))
        for sector in raw.get("sector", []):
            named[sector["id"]] = sector
            named |= {f"{sector['id']}.{part['id']}": part for part in sector.get("part", [])}
        named |= {city["id"]: city for city in raw.get("city", [])}
        found |= {name: one["title"] for name, one in named.items() if "title" in one}
    return found | {name: dict(title) for name, title in made.titles.items()}


def both_costs(us: Priced, china: Priced) -> Parts:
    """Quotas under US and under Chinese costs side by side.

    `same` marks equal quotas, `stands` those that are right under both: all of them if the
    plan of US costs is a least-cost plan under Chinese costs too, since plans of equal cost
    differ by chance. The cost of each plan under the other's costs is reported.

    Args:
        us: the plan of US costs, and its measures table.
        china: the plan of Chinese costs, and its measures table.
    """
    own, other = us[0].summary.plan, china[0].summary.plan
    crossed = {"us": _cost_under(us[0], china[1]), "china": _cost_under(china[0], us[1])}
    as_good = _as_good(crossed["us"], other)
    rows, same = [], 0
    quotas = (plan.tables["quotas"].dicts() for plan in (us[0], china[0]))
    for one, beside in zip(*quotas, strict=True):
        alike = one["quota_t"] == beside["quota_t"]
        same += alike
        rows.append(
            (one["source"], one["pollutant"], one["baseline_t"], one["quota_t"],
             beside["quota_t"], alike, alike or as_good)
        )  # fmt: skip
    told = {
        "same_quotas": same,
        "other_quotas": len(rows) - same,
        "standing_quotas": sum(row[-1] for row in rows),
        **{
            name: {
                "status": plan.status,
                "cost_yuan": _yuan(plan.cost_fen),
                "under_the_other_yuan": _yuan(cost),
            }
            for (name, cost), plan in zip(crossed.items(), (own, other), strict=True)
        },
    }
    return {"both_costs": filled(BOTH_COSTS, rows)}, {"both_costs": told}


def _cost_under(plan: RunResult, prices: ReadTable) -> int | None:
    """Cost of a plan's measures by another table [fen]; None if it lacks one of them."""
    costs = {
        (row.values["source"], row.values["measure"]): row.values["annual_cost_yuan"]
        for row in prices.rows
    }
    total = 0.0
    for row in plan.tables["chosen"].dicts():
        cost = costs.get((row["source"], row["measure"]))
        if cost is None:
            return None
        total += row["share"] * float(cost)
    return yuan_to_fen(total)


def _as_good(cost_fen: int | None, best: PlanSummary) -> bool:
    """Whether a cost equals the least cost, within the proved gap."""
    if cost_fen is None or best.cost_fen is None or best.status != "optimal":
        return False
    least, gap = best.cost_fen, best.gap or 0.0
    return cost_fen <= least + max(1, round(abs(least) * gap))


def _yuan(amount_fen: int | None) -> Decimal | None:
    return None if amount_fen is None else Decimal(fmt_yuan(amount_fen))
