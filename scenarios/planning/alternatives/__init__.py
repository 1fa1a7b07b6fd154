"""`--alternatives 2%`: near-optimal alternatives (MGA), as different as possible.

Read in this order:
    solve.py    the alternatives within the cost tolerance
    table.py    the cost of each, and what moves where
    chart.py    shifts from the plan by group
    section.py  the report's section and the terminal's lines
"""

from scenarios.planning.alternatives.section import lines, sections
from scenarios.planning.alternatives.solve import solve
from scenarios.planning.alternatives.table import SPECS, as_json, tables
from scenarios.planning.plan_question import PlanQuestion

QUESTION = PlanQuestion(
    name="alternatives",
    asked_by="--alternatives",
    specs=SPECS,
    solve=solve,
    tables=tables,
    as_json=as_json,
    turn=80,
    needs_plan=True,
    order=50,
    lines_order=65,  # in the terminal after the pathway: the plan before what else could be
    sections=sections,
    lines=lines,
)
