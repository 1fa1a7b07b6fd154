"""Phases of a simulated day: issue, metering, policies, contracts, sessions, building, closing.

Read in this order:
    opening.py      permits and rights issued on the first day of a year
    swipes.py       cards reloaded, emission metered, events, swipe entries
    governing.py    policies evaluated and put into effect
    leases.py       leases from a reserve
    licences.py     permits that change with a right
    buybacks.py     surplus taken back into a reserve
    pledges.py      loans on rights, and the sale of their collateral
    contract_rows.py  rows of the table of contracts
    offering.py     mass offered in a government sale, and roll-over to later ones
    trading.py      offers into escrow, clearing, settlement, delivery
    building.py     measures decided and installed
    period_end.py   true-up, fines, expiry
`scenarios/simulation/year.py` calls them in the order of a day and says why in that order.
May import: permits, market, optimize and the modules of scenarios above it.
"""
