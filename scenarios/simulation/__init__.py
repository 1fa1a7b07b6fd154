"""The simulated year, day by day, and its evaluation.

Read in this order:
    calendar.py            days and phases
    production.py          what plants would emit
    daily_metering.py      what the meters see of it
    building_steps.py      what firms can still build
    event_log.py           what happened, in order
    world.py               the state of a simulated year
    expectation.py         what a firm can know of the rest of its year
    phases/                one day, phase by phase
    year.py                every day of it
    frictions.py           what keeps it from the textbook's
    several_pollutants.py  alone and optimum with several pollutants
    evaluation.py          what the market achieved
    payments.py year_results.py luck_range.py  the year as tables and totals
    simulate.py            a year as one call, for experiments
"""
