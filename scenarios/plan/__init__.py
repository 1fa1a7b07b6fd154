"""The planner's side: from a measures table or a scenario to quotas, tables and JSON.

Read in this order:
    inputs.py     sources, measures and conditions in whole mg and fen
    options.py    `--target`, `--min`, `--max`, `--cap` as people write them
    table.py      a measures table, checked whole
    solve.py      the plan, and equal percentage beside it
    impossible.py what cannot hold together, and the nearest plan
    tables.py     its tables
    told.py       its JSON object
"""
