"""Participants: what they see, what they need, how they shade their bids.

Read in this order:
    view.py         what a firm sees when it decides
    seat.py         what a trader sees in an experimental session
    demand.py       a firm's net demand as truthful quotes
    bid_shading.py  bid shading: limits other than the true value
"""
