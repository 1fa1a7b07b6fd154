"""Tables of every plan that its readers know: quotas, groups, conditions, the curve.

The tables of a question stand in its folder, see scenarios/planning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scenarios.results.column import Column, Kind, TableSpec, spec

_GROUP: tuple[tuple[str, Kind, str], ...] = (
    ("pollutant", "text", "Pollutant"),
    ("sources", "count", "Sources"),
    ("baseline_t", "mass", "Baseline, t"),
    ("reduction_t", "mass", "Reduction, t"),
    ("quota_t", "mass", "Quota, t"),
    ("cost_yuan", "money", "Annual cost, yuan"),
    ("equal_reduction_t", "mass", "Reduction under equal percentage, t"),
    ("equal_cost_yuan", "money", "Cost under equal percentage, yuan"),
)

_GROUP_TOTALS = (
    "sources", "baseline_t", "reduction_t", "quota_t", "cost_yuan", "equal_reduction_t",
    "equal_cost_yuan",
)  # fmt: skip

_WHERE: tuple[tuple[str, Kind, str], ...] = (
    ("sector", "text", "Sector"),
    ("subsector", "text", "Sub-sector"),
    ("city", "text", "City"),
    ("county", "text", "County"),
)

QUOTAS: tuple[tuple[str, Kind, str], ...] = (
    ("source", "text", "Source"),
    ("firm", "text", "Firm"),
    *_WHERE,
    ("pollutant", "text", "Pollutant"),
    ("baseline_t", "mass", "Baseline, t"),
    ("reduction_t", "mass", "Reduction, t"),
    ("reduction_share", "share", "Share of the baseline cut"),
    ("quota_t", "mass", "Quota, t"),
    ("measures", "text", "Measures"),
    ("annual_cost_yuan", "money", "Annual cost, yuan"),
    ("drawn", "flag", "Chosen by lottery"),
)
QUOTA_TOTALS = ("baseline_t", "reduction_t", "quota_t", "annual_cost_yuan")
CHOSEN: tuple[tuple[str, Kind, str], ...] = (
    ("source", "text", "Source"),
    ("firm", "text", "Firm"),
    *_WHERE,
    ("measure", "text", "Measure"),
    ("share", "share", "Share built"),
    ("removed_t", "mass", "Reduction, t"),
    ("unit_cost_yuan_per_t", "price", "Unit cost, yuan/t"),
    ("annual_cost_yuan", "money", "Annual cost, yuan"),
)
CHOSEN_TOTALS = ("removed_t", "annual_cost_yuan")

PLAN_TABLES: tuple[TableSpec, ...] = (
    spec(
        "baselines",
        "plan",
        "The plan on each accounting basis of the baseline",
        ("baseline", "text", "Basis"),
        ("title", "title", "Emissions counted"),
        ("pollutant", "text", "Pollutant"),
        ("baseline_t", "mass", "Baseline, t"),
        ("target_t", "mass", "Target, t"),
        ("status", "text", "Status"),
        ("max_reduction_t", "mass", "Greatest possible reduction, t"),
        ("cost_yuan", "money", "Annual cost, yuan"),
        ("price_low_yuan_per_t", "price", "Marginal cost from, yuan/t"),
        ("price_high_yuan_per_t", "price", "Marginal cost to, yuan/t"),
        ("equal_cost_yuan", "money", "Cost under equal percentage, yuan"),
        ("chosen", "flag", "This run"),
    ),
    spec(
        "plan_by_sector",
        "plan",
        "Quotas by sector",
        ("sector", "text", "Sector"),
        *_GROUP,
        totals=_GROUP_TOTALS,
    ),
    spec(
        "plan_by_subsector",
        "plan",
        "Quotas by sub-sector",
        ("subsector", "text", "Sub-sector"),
        *_GROUP,
        totals=_GROUP_TOTALS,
    ),
    spec(
        "plan_by_city",
        "plan",
        "Quotas by city",
        ("city", "text", "City"),
        *_GROUP,
        totals=_GROUP_TOTALS,
    ),
    spec(
        "conditions",
        "plan",
        "Targets and side conditions",
        ("condition", "text", "Condition"),
        ("kind", "text", "Kind"),
        ("amount_t", "mass", "Amount, t"),
        ("reached_t", "mass", "Reached, t"),
        ("price_low_yuan_per_t", "price", "Shadow price from, yuan/t"),
        ("price_high_yuan_per_t", "price", "Shadow price to, yuan/t"),
    ),
    spec(
        "curve",
        "plan",
        "Marginal abatement cost curve",
        ("pollutant", "text", "Pollutant"),
        ("subsector", "text", "Sub-sector"),
        ("measure", "text", "Measure"),
        ("sources", "count", "Sources"),
        ("first_sources", "text", "Cheapest of the sources"),
        ("unit_cost_yuan_per_t", "price", "Unit cost, yuan/t"),
        ("step_t", "mass", "Reduction of the step, t"),
        ("cumulative_t", "mass", "Cumulative reduction, t"),
        ("planned_t", "mass", "Of this in the plan, t"),
    ),
    spec("quotas", "plan", "Quotas by source", *QUOTAS, open=True, totals=QUOTA_TOTALS),
    spec("chosen", "plan", "Measures chosen", *CHOSEN, open=True, totals=CHOSEN_TOTALS),
    spec(
        "inputs",
        "plan",
        "Every source and assumption",
        ("key", "text", "Key"),
        ("value", "text", "Value"),
        ("unit", "text", "Unit"),
        ("low", "text", "From"),
        ("high", "text", "To"),
        ("status", "text", "Status"),
        ("source", "text", "Reference"),
        ("place", "text", "Place"),
        ("in_force_from", "date", "In force from"),
        ("in_force_to", "date", "In force to"),
    ),
    spec(
        "counterfactual",
        "plan",
        "Rules used outside their place or time",
        ("rule", "text", "Rule"),
        ("in_force", "text", "In force"),
        ("why", "title", "Why it is counterfactual"),
    ),
)

TITLES = {
    "province": "Province",
    "town": "Town",
    "credit_code": "Credit code",
    "size": "Size",
}
"""Headings of labels that not every table of sources has; others are called as in the input."""


def with_identity(of: TableSpec, labels: Sequence[str]) -> TableSpec:
    """The table with these labels of a source behind its first two columns, source and firm."""
    # What identifies a source stands with its name, before what the plan says of it.
    own = tuple(Column(name, "text", TITLES.get(name, name)) for name in labels)
    return replace(of, columns=(*of.columns[:2], *own, *of.columns[2:]))
