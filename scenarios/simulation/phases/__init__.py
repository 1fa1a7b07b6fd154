"""Phases of a simulated day: issue, metering, policies, contracts, sessions, building, closing.

Read in this order:
    opening.py        permits and rights issued on the first day of a year
    swipes.py         cards reloaded, emission metered, events, swipe entries
    policy_view.py governing.py  what policies are shown, and what they order carried out
    licences.py handing_over.py  what was bought is delivered; permits change with a right
    contract_rows.py  rows of the table of contracts
    leases.py         leases from a reserve
    buybacks.py       surplus taken back into a reserve
    collateral.py pledges.py  loans on rights, and the sale of their collateral
    offering.py       mass offered in a government sale, and roll-over to later ones
    quoting.py        quotes of firms as offers, and the conditions of a session
    session_rows.py settlement.py  what a session leaves; delivery of what was traded
    trading.py        sessions opened, given offers, closed
    building.py       measures decided and installed
    deliveries.py     what was put off until today
    period_end.py     true-up, fines, expiry
`scenarios/simulation/day_phases.py` has them in the order of a day and says why.
May import: permits, market, optimize and the modules of scenarios above it.
"""
