"""What a plan is asked, and the answers.

Read in this order:
    condition_texts.py  `--target`, `--min`, `--max`, `--cap` as people write them
    solve.py            the plan, and equal percentage beside it
    scenario_inputs.py  the planning problem of a scenario
    importers/          EPA inventories and control measures, registers and catalogues
    anchors.py          prices that a tonne of VOC has had
    by_source.py        what each source emits, cuts and pays, so that groups add up
    curve.py            the cost curve, step by step
    dominated.py        measures that another one beats
    doubt.py            what doubtful inputs do
    fairness.py         rules of fairness, and who bears a plan
    impossible.py       what cannot hold together, and the nearest plan
    places.py           provinces, cities, counties and firms, each adding up to the one above
    reading.py          cities by sectors, and from equal percentage to least cost
    receptors.py        limits on what arrives at places
    plan_tables.py      its tables
    plan_summary.py     its totals
    alternatives.py     other plans that cost nearly as little
    frontier.py         what targets, conditions and prices cost and bring
    years.py            several years
    further.py          all of these beside the plan
    question.py         what `allocate` asks
"""
