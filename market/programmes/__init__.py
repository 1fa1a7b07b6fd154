"""How real programmes decide what is offered, at which floor, and who may hold how much.

Read in this order:
    price_ladder.py       floors and triggers that rise by the year
    stability_reserve.py  the European Union's reserve fed by what circulates
    unsold.py             who sells when a sale falls short, and what becomes of the rest
    limits.py             how much one bidder may buy and one holder may hold
Waiting for the instruments: price_ladder, stability_reserve.
"""
