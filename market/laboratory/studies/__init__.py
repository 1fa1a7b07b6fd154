"""Many sales at once, in arrays: what studies of the rules in `docs/` are made of.

Read in this order:
    estimate.py          means, shares and paired differences with their intervals
    equilibrium_bids.py  equilibrium bids for one of several prizes, many values at once
    sale_arrays.py       sales by head count, at one's own bid and at one price, many at once
    game.py              an empirical game of bidding habits, and what leaving one alone earns
    window.py            the hour of the electronic sale: bids seen, late bids, other ways to close
    formats.py           two vintages by clock or by sealed bids on packages
    ceilings.py          a price held by rights without limit, or by a reserve

Money and values are on a scale from 0, the floor, to 1, the most that anybody would pay
above it; masses in t. Rows are replications, columns bidders.
"""
