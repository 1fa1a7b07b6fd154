"""`--between VOC,NOX`: the trade-off between two pollutants.

Read in this order:
    solve.py    the greatest cut of one for each cut of the other
    table.py    its plans
    chart.py    one reduction against the other
    section.py  the report's section
"""

from scenarios.planning.between.section import sections
from scenarios.planning.between.solve import solve
from scenarios.planning.between.table import SPECS, as_json, tables
from scenarios.planning.plan_question import PlanQuestion

QUESTION = PlanQuestion(
    name="between",
    asked_by="--between",
    specs=SPECS,
    solve=solve,
    tables=tables,
    as_json=as_json,
    turn=61,
    order=20,
    sections=sections,
)
