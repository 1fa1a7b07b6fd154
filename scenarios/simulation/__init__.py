"""The simulated year, day by day, and its evaluation.

Read in this order:
    calendar.py            days and phases
    production.py          what plants would emit
    daily_metering.py      what the meters see of it
    building_steps.py      what firms can still build
    event_log.py           what happened, in order
    agenda.py              what is put off to a later day
    world.py               the state of a simulated year
    outcome.py changes.py apply.py  what a phase decides, and the one way it is put into effect
    instructing.py instruments/      what governments order, and what carries it out
    opening_positions.py new_world.py  the world before its first day
    expectation.py         what a firm can know of the rest of its year
    phases/ year.py       one day, phase by phase; every day
    frictions.py           what keeps it from the textbook's
    several_pollutants.py evaluation.py  what the market achieved
    year_results.py        the year as tables
    payments.py            who paid whom
    luck_range.py          how far the figures of a year depend on its luck
    simulate.py            a year as one call, for experiments
"""
