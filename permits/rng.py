"""Named random streams: one independent generator per actor and purpose.

A stream is keyed by the seed and by names, so that a new firm or another worker process
leaves all other draws unchanged, and two arms of an experiment use common random numbers.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.random import Generator, Philox, SeedSequence


def stream(seed: int, *names: str | int) -> Generator:
    """The generator for these names: the same in every process, order and platform.

    Example: `stream(2017, "production", "F003")`.
    """
    # Joined by a character that no name contains: ("ab", "c") and ("a", "bc") must differ.
    label = "\x1f".join([str(seed), *map(str, names)])
    digest = hashlib.sha256(label.encode()).digest()
    words = np.frombuffer(digest, dtype=">u4").astype(np.uint32)
    return Generator(Philox(SeedSequence(words)))
