"""`--years 2017-2020`: several years, which measures are built when.

Read in this order:
    solve.py    the options, and the pathway that meets every year's target
    table.py    its years, sectors and build schedule
    chart.py    reductions by year and sector
    section.py  the report's section and the terminal's lines
"""

from scenarios.planning.pathway.section import lines, sections
from scenarios.planning.pathway.solve import is_met, solve
from scenarios.planning.pathway.table import SPECS, as_json, tables
from scenarios.planning.plan_question import PlanQuestion

QUESTION = PlanQuestion(
    name="pathway",
    asked_by="--years",
    specs=SPECS,
    solve=solve,
    tables=tables,
    as_json=as_json,
    is_met=is_met,
    turn=90,
    order=60,
    sections=sections,
    lines=lines,
)
