"""The one way a balance changes.

An entry is whole or absent, sums to zero for every asset, and carries an id: posted
again it changes nothing, with other content it raises. A mistake is mended by a
further entry that names the first (`corrects`), never by an edit.

Read in this order:
    entry.py           what is posted: legs that add up to zero, a day, a reason, an id
    batch.py           many entries as arrays, accounts and assets by number
    posting_kernel.py  what the poster does, compiled
    entry_arrays.py    a journal and balances as arrays, for the kernel
    reservation.py     what is set aside until a date, and the three ways out
    book.py            balances and the journal; the only poster
Waiting for the instruments: reservation.
"""

from permits.ledger.batch import EntryBatch, Names, numbered_ids
from permits.ledger.book import Ledger, replay
from permits.ledger.entry import MOST, Entry, Leg, Posted, Reason, move

__all__ = [
    "MOST",
    "Entry",
    "EntryBatch",
    "Ledger",
    "Leg",
    "Names",
    "Posted",
    "Reason",
    "move",
    "numbered_ids",
    "replay",
]
