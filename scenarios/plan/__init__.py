"""The planner's side: from a measures table or a scenario to quotas, tables and JSON.

Read in this order:
    inputs.py     sources, measures and conditions in whole mg and fen
    options.py    `--target`, `--min`, `--max`, `--cap` as people write them
    table.py      a measures table, checked whole
    solve.py      the plan, and equal percentage beside it
    impossible.py what cannot hold together, and the nearest plan
    reading.py    cities by sectors, and from equal percentage to least cost
    doubt.py      what doubtful inputs do
    tables.py     its tables
    told.py       its JSON object
    anchors.py    prices that a tonne of VOC has had
    frontier.py   what targets, conditions and prices cost and bring
    fairness.py   rules of fairness, and who bears a plan
    alternatives.py  other plans that cost nearly as little
    years.py      several years
    further.py    all of these beside the plan
"""
