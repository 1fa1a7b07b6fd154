"""The simulated year, day by day, and its evaluation.

Read in this order:
    calendar.py production.py daily_metering.py  days, emission without measures, what meters see
    building_steps.py      what firms can still build
    simulation_rules.py    what a year is played by
    agenda.py command.py market_book.py outcome.py  what is put off, ordered, open, decided: data
    event_log.py world.py  what happened; the state of a simulated year
    changes.py apply.py    every change of it, and the one way a change is made
    instructing.py instruments/  what governments order, and what carries it out
    opening_positions.py new_world.py  the world before its first day
    expectation.py         what a firm can know of the rest of its year
    phases/ day_phases.py  one day, phase by phase
    commanding.py command_log.py stretches.py year.py  what people order; every day of a year
    frictions.py           what keeps it from the textbook's
    several_pollutants.py evaluation.py  what the market achieved
    payments.py year_results.py luck_range.py  the year as tables and totals
    simulate.py            a year as one call, for experiments
"""
