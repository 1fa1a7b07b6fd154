"""Measures that another one beats; shown for every plan.

Read in this order:
    solve.py    the dominated measures
    table.py    counts by measure, and each with its better alternative
    section.py  the report's section
"""

from scenarios.planning.dominated.section import sections
from scenarios.planning.dominated.solve import solve
from scenarios.planning.dominated.table import SPECS, as_json, tables
from scenarios.planning.plan_question import PlanQuestion

QUESTION = PlanQuestion(
    name="dominated",
    specs=SPECS,
    solve=solve,
    tables=tables,
    as_json=as_json,
    turn=20,
    quick=True,
    order=90,
    sections=sections,
)
