"""One sale or market from a table.

Read in this order:
    conditions.py  what a sale asks of its bidders
    clear.py       one sale or market from a table
"""
