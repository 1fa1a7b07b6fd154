"""From a file to a result: scenarios, the simulated year, reports, commands.

Read in this order:
    text/            every text in English and Chinese
    intake/          cells, numerals and tables as people make them
    parallel.py      the same work on two processes
    policy.py        what a policy sees and decides
    policies/        one file per policy instrument
    definition/      what a scenario says, checked: schema, register, measures, rules
    attention.py     progress, and the wish to stop
    calendar.py      days and phases
    column.py        what a column of a table holds
    columns_plan.py  every table of a plan
    columns.py       these and every table of a year
    conditions.py    what a sale asks of its bidders
    clear.py         one sale or market from a table
    frictions.py     what keeps it from the textbook's
    planned.py       the planning problem of a scenario
    production.py    what plants would emit
    metering.py      what the meters see of it
    registers.py     licences and card months, for the audit
    result.py        tables, events and the summary of a run
    importers/       EPA inventories and control measures, registers and catalogues
    log.py           what happened, in order
    manifest.py      versions, times, hashes
    plan/            from measures and conditions to quotas
    planning.py      what a plan is asked, and the importers of its inputs
    shown.py         how ids and numbers look to people
    plots/           charts
    report/          the page and the terminal's summary
    steps.py         what firms can still build
    stores/          where a run is kept
    audit/           proof from the journal
    compare.py       runs side by side
    explain/         why a balance or a quota is what it is
    materials/       solvent balances into masses and cards
    statements.py    basic accounts by month and year
    terminal.py      what other commands print
    bulk/            files of readings, of any size, through the meter
    watch/           cards watched: live, or as a page
    wire/            monitor messages by the line and over TCP
    world.py         the state of a simulated year
    expect.py        what a firm can know of the rest of its year
    phases/          one day, phase by phase
    yardstick.py     alone and optimum with several pollutants
    judge.py         what the market achieved
    year.py          every day of it
    yearly.py        the year as tables
    runner.py        plan and year, from a scenario to a RunResult
    api.py           the same from Python
    commands/        the commands of `permits`, one file per family
May import: permits, market, optimize, and any dependency.
"""
