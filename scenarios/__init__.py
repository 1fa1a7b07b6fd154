"""From a file to a result: scenarios, the simulated year, reports, commands.

Read in this order:
    text/        every text in English and Chinese
    intake/      cells, numerals and tables as people make them
    workers.py   the same work on several processes or machines
    policy.py    what a policy sees, and instructions
    definition/  what a scenario says, checked: schema, register, measures, rules
    results/     tables, report, charts and stores of a run
    planning/    what a plan is asked, and the importers of its inputs
    simulation/  the simulated year, day by day, and its evaluation
    policies/    one file per policy
    sales/       one sale or market from a table
    monitoring/  monitor data: files, messages, live view, materials
    proof/       audit, explanation, comparison, statements
    runner.py    plan and year, from a scenario to a RunResult
    api/         the commands as functions, for notebooks
    commands/    the commands of `permits`, one file per family
May import: permits, market, optimize, and any dependency.
"""
