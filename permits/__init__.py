"""Rights, accounts and how they change: ledger, permits, meters and discharge cards.

Read in this order:
    errors.py quantity.py rule.py rng.py   errors, whole numbers, rules of one file, chance
    right.py account.py ledger/            what is held, who holds it, how a balance changes
    machine.py states.py                   tables of states
    permit/ outfall.py accounts/           the licence, its outlets, accounts by level
    meter/ hj212/ card/ metering/          from measurement to mass, card event, whole files
    draw.py relief.py trueup.py            which right pays for a use; the end of the year
    allocation/ invariants.py              one file per allocation rule; what must always hold
    sqlite_file.py journal/ registry.py    the ledger on disk; one firm, one permit, one card
Waiting for the instruments: outfall, relief, registry.
May import: the standard library, numpy, numba. No other package of this project.
"""
