"""Measures matched to an inventory or a register, and plans under both costs.

Read in this order:
    table.py    the tables that the importers fill
    section.py  the report's sections and the terminal's lines
"""

from scenarios.planning.matched.section import lines, sections
from scenarios.planning.matched.table import SPECS
from scenarios.planning.plan_question import PlanQuestion

QUESTION: PlanQuestion[None, None] = PlanQuestion(
    name="matched",
    asked_by="--inventory, --register, --costs both",
    specs=SPECS,
    order=80,
    lines_order=5,  # in the terminal first: under which costs the plan is one
    sections=sections,
    lines=lines,
)
