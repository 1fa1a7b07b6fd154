"""Provinces, cities, counties and firms, each adding up to the one above; for every plan.

Read in this order:
    table.py    the tree of places
    chart.py    places within places
    section.py  the report's section
"""

from scenarios.planning.places.section import sections
from scenarios.planning.places.table import SPECS, place_tables
from scenarios.planning.plan_question import PlanQuestion
from scenarios.results.result import ReportPlace

QUESTION: PlanQuestion[None, None] = PlanQuestion(
    name="places",
    specs=SPECS,
    of_plan=place_tables,
    place=ReportPlace.AFTER_GROUPS,
    order=10,
    sections=sections,
)
