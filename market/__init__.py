"""Markets for rights: sales, trade, lease, buyback, pledge.

Read in this order:
    order.py       orders, and the book of one product
    clearing.py    the outcome of a session; the check of conservation and limits
    matching.py    shared by clearing rules: allocation at the margin, building a clearing
    crossing.py    shared by two-sided rules: where the sides cross, parts paired off
    clock.py       shared by clock auctions: ticks and public rounds
    budget.py      what a purchase can afford, to the fen
    tranches.py    parts of a supply with their own prices
    programmes/    supply, floors and limits of real programmes
    mechanisms/    one file per clearing rule
    screen.py      admission of offers to a book, and the reasons for refusals
    auction.py     a sale under conditions; unsold mass carried to the next
    packages.py    a sealed sale of several products at once
    view.py        what a firm sees when it decides
    seat.py        what a trader sees in an experimental session
    demand.py      a firm's net demand as truthful quotes
    shading.py     bid shading: limits other than the true value
    traders/       one file per behaviour
    states.py      states and events of a right, a contract, a sale
    lease.py       mass of one vintage lent for a term
    equilibrium/   benchmarks: what theory predicts of a market
    sessions/      market sessions for experiments, plain and compiled
    properties.py  properties of clearing rules, and the books on which they are tested
    verify.py      the contract of a clearing rule
    buyback.py     surplus bought or taken back into a reserve
    recall.py      idle and free rights taken back
    pledge.py      rights as collateral of a loan
    banking.py     rights of one year used in another
    forward.py     rights of later vintages sold ahead
    offset.py      creditable reductions outside the cap; liability for void rights
    studies/       many sales at once, in arrays, for studies of the rules
    zones/         where a tonne is emitted: ratios, rivers, receptors, replacement
    secondary.py   deals between firms: dated states, retirement, delays
    licensed.py    effect of a deal on the permits of both firms
    project.py     a new project, from its need to production
    settle.py      ledger entries of market results: the only file that uses both sides
May import: permits, the standard library, numpy, numba, scipy.
"""
