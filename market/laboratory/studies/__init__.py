"""Many sales at once, in arrays: the basis of the studies of the rules in `docs/`.

Read in this order:
    estimate.py          means, shares and paired differences with their intervals
    equilibrium_bids.py  equilibrium bids for one of several prizes, many values at once
    sale_arrays.py       sales by head count, pay as bid and at a uniform price, many at once
    game.py              an empirical game of bidding habits, and the gain from deviating
    window.py            the hour of the electronic sale: open bids, late bids, other closing rules
    formats.py           two vintages by clock or by sealed bids on packages
    ceilings.py          a price ceiling held by unlimited rights, or by a reserve

Money and values are on a scale from 0, the floor, to 1, the most that anybody would pay
above it; masses in t. Rows are replications, columns bidders.
"""
