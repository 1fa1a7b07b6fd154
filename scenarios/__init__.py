"""From a file to a result: scenarios, the simulated year, reports, commands.

Read in this order:
    text/          every text in English and Chinese
    intake/        cells, numerals and tables as people make them
    parallel.py    the same work on two processes
    policy.py      what a policy sees and decides
    policies/      one file per policy instrument
    definition/    what a scenario says, checked: schema, register, measures, rules
    results/       tables, report, charts and stores of a run
    planning/      what a plan is asked, and the importers of its inputs
    proof/         audit, explanation, comparison, statements
    attention.py   progress, and the wish to stop
    bulk/          files of readings, of any size, through the meter
    calendar.py    days and phases
    conditions.py  what a sale asks of its bidders
    clear.py       one sale or market from a table
    frictions.py   what keeps it from the textbook's
    log.py         what happened, in order
    materials/     solvent balances into masses and cards
    production.py  what plants would emit
    metering.py    what the meters see of it
    steps.py       what firms can still build
    watch/         cards watched: live, or as a page
    wire/          monitor messages by the line and over TCP
    world.py       the state of a simulated year
    expect.py      what a firm can know of the rest of its year
    phases/        one day, phase by phase
    yardstick.py   alone and optimum with several pollutants
    judge.py       what the market achieved
    year.py        every day of it
    yearly.py      the year as tables
    runner.py      plan and year, from a scenario to a RunResult
    api.py         the same from Python
    commands/      the commands of `permits`, one file per family
May import: permits, market, optimize, and any dependency.
"""
