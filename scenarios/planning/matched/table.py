"""Tables of what was matched, which the importers fill."""

from __future__ import annotations

from scenarios.results.column import spec

EPA_MATCHED = spec(
    "epa_matched",
    "plan",
    "Inventory records with a measure",
    ("scc", "text", "Source class (SCC)"),
    ("source_group", "text", "Source group of its measures"),
    ("pollutant", "text", "Pollutant"),
    ("rows", "count", "Records"),
    ("baseline_t", "mass", "Baseline, t"),
    ("measures", "count", "Measures that fit"),
)
EPA_UNMATCHED = spec(
    "epa_unmatched",
    "plan",
    "Inventory records without a measure",
    ("scc", "text", "Source class (SCC)"),
    ("source_group", "text", "Source group of its measures"),
    ("pollutant", "text", "Pollutant"),
    ("rows", "count", "Records"),
    ("baseline_t", "mass", "Baseline, t"),
    ("why", "title", "Why"),
)
MEASURES = spec(
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
)
UNMATCHED = spec(
    "unmatched",
    "plan",
    "Sources without a measure",
    ("source", "text", "Source"),
    ("firm", "text", "Firm"),
    ("trade", "text", "Trade code"),
    ("subsector", "text", "Sub-sector"),
    ("process", "text", "Process"),
    ("city", "text", "City"),
    ("pollutant", "text", "Pollutant"),
    ("baseline_t", "mass", "Baseline, t"),
)
BOTH_COSTS = spec(
    "both_costs",
    "plan",
    "Quotas under US and Chinese costs",
    ("source", "text", "Source"),
    ("pollutant", "text", "Pollutant"),
    ("baseline_t", "mass", "Baseline, t"),
    ("quota_us_t", "mass", "Quota under US costs, t"),
    ("quota_china_t", "mass", "Quota under Chinese costs, t"),
    ("same", "flag", "Same under both"),
    ("stands", "flag", "Valid under both costs"),
)
SPECS = (EPA_MATCHED, EPA_UNMATCHED, MEASURES, UNMATCHED, BOTH_COSTS)
