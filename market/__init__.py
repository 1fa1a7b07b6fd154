"""How rights and money change hands: sales, trade, lease, buyback, pledge.

Read in this order:
    order.py       orders, and the book of one product
    clearing.py    what a session decided; the check of conservation and limits
    matching.py    what clearing rules share: who is served at the margin
    crossing.py    what two-sided rules share: where the sides cross, parts paired off
    clock.py       what clock sales share: the moving hand, the round everybody sees
    budget.py      what a purchase can afford, to the fen
    tranches.py    parts of a supply with prices of their own
    programmes/    what real programmes offer, at which floor, and who may hold how much
    mechanisms/    one file a clearing rule
    screen.py      what may enter a book, and why an offer is turned away
    auction.py     a sale under conditions; what goes over to the next
    packages.py    a sealed sale of several products at once
    view.py        what a firm sees when it decides
    seat.py        what a trader sees on the floor of an experimental session
    demand.py      a firm's net demand, told truthfully
    shading.py     limits other than one's own value
    traders/       one file a behaviour
    states.py      what may happen to a right, a contract, a sale
    lease.py       mass of one vintage lent for a while
    equilibrium/   what theory says a market does: the yardsticks
    sessions/      market sessions for experiments, plain and compiled
    properties.py  what a clearing rule may keep, and the books that try it
    verify.py      the contract of a clearing rule
    buyback.py     surplus bought or taken back into a reserve
    recall.py      idle and free rights taken back
    pledge.py      rights as collateral of a loan
    banking.py     rights of one year used in another
    forward.py     rights of later vintages sold ahead
    offset.py      reductions outside the cap that count; who answers for void rights
    studies/       many sales at once, in arrays, for studies of the rules
    zones/         where a tonne is emitted: ratios, rivers, receptors, replacement
    secondary.py   deals between firms: dated states, what retires, delays
    licensed.py    what a deal does to the permits of both firms
    project.py     a new project, from its need to production
    settle.py      results into ledger entries: the only file that knows both
May import: permits, the standard library, numpy, numba, scipy.
"""
