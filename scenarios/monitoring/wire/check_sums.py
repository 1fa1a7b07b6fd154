"""Check sums that repeat more often than chance allows: a hint at fabricated messages."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from permits.meter.hints.checksums import find_repeated_checksums
from permits.meter.hints.hint import MOST_CHANCE, TEXTS
from scenarios.text import t

MOST_DEVICES, MOST_MESSAGES = 1_000, 10_000
"""Devices examined, and first messages of each: memory stays constant (assumed)."""


class CheckSums:
    """The check sums of each device's messages, in the order in which they came."""

    def __init__(self) -> None:
        self._sums: dict[str, array[int]] = {}

    def add(self, device: str, check_sum: int) -> None:
        """Remember the check sum of a message; leave out those that were sent again."""
        own = self._sums.get(device)
        if own is None and len(self._sums) < MOST_DEVICES:
            own = self._sums[device] = array("H")
        if own is not None and len(own) < MOST_MESSAGES:
            own.append(check_sum)

    def hints(self) -> Iterator[str]:
        """Hints for people, one line each.

        Of many devices some will repeat by chance, so the more there are the more a
        device must show.
        """
        most = MOST_CHANCE / max(len(self._sums), 1)
        for device, sums in self._sums.items():
            for hint in find_repeated_checksums(sums, most_chance=most):
                said = t(hint.text).format(**hint.values)
                yield f"{device}: {said}. {t(hint.mend)} ({t(TEXTS['no_proof'])})"
