"""From the cost of equal percentage to the least cost, sector by sector; shown for every plan.

Read in this order:
    table.py    a row per sector
    chart.py    both totals, with the sectors between them
    section.py  the report's section
"""

from scenarios.planning.plan_question import PlanQuestion
from scenarios.planning.waterfall.section import sections
from scenarios.planning.waterfall.table import SPECS, tables_of
from scenarios.results.result import ReportPlace

QUESTION: PlanQuestion[None, None] = PlanQuestion(
    name="waterfall",
    specs=SPECS,
    of_plan=tables_of,
    place=ReportPlace.AFTER_GROUPS,
    order=30,
    sections=sections,
)
