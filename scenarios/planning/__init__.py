"""What a plan is asked, and the answers.

Read in this order:
    condition_texts.py  `--target`, `--min`, `--max`, `--cap` as people write them
    solve.py            the plan, and equal percentage beside it
    scenario_inputs.py  the planning problem of a scenario
    anchors.py          prices that a tonne of VOC has had
    by_source.py        what each source emits, cuts and pays, so that groups add up
    curve.py            the cost curve, step by step
    search.py           how plans are searched for
    plan_question.py    what a question declares about itself; they are found by listing
    matched/            what an inventory or a register was matched to
    importers/          EPA inventories and control measures, registers and catalogues
    infeasible/         what cannot hold together, and the nearest plan
    places/             provinces, cities, counties and firms, each adding up to the one above
    grid/               cities by sectors
    waterfall/          from equal percentage to least cost
    dominated/          measures that another one beats
    fairness/           rules of fairness, and who bears a plan
    receptors/          limits on what arrives at places
    uncertainty/        effect of uncertain inputs
    plan_tables.py      the plan's own tables
    plan_summary.py     its totals
    supply/             response to prices
    frontier/           the cost of every target
    between/            the trade-off between two pollutants
    condition_costs/    what each condition costs
    alternatives/       other plans that cost nearly as little
    pathway/            several years
    asked.py            the question: every option of `allocate`, each in its place
    answers.py          the answers to its parts
    question.py         `allocate`: from a scenario, a table, a register, EPA files
A question is a folder: solve.py asks the optimiser and returns a frozen answer, table.py makes
its tables and JSON, section.py what report and terminal show, chart.py its figures.
"""
