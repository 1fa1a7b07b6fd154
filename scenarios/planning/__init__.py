"""What a plan is asked, and the answers.

Read in this order:
    condition_texts.py solve.py       conditions as typed; the plan next to equal percentage
    scenario_inputs.py anchors.py     the plan of a scenario; published prices of a tonne
    understood.py                     the rows of a table of inputs, as understood
    by_source.py curve.py             totals by source; the marginal abatement cost curve
    search.py plan_question.py        options of the search; how questions are found
    matched/ importers/               EPA inventories, registers, and what they matched
    infeasible/ places/ grid/         conflicts; nested places; cities by sectors
    waterfall/ dominated/ fairness/   from equal percentage to least cost; who bears it
    receptors/ uncertainty/           limits on what arrives; effect of uncertain inputs
    plan_tables.py plan_summary.py letter_notices.py  tables, totals, what rounding them did
    supply/ frontier/ between/        response to prices; cost of targets; trade-offs
    condition_costs/ alternatives/    cost of conditions; near-optimal alternatives
    pathway/                          several years
    question.py answers.py            every option of `allocate`, and the answers
    allocating.py                     from a scenario, a table, a register, EPA files
A question is a folder: `solve.py` asks the optimiser and returns a frozen answer, `table.py`
makes its tables and JSON, `section.py` what report and terminal show, `chart.py` its figures.
"""
