"""Participants: what they see, what they need, how they shade their bids.

Read in this order:
    view.py         what a firm sees when it decides
    seat.py         what a trader sees in an experimental session
    demand.py       a firm's net demand, reported truthfully
    bid_shading.py  limits other than one's own value
"""
