"""What is held, by whom, and how it changes: rights, accounts, ledger, meter, card.

Read in this order:
    errors.py      mistakes that people can mend
    rule.py        rules that grow by one file, and how they are found
    quantity.py    milligrams and fen, and how we round
    rng.py         named random streams
    right.py       what is held: pollutant, zone, vintage, series; strips
    account.py     who holds it, and how low a balance may go
    ledger.py      the one way a balance changes
    permit.py      the licence: a limit, not a holding
    meter/         three ways to a mass, one interface
    card/          month quotas and the events at 80, 90 and 100 per cent
    bulk/          whole files of readings in one pass
    draw.py        which right pays for a use
    relief.py      how far an obligation reaches
    trueup.py      the end of the year: surrender, shortfall, penalty, lapse
    allocation/    one file a rule: how the cap becomes opening positions
    invariants.py  what must hold after every run
May import: the standard library, numpy, numba. Nothing else of ours.
"""
