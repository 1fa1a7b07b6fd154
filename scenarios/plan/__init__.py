"""The planner's side: from a measures table or a scenario to quotas, tables and JSON.

Read in this order:
    inputs.py     sources, measures and conditions in whole mg and fen
    options.py    `--target`, `--min`, `--max`, `--cap` as people write them
    prices.py     costs in other money in yuan of one year
    table.py      a measures table, checked whole
    solve.py      the plan, and equal percentage beside it
    by_source.py  what each source emits, cuts and pays, so that groups add up
    impossible.py what cannot hold together, and the nearest plan
    receptors.py  limits on what arrives at places
    fairness.py   rules of fairness, and who bears a plan
    places.py     provinces, cities, counties and firms, each adding up to the one above
    curve.py      the cost curve, step by step
    reading.py    cities by sectors, and from equal percentage to least cost
    doubt.py      what doubtful inputs do
    tables.py     its tables
    told.py       its JSON object
    anchors.py    prices that a tonne of VOC has had
    frontier.py   what targets, conditions and prices cost and bring
    dominated.py  measures that another one beats
    alternatives.py  other plans that cost nearly as little
    years.py      several years
    further.py    all of these beside the plan
"""
