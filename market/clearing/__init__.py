"""Orders, and what a clearing rule makes of them.

Read in this order:
    order.py       orders, and the book of one product
    clearing.py    what a session decided; the check of conservation and limits
    matching.py    what clearing rules share: who is served at the margin
    crossing.py    what two-sided rules share: where the sides cross, parts paired off
    clock_sale.py  what clock sales share: the moving hand, the round everybody sees
    budget.py      what a purchase can afford, to the fen
    tranches.py    parts of a supply with prices of their own
    packages.py    a sealed sale of several products at once
Waiting for the instruments: packages.
"""
