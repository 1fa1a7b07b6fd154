"""`--receptors TABLE`: limits on what arrives at places, through a transfer matrix.

Read in this order:
    solve.py    the transfer matrix of the table, and the levels that a plan reaches
    table.py    the levels
    section.py  the report's section
"""

from scenarios.planning.plan_question import PlanQuestion
from scenarios.planning.receptors.section import sections
from scenarios.planning.receptors.solve import solve
from scenarios.planning.receptors.table import SPECS, as_json, tables

QUESTION = PlanQuestion(
    name="receptors",
    asked_by="--receptors",
    specs=SPECS,
    solve=solve,
    tables=tables,
    as_json=as_json,
    turn=30,
    quick=True,
    order=30,
    sections=sections,
)
