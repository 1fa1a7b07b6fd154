"""The ledger: the only way a balance changes.

An entry is posted whole or not at all, sums to zero for every asset, and carries an id:
posted again it changes nothing, with other content it raises. An error is corrected by a
further entry that names the first (`corrects`), never by an edit.

Read in this order:
    entry.py           an entry: legs that sum to zero, a day, a reason, an id
    batch.py           many entries as arrays, accounts and assets by number
    posting_kernel.py  the compiled version of posting
    entry_arrays.py    a journal and balances as arrays, for the kernel
    reservation.py     reservations until a date, and the three ways they end
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
