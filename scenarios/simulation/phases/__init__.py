"""Phases of a simulated day: issue, metering, policies, contracts, sessions, building, closing.

Read in this order:
    opening.py      permits and rights issued on the first day of a year
    swipes.py       cards reloaded, emission metered, events, swipe entries
    policy_view.py  what policies are shown, by zone and county
    governing.py    policies asked, and what they order carried out
    handing_over.py what was bought, delivered
    contracting.py  leases, buyback, pledges
    offering.py     mass offered in a government sale, and roll-over to later ones
    trading.py      offers into escrow, clearing, settlement, delivery
    deliveries.py   what was put off, done on its day
    building.py     measures decided and installed
    period_end.py   true-up, fines, expiry
`scenarios/simulation/year.py` calls them in the order of a day and says why in that order.
May import: permits, market, optimize and the modules of scenarios above it.
"""
