"""What a plan is asked, and the answers.

Read in this order:
    condition_texts.py  `--target`, `--min`, `--max`, `--cap` as people write them
    solve.py            the plan, and equal percentage beside it
    scenario_inputs.py  the planning problem of a scenario
    importers/          EPA inventories and control measures, registers and catalogues
    anchors.py          prices that a tonne of VOC has had
    by_source.py        what each source emits, cuts and pays, so that groups add up
    curve.py            the cost curve, step by step
    dominated/          measures that another one beats
    uncertainty/        effect of uncertain inputs
    fairness/           rules of fairness, and who bears a plan
    infeasible/         what cannot hold together, and the nearest plan
    places/             provinces, cities, counties and firms, each adding up to the one above
    grid/               cities by sectors, and from equal percentage to least cost
    receptors/          limits on what arrives at places
    plan_tables.py      its tables
    plan_summary.py     its JSON object
    alternatives/       other plans that cost nearly as little
    frontier/           what targets, conditions and prices cost and bring
    pathway/            several years
    answers.py          all of these beside the plan
    question.py         what `allocate` asks
"""
