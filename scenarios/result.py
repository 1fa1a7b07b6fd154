"""What a run leaves behind: tables with their columns, events, the journal, the summary.

Tables hold whole mg and fen; writers put them down as plain decimals in t and yuan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from permits.ledger import Entry
from scenarios.columns import TABLES, TableSpec


@dataclass(frozen=True, slots=True)
class Table:
    spec: TableSpec
    rows: tuple[tuple[Any, ...], ...]

    def column(self, name: str) -> list[Any]:
        index = [c.name for c in self.spec.columns].index(name)
        return [row[index] for row in self.rows]

    def dicts(self) -> Iterator[dict[str, Any]]:
        names = [c.name for c in self.spec.columns]
        return (dict(zip(names, row, strict=True)) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for the log and for people.

    `values` fill the placeholders of `text`; masses and money in them are already text.
    `rule` names the rule and its source, as the report prints it.
    """

    seq: int
    on: date
    phase: str
    kind: str  # "swipe.warned80", "auction.lost", "lease.started", …
    who: str
    text: str
    values: dict[str, Any]
    rule: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """All that `run` found out. `manifest` alone holds wall times, paths and versions.

    `labels` names the ids in the tables (sectors, sub-sectors, cities, measures,
    baselines) for people: id to {"en": …, "zh": …}; an id without a label shows as it is.
    """

    name: str
    title: dict[str, str]
    about: dict[str, str]
    summary: dict[str, Any]
    tables: dict[str, Table]
    journal: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()
    manifest: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 0
    labels: dict[str, dict[str, str]] = field(default_factory=dict)


def _spec(name: str, part: str, title: str, *columns: tuple[str, Kind, str]) -> TableSpec:
    return TableSpec(name, title, part, tuple(Column(*c) for c in columns))


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

