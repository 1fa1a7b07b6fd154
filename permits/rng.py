"""Named random streams: one independent generator per actor and purpose.

A stream is keyed by the seed and by names, so that a new firm or another worker process
leaves all other draws unchanged, and two arms of an experiment use common random numbers.
"""

from __future__ import annotations

import hashlib
from typing import Any, cast

import numpy as np
from numpy.random import Generator, Philox, SeedSequence


def stream(seed: int, *names: str | int) -> Generator:
    """The generator for these names: the same in every process, order and platform.

    Example: `stream(2017, "production", "F003")`.
    """
    words = np.frombuffer(_digest(seed, names), dtype=">u4").astype(np.uint32)
    return Generator(Philox(SeedSequence(words)))


def _digest(seed: int, names: tuple[str | int, ...]) -> bytes:
    # Joined by a character that no name contains: ("ab", "c") and ("a", "bc") must differ.
    label = "\x1f".join([str(seed), *map(str, names)])
    return hashlib.sha256(label.encode()).digest()


def lazy_stream(seed: int, *names: str | int) -> Generator:
    """The same generator as `stream`, made when something is first drawn from it.

    For those that are handed a stream and mostly draw nothing: making one takes ten times as
    long as asking for it.
    """
    return cast(Generator, _Unmade(seed, names))


class _Unmade:
    """Stands for a generator until something is drawn from it."""

    def __init__(self, seed: int, names: tuple[str | int, ...]) -> None:
        self._key = seed, names
        self._made: Generator | None = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            seed, names = self._key
            self._made = stream(seed, *names)
        return getattr(self._made, name)


def lot(seed: int, *names: str | int) -> int:
    """A single draw, of 64 bits, for a tie between those named."""
    return int.from_bytes(_digest(seed, names)[:8], "big")
