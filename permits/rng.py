"""Chance, handed in: one random stream per who and what.

A stream is keyed by the seed and by names, so a new firm or another worker process
leaves everybody else's draws alone, and two arms of an experiment share their luck.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.random import Generator, Philox, SeedSequence


def stream(seed: int, *names: str | int) -> Generator:
    """The generator for these names: the same in every process, order and platform.

    Example: `stream(2017, "production", "F003")`.
    """
    label = "\x1f".join([str(seed), *map(str, names)])
    digest = hashlib.sha256(label.encode()).digest()
    words = np.frombuffer(digest, dtype=">u4").astype(np.uint32)
    return Generator(Philox(SeedSequence(words)))
