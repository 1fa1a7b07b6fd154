"""From a file to a result: scenarios, the simulated year, reports, commands.

Read in this order:
    text/          every text in English and Chinese
    suggest.py     the nearest known name, for errors
    readings.py    numbers as spreadsheets hold them
    sheets.py      the cells of CSV, Excel and Parquet files
    tables.py      tables as people make them
    basis.py       the accounting basis that a table names
    given.py       numbers with their provenance
    schema.py      what a scenario file may say
    register.py    sources and firms: read, written out, or drawn
    column.py      what a column of a table holds
    columns_plan.py  every table of a plan
    columns.py     these and every table of a year
    registers.py   licences and card months, for the audit
    result.py      tables, events and the summary of a run
    plan/          from measures and conditions to quotas
    measures.py    what each source can do
    inputs.py      every number that a scenario rests on
    scenario.py    a scenario as the runner takes it
    planned.py     the planning problem of a scenario
    importers/     EPA inventories and control measures, registers and catalogues
    policy.py      what a policy sees and decides
    policies/      one file a policy
    rules.py       which rules a scenario uses, and which are counterfactual
    load.py        from a file to a Scenario
    calendar.py    days and phases
    production.py  what plants would emit
    metering.py    what the meters see of it
    steps.py       what firms can still build
    log.py         what happened, in order
    world.py       the state of a simulated year
    expect.py      what a firm can know of the rest of its year
    phases/        one day, phase by phase
    year.py        every day of it
    yardstick.py   alone and optimum with several pollutants
    judge.py       what the market achieved
    frictions.py   what keeps it from the textbook's
    yearly.py      the year as tables
    parallel.py    the same work on two processes
    runner.py      plan and year, from a scenario to a RunResult
    manifest.py    versions, times, hashes
    shown.py       how ids and numbers look to people
    plots/         charts
    report/        the page and the terminal's summary
    stores/        where a run is kept
    audit/         proof from the journal
    statements.py  basic accounts by month and year
    explain/       why a balance or a quota is what it is
    compare.py     runs side by side
    conditions.py  what a sale asks of its bidders
    clear.py       one sale or market from a table
    planning.py    what `allocate` asks
    catalogue.py   what there is
    starter.py     what `init` writes
    verified.py    what `verify` says
    attention.py   progress, and the wish to stop
    terminal.py    what other commands print
    bulk/          files of readings, of any size, through the meter
    watch/         cards watched: live, or as a page
    wire/          monitor messages by the line and over TCP
    materials/     solvent balances into masses and cards
    api.py         the same for notebooks
    commands/      the commands of `permits`, one file a family
May import: permits, market, optimize, and any dependency.
"""
