"""A session: which offers are admitted, and how a sale under conditions is held.

Read in this order:
    admission.py  admission of offers to a book, and the reasons for refusals
    auction.py    a sale under conditions; unsold mass carried to the next
    session.py    a session as a value: opened, given offers one by one, closed
    large_sale.py a sale of 1,000s of bids, by columns
"""
