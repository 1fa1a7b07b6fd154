"""A run's chain of hashes: changed, lost or reordered entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from permits.invariants import Violation
from scenarios.results.stores.run_journal import FIRST, JournalRow


def find_in_chain(
    rows: Sequence[JournalRow], meta: Mapping[str, str], sealed: Mapping[str, Any]
) -> Iterator[Violation]:
    """Check the chain of a journal's rows against its closing record and the manifest.

    Args:
        rows: the rows by number, unchecked.
        meta: closing record of the journal: number of entries and last hash.
        sealed: the manifest's seal of the journal; empty if it has none.
    """
    # Gaps first: a missing row also breaks the link of the next one, reported only once.
    yield from _find_gaps(rows, meta.get("entries", "0"))
    broken = [k for k, row in enumerate(rows) if row.digest(_before(rows, k)) != row.hash]
    moved = _moved(rows, broken)
    for k in moved if moved else broken:
        row = rows[k]
        if moved:
            text = "entry {id} is at number {n}, where the run wrote another entry"
        elif k and row.n != rows[k - 1].n + 1:
            continue  # the gap before it is reported, and explains the broken link
        else:
            text = "entry {id} (number {n}) was changed, or an entry before it is missing"
        yield Violation("audit.chain", text, f"entry {row.id}", {"id": row.id, "n": row.n})
    head = rows[-1].hash if rows else FIRST
    if head != meta.get("head"):
        text = (
            "the hash of the last entry differs from the one recorded when the journal was closed"
        )
        yield Violation("audit.head", text, "run.sqlite: meta.head")
    if sealed and (sealed.get("head"), sealed.get("entries")) != (head, len(rows)):
        text = "the journal does not match the seal in the manifest"
        yield Violation("audit.seal", text, "manifest.json: journal")


def _find_gaps(rows: Sequence[JournalRow], told: str) -> Iterator[Violation]:
    """Numbers that are missing, and whether entries are cut off at the end."""
    expected = 1
    for row in rows:
        if row.n > expected:
            text = "entries {first} to {last} are missing before entry {id}"
            if row.n == expected + 1:
                text = "entry {first} is missing before entry {id}"
            values = {"first": expected, "last": row.n - 1, "id": row.id}
            yield Violation("audit.missing", text, f"entry {row.id}", values)
        expected = row.n + 1
    if str(expected - 1) != told:
        text = "the journal ends at entry {last}, but was closed with {told} entries"
        values = {"last": expected - 1, "told": told}
        yield Violation("audit.count", text, "run.sqlite: meta.entries", values)


def _before(rows: Sequence[JournalRow], k: int) -> str:
    return rows[k - 1].hash if k else FIRST


def _moved(rows: Sequence[JournalRow], broken: Sequence[int]) -> list[int]:
    """Rows at another place than the run wrote them; empty if that does not explain all.

    Each row is linked to the one whose hash it continues, whatever its place; followed
    from the beginning the links give the order of writing.
    """
    after: dict[str, int] = {_before(rows, k): k for k in range(len(rows))}
    for k in broken:
        after.pop(_before(rows, k), None)
    for k in broken:
        places = (h for h in (FIRST, *(row.hash for row in rows)) if h not in after)
        link = next((h for h in places if rows[k].digest(h) == rows[k].hash), None)
        if link is None:
            return []
        after[link] = k
    order: list[int] = []
    at = FIRST
    while at in after and len(order) < len(rows):
        order.append(after[at])
        at = rows[after[at]].hash
    if len(order) < len(rows):
        return []
    return [k for place, k in enumerate(order) if place != k]
