"""Monthly solvent balances: from a firm's table to masses, card balances and events.

Read in this order:
    materials_table.py   the table, row by row: what was used, what is VOC, where it went
    month_checks.py      what must hold between rows: no month missing or double, stocks that meet
    material_cards.py    the cards they are charged to, on the card's accounting basis
    material_results.py  what the tables of a result hold
    meter_materials.py   all of it for one file, and as JSON
"""

from scenarios.monitoring.materials.meter_materials import Metered, meter_materials

__all__ = ["Metered", "meter_materials"]
