"""Instruments of governments: a file each, with the instruction and its handler.

Read in this order:
    notice.py         a sentence for the log
    price_bounds.py   lowest bid and highest ask, by pollutant
    reserve_share.py  share of the reserve that a sale offers, by pollutant
    fines.py          fines, in per cent of the scenario's
    retire_share.py   a share of a vintage leaves the market for good
What is set for a day (bounds, share, fines) ends with it: a policy that ends leaves no trace.
"""
