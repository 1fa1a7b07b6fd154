"""Cities by sectors: how much each cuts, and at what cost; shown for every plan.

Read in this order:
    table.py    a row per city, sector and pollutant
    section.py  the report's section
"""

from scenarios.planning.grid.section import sections
from scenarios.planning.grid.table import SPECS, tables_of
from scenarios.planning.plan_question import PlanQuestion
from scenarios.results.result import ReportPlace

QUESTION: PlanQuestion[None, None] = PlanQuestion(
    name="grid",
    specs=SPECS,
    of_plan=tables_of,
    place=ReportPlace.AFTER_GROUPS,
    order=20,
    sections=sections,
)
