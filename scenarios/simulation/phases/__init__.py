"""One day of the simulated year, phase by phase.

Read in this order:
    opening.py      permits and rights issued on the first day of a year
    swipes.py       cards reloaded, emission metered, events, swipe entries
    governing.py    policies asked, and put into effect
    contracting.py  leases, buyback, pledges
    offering.py     what a government sale offers, and what goes over to later ones
    trading.py      offers into escrow, clearing, settlement, delivery
    building.py     measures decided and put to work
    period_end.py   true-up, penalties, lapse
May import: permits, market, optimize and the modules of scenarios above it.
"""
