"""`--fair`: rules of fairness, and who bears a plan; the burden is shown for every plan.

Read in this order:
    solve.py    the limits of the rules as written, and the burdens of a plan
    table.py    burdens by group, Gini coefficients, what each rule allows
    section.py  the report's section
"""

from scenarios.planning.fairness.section import sections
from scenarios.planning.fairness.solve import solve
from scenarios.planning.fairness.table import SPECS, as_json, tables
from scenarios.planning.plan_question import PlanQuestion

QUESTION = PlanQuestion(
    name="fairness",
    specs=SPECS,
    solve=solve,
    tables=tables,
    as_json=as_json,
    turn=40,
    quick=True,
    needs_plan=True,
    in_run=True,
    order=100,
    sections=sections,
)
