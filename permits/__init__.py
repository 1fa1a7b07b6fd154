"""What is held, by whom, and how it changes: rights, accounts, ledger, meter, card.

Read in this order:
    errors.py      mistakes that people can mend
    rule.py        rules that grow by one file, and how they are found
    quantity.py    milligrams and fen, and how we round
    rng.py         named random streams
    right.py       what is held: pollutant, zone, vintage, series; strips
    account.py     who holds it, and how low a balance may go
    ledger/        the one way a balance changes
    machine.py     tables of states
    states.py      those of renewals, accounts, outfalls and proposals
    permit/        the licence: a limit, not a holding
    outfall.py     which outfalls there are, and what happened to them
    basic_account/ accounts of firm, county, city and province, and area totals
    meter/         three ways to a mass, one interface
    hj212/         the monitor protocol, both versions
    card/          month quotas and the events at 80, 90 and 100 per cent
    bulk/          whole files of readings in one pass
    draw.py        which right pays for a use
    relief.py      how far an obligation reaches
    trueup.py      the end of the year: surrender, shortfall, penalty, lapse
    allocation/    one file a rule: how the cap becomes opening positions
    invariants.py  what must hold after every run
    journal/       the ledger on disk: durable before it is acknowledged
    registry.py    one firm, one permit, one card
May import: the standard library, numpy, numba. Nothing else of ours.
"""
