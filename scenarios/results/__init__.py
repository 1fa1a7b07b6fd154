"""What a run leaves: tables, report, charts, stores.

Read in this order:
    column.py        what a column of a table holds
    columns_plan.py  every table of a plan
    columns.py       these and every table of a year
    registers.py     licences and card months, for the audit
    result.py        tables, events and the summary of a run
    manifest.py      versions, times, hashes
    shown.py         how ids and numbers look to people
    terminal.py      what other commands print
    plots/           charts
    report/          the page and the terminal summary
    stores/          where a run is kept
"""
