"""Zones of emission: ratios between them, rivers, receptors, hot spots.

Read in this order:
    ratios.py       what a tonne given in one zone is worth in another
    replacement.py  rights acquired for each tonne of need, and the part that retires
    river.py        zonal caps from limits along a river, and where that fails
    sequential.py   neighbours trading one pair at a time until nobody gains
    receptors.py    what sources add at places that are protected, and hot spots
Waiting for the instruments: river, sequential, receptors.
"""
