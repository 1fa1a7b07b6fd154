"""The durable journal: an acknowledged entry survives a power failure.

One SQLite file (write-ahead log, `synchronous=FULL`). A batch of entries is one
transaction: checked against the ledger, written, committed, and only then
acknowledged, so that it is present as a whole or not at all. Batches are chained by
SHA-256, so that an edit, a cut or a changed order is detected; whoever can rewrite the whole
file can rewrite the chain too, which only a head kept elsewhere reveals.

Read in this order:
    database.py  the tables, and error messages for SQLite's errors
    stored.py    a batch as stored in the file, and its seal
    names.py     numbers for accounts, assets and kinds of entry
    store.py     `Journal`: open, post, close
    history.py   balances at an entry, and the postings behind a balance
    faults.py    faults of a file
"""

from permits.journal.database import is_journal
from permits.journal.faults import find_faults
from permits.journal.history import (
    Posting,
    balances_at,
    entries_at,
    entries_in,
    head_in,
    postings_of,
    replay_file,
)
from permits.journal.store import Acknowledged, Head, Journal

__all__ = [
    "Acknowledged",
    "Head",
    "Journal",
    "Posting",
    "balances_at",
    "entries_at",
    "entries_in",
    "find_faults",
    "head_in",
    "is_journal",
    "postings_of",
    "replay_file",
]
