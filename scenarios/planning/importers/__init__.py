"""Foreign data made ours: inventories, registers and catalogues into a measures table.

Read in this order:
    epa_records.py      lines and cells of EPA's files, mistakes kept for the end
    epa_set.py          which files make up a control-measure set
    epa_measures.py     the set: measures, efficiencies, source classes
    epa_inventory.py    ORL and FF10 inventories
    epa_prices.py       dollars of one year in those of another
    epa_match.py        what each measure would do to each source
    epa_matched.py      every record accounted for: what fits it, or why nothing does
    epa_report.py       what the reader of the table should know
    epa_table.py        the measures table
    register_trades.py  trade codes and processes into sub-sectors of a catalogue
    register_offers.py  what the measures of a catalogue offer a source
    register_table.py   a register and a catalogue into the measures table
    register_report.py  that table, what matched nothing, and a plan under other costs
"""

from scenarios.planning.importers.epa_table import EpaTable, epa_allocate_table, epa_table
from scenarios.planning.importers.register_table import RegisterTable, register_table

__all__ = ["EpaTable", "RegisterTable", "epa_allocate_table", "epa_table", "register_table"]
