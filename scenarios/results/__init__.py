"""What a run leaves: tables, report, charts, stores.

Read in this order:
    column.py        what a column of a table holds
    plan_specs.py    the tables of every plan
    table_specs.py   these and every table of a year
    reason_titles.py why an entry was posted
    audit_inputs.py  licences and card months, for the audit
    markup.py        text that is HTML already
    summary.py       totals of a run: plan, year, evaluation
    result.py        tables, events and the summary of a run
    public.py        a plan without costs and inputs
    manifest.py      versions, times, hashes
    formatting.py    how ids and numbers look to people
    console.py       what other commands print
    plots/           charts
    report/          the page and the terminal summary
    stores/          where a run is kept
"""
