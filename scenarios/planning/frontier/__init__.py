"""`--frontier 20`: the cost of every target from nothing to everything.

Read in this order:
    solve.py    the least-cost plan of each target
    table.py    its points
    chart.py    cost and marginal cost
    section.py  the report's section and the terminal's lines
"""

from scenarios.planning.frontier.section import lines, sections
from scenarios.planning.frontier.solve import solve
from scenarios.planning.frontier.table import SPECS, as_json, tables
from scenarios.planning.plan_question import PlanQuestion

QUESTION = PlanQuestion(
    name="frontier",
    asked_by="--frontier",
    specs=SPECS,
    solve=solve,
    tables=tables,
    as_json=as_json,
    turn=60,
    order=10,
    sections=sections,
    lines=lines,
)
