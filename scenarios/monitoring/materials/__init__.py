"""Monthly solvent balances: from a firm's table to masses, card balances and events.

Read in this order:
    materials_table.py   rows of the table: use, VOC content, destination
    month_checks.py      checks between rows: no month missing or double, stocks that match
    material_cards.py    the cards they are charged to, on the card's accounting basis
    material_results.py  columns of the result tables
    meter_materials.py   a whole file, as tables and as JSON
"""

from scenarios.monitoring.materials.meter_materials import Metered, meter_materials

__all__ = ["Metered", "meter_materials"]
