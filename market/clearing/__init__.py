"""Orders, and what a clearing rule makes of them.

Read in this order:
    order.py       orders, and the book of one product
    clearing.py    the outcome of a session; the check of conservation and limits
    matching.py    shared by clearing rules: allocation at the margin, building a clearing
    bid_columns.py bids of a large sale as arrays, and its outcome
    crossing.py    shared by two-sided rules: where the sides cross, parts paired off
    clock_sale.py  shared by clock auctions: ticks and public rounds
    budget.py      what a purchase can afford, to the fen
    tranches.py    parts of a supply with their own prices
    packages.py    a sealed sale of several products at once
Waiting for the instruments: packages.
"""
