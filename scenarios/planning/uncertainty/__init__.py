"""`--draws 200`: effect of uncertain inputs on a plan.

Read in this order:
    solve.py    the options, the draws, the chance-constrained plan, the sensitivity
    table.py    quantiles over all draws
    chart.py    range of costs, sensitivity, range on each baseline
    section.py  the report's section and the terminal's lines
"""

from scenarios.planning.plan_question import PlanQuestion
from scenarios.planning.uncertainty.section import lines, sections
from scenarios.planning.uncertainty.solve import solve
from scenarios.planning.uncertainty.table import SPECS, as_json, tables
from scenarios.results.result import ReportPlace

QUESTION = PlanQuestion(
    name="uncertainty",
    asked_by="--draws",
    specs=SPECS,
    solve=solve,
    tables=tables,
    as_json=as_json,
    turn=50,
    in_run=True,
    place=ReportPlace.BEFORE_PLAN,  # its range is wider than the plan's own gap
    order=10,
    sections=sections,
    lines=lines,
)
