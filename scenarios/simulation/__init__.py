"""The simulated year, day by day, and its evaluation.

Read in this order:
    calendar.py    days and phases
    production.py  what plants would emit
    metering.py    what the meters see of it
    steps.py       what firms can still build
    log.py         what happened, in order
    world.py       the state of a simulated year
    expect.py      what a firm can know of the rest of its year
    phases/        one day, phase by phase
    year.py        every day of it
    frictions.py   what keeps it from the textbook's
    yardstick.py   alone and optimum with several pollutants
    judge.py       what the market achieved
    yearly.py      the year as tables
"""
