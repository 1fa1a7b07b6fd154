"""How rights and money change hands: sales, trade, lease, buyback, pledge.

Read in this order:
    order.py       orders, and the book of one product
    clearing.py    what a session decided; the check of conservation and limits
    matching.py    what clearing rules share: who is served at the margin
    mechanisms/    one file a clearing rule
    view.py        what a firm sees when it decides
    seat.py        what a trader sees on the floor of an experimental session
    demand.py      a firm's net demand, told truthfully
    traders/       one file a behaviour
    equilibrium.py the exact competitive outcome: the yardstick
    sessions/      market sessions for experiments, plain and compiled
    verify.py      the contract of a clearing rule
    lease.py       mass of one vintage lent for a while
    buyback.py     surplus bought or taken back into a reserve
    pledge.py      rights as collateral of a loan
    settle.py      results into ledger entries: the only file that knows both
May import: permits, the standard library, numpy, numba, scipy.
"""
