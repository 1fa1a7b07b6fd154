"""Response to prices: what each published price, and `--price`, would bring about.

Read in this order:
    solve.py    the cut at each price
    table.py    prices and cuts
    section.py  the report's section
"""

from scenarios.planning.plan_question import PlanQuestion
from scenarios.planning.supply.section import sections
from scenarios.planning.supply.solve import solve
from scenarios.planning.supply.table import SPECS, tables

QUESTION = PlanQuestion(
    name="supply",
    asked_by="--price",
    specs=SPECS,
    solve=solve,
    tables=tables,
    turn=10,
    quick=True,
    in_run=True,
    order=70,
    sections=sections,
)
