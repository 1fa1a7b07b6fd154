"""Monthly solvent balances: from a firm's table to masses, card balances and events.

Read in this order:
    table.py     the table, row by row: what was used, what is VOC, where it went
    months.py    what must hold between rows: no month missing or double, stocks that meet
    cards.py     the cards they are charged to, on the card's accounting basis
    tables.py    what the tables of a result hold
    metered.py   all of it for one file, and as JSON
"""

from scenarios.monitoring.materials.metered import Metered, meter_materials

__all__ = ["Metered", "meter_materials"]
