"""Supply, floors and limits of real programmes.

Read in this order:
    price_ladder.py       floors and triggers that rise by the year
    stability_reserve.py  the European Union's reserve, driven by circulating allowances
    unsold.py             division of an undersubscribed sale, and unsold allowances
    limits.py             purchase limits of bidders and holding limits
Waiting for the instruments: price_ladder, stability_reserve.
"""
