"""`--condition-costs`: what each condition costs; unasked where that is quick.

Read in this order:
    solve.py    the least cost with each condition and without it
    table.py    the costs
    section.py  the report's section
"""

from scenarios.planning.condition_costs.section import sections
from scenarios.planning.condition_costs.solve import solve
from scenarios.planning.condition_costs.table import SPECS, as_json, tables
from scenarios.planning.plan_question import PlanQuestion

QUESTION = PlanQuestion(
    name="condition_costs",
    asked_by="--condition-costs",
    specs=SPECS,
    solve=solve,
    tables=tables,
    as_json=as_json,
    turn=70,
    needs_plan=True,
    order=40,
    sections=sections,
)
