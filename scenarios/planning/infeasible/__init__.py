"""What cannot hold together, and the nearest plan; shown where there is no plan.

Read in this order:
    solve.py    the nearest plan
    table.py    each condition of the conflict: what it asks, what is achievable
    section.py  the report's section and the terminal's lines
"""

from scenarios.planning.infeasible.section import lines, sections
from scenarios.planning.infeasible.table import SPECS, tables_of
from scenarios.planning.plan_question import PlanQuestion
from scenarios.results.result import ReportPlace

QUESTION: PlanQuestion[None, None] = PlanQuestion(
    name="infeasible",
    specs=SPECS,
    of_plan=tables_of,
    place=ReportPlace.BEFORE_PLAN,
    order=20,
    sections=sections,
    lines=lines,
)
