"""A session: which offers are admitted, and how a sale under conditions is held.

Read in this order:
    admission.py  what may enter a book, and why an offer is refused
    auction.py    a sale under conditions; what rolls over to the next
"""