_QUOTAS: tuple[tuple[str, Kind, str], ...] = (
    ("source", "text", "Source"),
    ("firm", "text", "Firm"),
    ("sector", "text", "Sector"),
    ("subsector", "text", "Sub-sector"),
    ("city", "text", "City"),
    ("pollutant", "text", "Pollutant"),
    ("baseline_t", "mass", "Baseline, t"),
    ("reduction_t", "mass", "Reduction, t"),
    ("quota_t", "mass", "Quota, t"),
    ("drawn", "flag", "Drawn by lot"),
)
_CHOSEN: tuple[tuple[str, Kind, str], ...] = (
    ("source", "text", "Source"),
    ("measure", "text", "Measure"),
    ("share", "share", "Share built"),
    ("annual_cost_yuan", "money", "Annual cost, yuan"),
)

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        # --- the plan ---
        _spec(
            "baselines",
            "plan",
            "The plan on each accounting basis of the baseline",
            ("baseline", "text", "Basis"),
            ("title", "title", "What it counts"),
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
        _spec("plan_by_sector", "plan", "Quotas by sector", ("sector", "text", "Sector"), *_GROUP),
        _spec(
            "plan_by_subsector",
            "plan",
            "Quotas by sub-sector",
            ("subsector", "text", "Sub-sector"),
            *_GROUP,
        ),
        _spec("plan_by_city", "plan", "Quotas by city", ("city", "text", "City"), *_GROUP),
        _spec(
            "plan_grid",
            "plan",
            "Cities by sectors",
            ("city", "text", "City"),
            ("sector", "text", "Sector"),
            ("pollutant", "text", "Pollutant"),
            ("sources", "count", "Sources"),
            ("baseline_t", "mass", "Baseline, t"),
            ("reduction_t", "mass", "Reduction, t"),
            ("reduction_share", "share", "Share of the baseline cut"),
            ("quota_t", "mass", "Quota, t"),
            ("annual_cost_yuan", "money", "Annual cost, yuan"),
        ),
        _spec(
            "plan_waterfall",
            "plan",
            "From equal percentage to least cost",
            ("sector", "text", "Sector"),
            ("equal_cost_yuan", "money", "Cost under equal percentage, yuan"),
            ("cost_yuan", "money", "Annual cost, yuan"),
            ("saved_yuan", "money", "Saved, yuan"),
            ("more_yuan", "money", "Paid more, yuan"),
            ("left_yuan", "money", "Cost of all after this step, yuan"),
        ),
        _spec(
            "conditions",
            "plan",
            "Targets and side conditions",
            ("condition", "text", "Condition"),
            ("amount_t", "mass", "Amount, t"),
            ("reached_t", "mass", "Reached, t"),
            ("price_low_yuan_per_t", "price", "Shadow price from, yuan/t"),
            ("price_high_yuan_per_t", "price", "Shadow price to, yuan/t"),
        ),
        _spec(
            "fair",
            "plan",
            "Rules of fairness",
            ("rule", "text", "Rule and group"),
            ("allowed", "number", "Allowed, t or yuan"),
            ("borne", "number", "Borne, t or yuan"),
            ("binds", "flag", "Binds"),
        ),
        _spec(
            "condition_costs",
            "plan",
            "What each condition costs",
            ("condition", "text", "Condition"),
            ("with_yuan", "money", "Least cost with it, yuan"),
            ("without_yuan", "money", "Least cost without it, yuan"),
            ("cost_yuan", "money", "What it costs, yuan"),
            ("unproved_yuan", "money", "Of this unproved at most, yuan"),
            ("price_low_yuan_per_t", "price", "Shadow price from, yuan/t"),
            ("price_high_yuan_per_t", "price", "Shadow price to, yuan/t"),
        ),
        _spec(
            "frontier",
            "plan",
            "What every target costs",
            ("pollutant", "text", "Pollutant"),
            ("target_t", "mass", "Target, t"),
            ("reduction_t", "mass", "Reduction, t"),
            ("cost_yuan", "money", "Annual cost, yuan"),
            ("price_low_yuan_per_t", "price", "Marginal cost from, yuan/t"),
            ("price_high_yuan_per_t", "price", "Marginal cost to, yuan/t"),
            ("status", "text", "Status"),
        ),
        _spec(
            "frontier_between",
            "plan",
            "One pollutant against another",
            ("first", "text", "First pollutant"),
            ("first_reduction_t", "mass", "Reduction of the first, t"),
            ("second", "text", "Second pollutant"),
            ("second_reduction_t", "mass", "Reduction of the second, t"),
            ("cost_yuan", "money", "Annual cost, yuan"),
        ),
        _spec(
            "supply",
            "plan",
            "What a price would bring",
            ("price", "title", "Price"),
            ("pollutant", "text", "Pollutant"),
            ("price_yuan_per_t", "price", "Price, yuan/t"),
            ("low_t", "mass", "Reduction from, t"),
            ("high_t", "mass", "Reduction to, t"),
            ("cost_yuan", "money", "Annual cost, yuan"),
            ("status", "text", "Status"),
            ("source", "text", "Published in"),
        ),
        _spec(
            "burden",
            "plan",
            "Who bears the plan",
            ("column", "text", "By"),
            ("group", "text", "Group"),
            ("pollutant", "text", "Pollutant"),
            ("baseline_t", "mass", "Baseline, t"),
            ("reduction_t", "mass", "Reduction, t"),
            ("of_baseline", "share", "Of its baseline"),
            ("of_reduction", "share", "Of all reduction"),
            ("cost_yuan", "money", "Annual cost, yuan"),
            ("of_cost", "share", "Of all cost"),
            ("cost_yuan_per_t", "price", "Cost per tonne of baseline, yuan/t"),
        ),
        _spec(
            "alternatives",
            "plan",
            "Plans that cost nearly as little",
            ("number", "count", "Alternative"),
            ("pollutant", "text", "Pollutant"),
            ("cost_yuan", "money", "Annual cost, yuan"),
            ("more_yuan", "money", "More than least cost, yuan"),
            ("more", "share", "More than least cost"),
            ("reduction_t", "mass", "Reduction, t"),
            ("moved_t", "mass", "Moved between sources, t"),
        ),
        _spec(
            "alternative_moves",
            "plan",
            "What moves where",
            ("number", "count", "Alternative"),
            ("column", "text", "By"),
            ("group", "text", "Group"),
            ("pollutant", "text", "Pollutant"),
            ("plan_t", "mass", "Reduction in the plan, t"),
            ("other_t", "mass", "Reduction in the alternative, t"),
            ("difference_t", "mass", "Difference, t"),
        ),
        _spec(
            "alternative_sources",
            "plan",
            "Sources that an alternative treats otherwise",
            ("number", "count", "Alternative"),
            ("source", "text", "Source"),
            ("pollutant", "text", "Pollutant"),
            ("plan_t", "mass", "Reduction in the plan, t"),
            ("other_t", "mass", "Reduction in the alternative, t"),
        ),
        _spec(
            "pathway",
            "plan",
            "Year by year",
            ("year", "count", "Year"),
            ("pollutant", "text", "Pollutant"),
            ("target_t", "mass", "Target, t"),
            ("growth_t", "mass", "New projects, t"),
            ("counted_t", "mass", "Reduction that counts, t"),
            ("net_t", "mass", "Net of new projects, t"),
            ("cost_yuan", "money", "Cost of the year, yuan"),
            ("most_t", "mass", "Greatest possible reduction, t"),
        ),
        _spec(
            "pathway_sectors",
            "plan",
            "Reduction at work, by year and sector",
            ("year", "count", "Year"),
            ("sector", "text", "Sector"),
            ("pollutant", "text", "Pollutant"),
            ("reduction_t", "mass", "Reduction, t"),
        ),
        _spec(
            "pathway_builds",
            "plan",
            "What is built when",
            ("year", "count", "Year"),
            ("group", "text", "Group"),
            ("city", "text", "City"),
            ("measure", "text", "Measure"),
            ("pollutant", "text", "Pollutant"),
            ("sources", "number", "Sources"),
            ("removes_t", "mass", "Reduction, t"),
            ("cost_yuan", "money", "Annual cost, yuan"),
        ),
        _spec(
            "curve",
            "plan",
            "Marginal abatement cost curve",
            ("pollutant", "text", "Pollutant"),
            ("subsector", "text", "Sub-sector"),
            ("measure", "text", "Measure"),
            ("sources", "count", "Sources"),
            ("unit_cost_yuan_per_t", "price", "Unit cost, yuan/t"),
            ("step_t", "mass", "Reduction of the step, t"),
            ("cumulative_t", "mass", "Cumulative reduction, t"),
            ("planned_t", "mass", "Of this in the plan, t"),
        ),
        _spec(
            "measures",
            "plan",
            "Measures table made from the register",
            ("source", "text", "Source"),
            ("firm", "text", "Firm"),
            ("sector", "text", "Sector"),
            ("subsector", "text", "Sub-sector"),
            ("trade", "text", "Trade code"),
            ("process", "text", "Process"),
            ("city", "text", "City"),
            ("county", "text", "County"),
            ("pollutant", "text", "Pollutant"),
            ("baseline_t", "mass", "Baseline, t"),
            ("measure", "text", "Measure"),
            ("slot", "text", "Slot"),
            ("removed_t", "mass", "Reduction, t"),
            ("annual_cost_yuan", "money", "Annual cost, yuan"),
            ("status", "text", "Status"),
        ),
        _spec(
            "unmatched",
            "plan",
            "Sources for which there is no measure",
            ("source", "text", "Source"),
            ("firm", "text", "Firm"),
            ("trade", "text", "Trade code"),
            ("subsector", "text", "Sub-sector"),
            ("process", "text", "Process"),
            ("city", "text", "City"),
            ("pollutant", "text", "Pollutant"),
            ("baseline_t", "mass", "Baseline, t"),
        ),
        _spec(
            "both_costs",
            "plan",
            "Quotas under US and under Chinese costs",
            ("source", "text", "Source"),
            ("pollutant", "text", "Pollutant"),
            ("baseline_t", "mass", "Baseline, t"),
            ("quota_us_t", "mass", "Quota under US costs, t"),
            ("quota_china_t", "mass", "Quota under Chinese costs, t"),
            ("same", "flag", "The same"),
        ),
        _spec("quotas", "plan", "Quotas by source", *_QUOTAS),
        _spec("chosen", "plan", "Measures chosen", *_CHOSEN),
        _spec(
            "conflict",
            "plan",
            "Conditions that cannot hold together",
            ("condition", "text", "Condition"),
            ("kind", "text", "Kind"),
            ("group", "text", "Group"),
            ("pollutant", "text", "Pollutant"),
            ("amount_t", "mass", "Amount, t"),
            ("most_t", "mass", "Greatest possible reduction, t"),
            ("alone_t", "mass", "Possible if it alone gives, t"),
            ("together_t", "mass", "Possible if each gives the same share, t"),
        ),
        _spec("nearest_quotas", "plan", "Quotas of the nearest plan", *_QUOTAS),
        _spec("nearest_chosen", "plan", "Measures of the nearest plan", *_CHOSEN),
        _spec(
            "doubt",
            "plan",
            "What doubtful inputs do",
            ("kind", "text", "Quantity"),
            ("unit", "text", "Unit"),
            ("p05", "number", "5 %"),
            ("p25", "number", "25 %"),
            ("p50", "number", "Middle"),
            ("p75", "number", "75 %"),
            ("p95", "number", "95 %"),
            ("plan", "number", "The plan"),
        ),
        _spec(
            "doubt_fan",
            "plan",
            "What a target costs, over all draws",
            ("target_t", "mass", "Target, t"),
            ("p05_yuan", "money", "5 %, yuan"),
            ("p25_yuan", "money", "25 %, yuan"),
            ("p50_yuan", "money", "Middle, yuan"),
            ("p75_yuan", "money", "75 %, yuan"),
            ("p95_yuan", "money", "95 %, yuan"),
            ("reached", "share", "Draws that can reach it"),
        ),
        _spec(
            "doubt_groups",
            "plan",
            "Reduction by group, over all draws",
            ("column", "text", "Column"),
            ("group", "text", "Group"),
            ("pollutant", "text", "Pollutant"),
            ("p05_t", "mass", "5 %, t"),
            ("p25_t", "mass", "25 %, t"),
            ("p50_t", "mass", "Middle, t"),
            ("p75_t", "mass", "75 %, t"),
            ("p95_t", "mass", "95 %, t"),
            ("plan_t", "mass", "The plan, t"),
        ),
        _spec(
            "doubt_sources",
            "plan",
            "How often each source is in the plan",
            ("source", "text", "Source"),
            ("pollutant", "text", "Pollutant"),
            ("in_plan", "share", "Draws that it is in the plan"),
            ("mean_t", "mass", "Mean reduction, t"),
            ("p05_t", "mass", "5 %, t"),
            ("p50_t", "mass", "Middle, t"),
            ("p95_t", "mass", "95 %, t"),
            ("plan_t", "mass", "The plan, t"),
        ),
        _spec(
            "doubt_baselines",
            "plan",
            "The cost on each baseline, over all draws",
            ("baseline", "text", "Basis"),
            ("met", "share", "Draws that can meet the target"),
            ("p05_yuan", "money", "5 %, yuan"),
            ("p25_yuan", "money", "25 %, yuan"),
            ("p50_yuan", "money", "Middle, yuan"),
            ("p75_yuan", "money", "75 %, yuan"),
            ("p95_yuan", "money", "95 %, yuan"),
        ),
        _spec(
            "influence",
            "plan",
            "Which input makes the spread",
            ("kind", "text", "Input"),
            ("outcome", "text", "Of what"),
            ("low", "number", "Factor from"),
            ("high", "number", "Factor to"),
            ("first", "number", "By itself"),
            ("total", "number", "With the others"),
        ),
        _spec(
            "inputs",
            "plan",
            "Every source and assumption",
            ("key", "text", "Key"),
            ("value", "text", "Value"),
            ("unit", "text", "Unit"),
            ("low", "text", "From"),
            ("high", "text", "To"),
            ("status", "text", "Status"),
            ("source", "text", "Where it comes from"),
            ("place", "text", "Place"),
            ("in_force_from", "date", "In force from"),
            ("in_force_to", "date", "In force to"),
        ),
        _spec(
            "counterfactual",
            "plan",
            "Rules used outside their place or time",
            ("rule", "text", "Rule"),
            ("in_force", "text", "In force"),
            ("why", "title", "Why it is counterfactual here"),
        ),
        # --- the simulated year ---
        _spec(
            "firms",
            "year",
            "Firms at the end of the year",
            ("firm", "text", "Firm"),
            ("sector", "text", "Sector"),
            ("city", "text", "City"),
            ("pollutant", "text", "Pollutant"),
            ("opening_t", "mass", "Opening rights, t"),
            ("wanted_t", "mass", "Emission without measures, t"),
            ("abated_t", "mass", "Abated, t"),
            ("stopped_t", "mass", "Stopped by the card, t"),
            ("emitted_t", "mass", "Emitted, t"),
            ("bought_t", "mass", "Bought, t"),
            ("sold_t", "mass", "Sold, t"),
            ("leased_t", "mass", "Leased in, t"),
            ("owed_t", "mass", "Emitted without a right, t"),
            ("build_cost_yuan", "money", "Abatement cost in the year, yuan"),
            ("alone_cost_yuan", "money", "Cost alone, without a market, yuan"),
            ("optimum_cost_yuan", "money", "Cost in the optimum, yuan"),
            ("penalty_yuan", "money", "Penalty, yuan"),
        ),
        _spec(
            "cards",
            "year",
            "Cards by month",
            ("month", "text", "Month"),
            ("sector", "text", "Sector"),
            ("pollutant", "text", "Pollutant"),
            ("cards", "count", "Cards"),
            ("quota_t", "mass", "Month quota, t"),
            ("emitted_t", "mass", "Emitted, t"),
            ("left_t", "mass", "Left for the year, t"),
            ("warned80", "count", "80 % warnings"),
            ("warned90", "count", "90 % warnings"),
            ("shut", "count", "Shut"),
            ("curtailed", "count", "Curtailed"),
            ("reopened", "count", "Reopened"),
        ),
        _spec(
            "sessions",
            "year",
            "Market sessions",
            ("session", "text", "Session"),
            ("date", "date", "Date"),
            ("kind", "text", "Kind"),
            ("rule", "text", "Rule"),
            ("product", "text", "Product"),
            ("years", "count", "Years"),
            ("orders", "count", "Orders"),
            ("bidders", "count", "Bidders"),
            ("winners", "count", "Winners"),
            ("offered_t", "mass", "Offered, t/yr"),
            ("traded_t", "mass", "Traded, t/yr"),
            ("price_yuan_per_t", "price", "Price, yuan/t·yr"),
            ("average_price_yuan_per_t", "price", "Average price, yuan/t·yr"),
            ("money_yuan", "money", "Money, yuan"),
            ("source", "text", "Rule's source"),
        ),
        _spec(
            "unfilled",
            "year",
            "Orders not filled, by reason",
            ("session", "text", "Session"),
            ("reason", "text", "Reason"),
            ("orders", "count", "Orders"),
            ("mass_t", "mass", "Mass, t/yr"),
        ),
        _spec(
            "trades",
            "year",
            "Trades",
            ("session", "text", "Session"),
            ("date", "date", "Date"),
            ("kind", "text", "Kind"),
            ("buyer", "text", "Buyer"),
            ("seller", "text", "Seller"),
            ("product", "text", "Product"),
            ("mass_t", "mass", "Mass, t/yr"),
            ("retired_t", "mass", "Retired by the ratio, t"),
            ("price_yuan_per_t", "price", "Price, yuan/t·yr"),
            ("money_yuan", "money", "Money, yuan"),
        ),
        _spec(
            "contracts",
            "year",
            "Leases, buybacks and pledges",
            ("contract", "text", "Contract"),
            ("kind", "text", "Kind"),
            ("party", "text", "Party"),
            ("counterparty", "text", "Counterparty"),
            ("product", "text", "Product"),
            ("mass_t", "mass", "Mass, t"),
            ("money_yuan", "money", "Money, yuan"),
            ("begins", "date", "Begins"),
            ("ends", "date", "Ends"),
            ("returned_t", "mass", "Returned unused, t"),
            ("state", "text", "State"),
            ("source", "text", "Rule's source"),
        ),
        _spec(
            "true_up",
            "year",
            "True-up: firms that were short",
            ("firm", "text", "Firm"),
            ("pollutant", "text", "Pollutant"),
            ("year", "count", "Year"),
            ("surrendered_t", "mass", "Surrendered, t"),
            ("shortfall_t", "mass", "Shortfall, t"),
            ("penalty_yuan", "money", "Penalty, yuan"),
            ("paid_yuan", "money", "Paid, yuan"),
            ("source", "text", "Rule's source"),
        ),
        _spec(
            "flow",
            "year",
            "Flow of rights over the year",
            ("pollutant", "text", "Pollutant"),
            ("vintage", "count", "Vintage"),
            ("origin", "title", "From"),
            ("target", "title", "To"),
            ("mass_t", "mass", "Mass, t"),
        ),
        _spec(
            "frictions",
            "year",
            "What each friction of the real rules costs",
            ("friction", "text", "Friction"),
            ("title", "title", "What it is"),
            ("cost_yuan", "money", "Realised cost without it, yuan"),
            ("costs_yuan", "money", "What it costs, yuan"),
            ("efficiency", "number", "Efficiency without it"),
            ("source", "text", "Rule's source"),
        ),
        _spec(
            "happenings",
            "year",
            "What happened, counted",
            ("kind", "text", "Kind"),
            ("title", "title", "What"),
            ("count", "count", "Count"),
            ("mass_t", "mass", "Mass, t"),
            ("money_yuan", "money", "Money, yuan"),
            ("example", "text", "For example"),
            ("rule", "text", "Rule and source"),
        ),
    )
}


def table(name: str, rows: list[tuple[Any, ...]]) -> Table:
    """A table of `TABLES`, rows checked for width."""
    spec = TABLES[name]
    assert all(len(row) == len(spec.columns) for row in rows), f"{name}: a row of wrong width"
    return Table(spec, tuple(rows))
