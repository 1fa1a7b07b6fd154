"""Importers: inventories, registers and catalogues converted to a measures table.

Read in this order:
    epa_records.py      lines and cells of EPA's files; errors are collected
    epa_set.py          which files make up a control-measure set
    epa_measures.py     the set: measures, efficiencies, source classes
    epa_formats.py      formats of inventories: which one a file declares, its columns
    epa_inventory.py    sources, emissions and existing control of ORL and FF10 inventories
    epa_prices.py       conversion of dollars between years
    epa_match.py        matching of measures to sources: effect and cost
    epa_matched.py      match report: the measures of every record, or why it has none
    epa_report.py       notices about matches, prices and exclusions
    epa_table.py        the measures table
    register_trades.py  mapping of trade codes and processes to sub-sectors
    register_offers.py  measures of a catalogue for one source: effect and cost
    register_table.py   a register and a catalogue as a measures table
    register_report.py  output tables: measures, unmatched rows, plans under both costs
"""

from scenarios.planning.importers.epa_table import EpaTable, epa_allocate_table, epa_table
from scenarios.planning.importers.register_table import RegisterTable, register_table

__all__ = ["EpaTable", "RegisterTable", "epa_allocate_table", "epa_table", "register_table"]
