"""A program that posts batch after batch and says which were acknowledged, until killed.

python posting_process.py JOURNAL FIRST_BATCH
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from permits.account import holding, issued, used
from permits.journal import Journal
from permits.ledger import Entry, Reason, move
from permits.right import Right

ENTRIES = 12
RIGHT = Right("VOC", "Zhejiang", 2017)
DAY = date(2017, 3, 1)


def batch(number: int) -> list[Entry]:
    """Issue to a firm, then let it emit, in so many entries; the ids name the batch."""
    who = f"firm{number % 7}"
    grant = Entry(
        f"{number}/0", DAY, Reason.ISSUE, move(issued("province"), holding(who), RIGHT, ENTRIES)
    )
    swipes = [
        Entry(f"{number}/{k}", DAY, Reason.SWIPE, move(holding(who), used(who), RIGHT, 1))
        for k in range(1, ENTRIES)
    ]
    return [grant, *swipes]


def say(what: str, number: int) -> None:
    """One line, out of this process at once."""
    sys.stdout.write(f"{what} {number}\n")
    sys.stdout.flush()


def main() -> None:
    """Open, say so, and post for ever."""
    path, number = Path(sys.argv[1]), int(sys.argv[2])
    with Journal(path, snapshot_every=500) as journal:
        say("open", journal.head.entries)
        while True:
            journal.post(batch(number))
            say("acknowledged", number)
            number += 1


if __name__ == "__main__":
    main()
