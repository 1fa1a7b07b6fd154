"""Streams: keyed by names, the same everywhere, independent of each other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.rng import stream

ROOT = Path(__file__).resolve().parents[2]
NAMES = st.lists(st.text(max_size=8) | st.integers(), min_size=1, max_size=4)


def draws(*key):
    return stream(*key).integers(0, 2**63, 4).tolist()


def test_a_stream_is_the_same_in_processes_with_other_hash_seeds():
    program = (
        "from permits.rng import stream;"
        "print(stream(2017, 'production', 'F003').integers(0, 2**63, 4).tolist())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    ]
    assert said == [f"{draws(2017, 'production', 'F003')}\n"] * 2


def test_drawing_from_one_stream_leaves_another_alone():
    alone = draws(1, "bids", "B")
    stream(1, "bids", "A").random(1000)
    assert draws(1, "bids", "B") == alone


@settings(max_examples=60)
@given(st.integers(0, 2**63), NAMES, st.integers(0, 2**63), NAMES)
def test_other_seeds_or_names_give_other_draws(seed, names, other_seed, other_names):
    same = (seed, *map(str, names)) == (other_seed, *map(str, other_names))
    assert (draws(seed, *names) == draws(other_seed, *other_names)) == same


def test_names_are_kept_apart():
    """ "ab" + "c" is not "a" + "bc"."""
    assert draws(1, "ab", "c") != draws(1, "a", "bc")


def test_streams_of_neighbouring_names_are_uncorrelated():
    """200 firms, 2,000 draws each: of 19,900 correlations none is beyond 5.5 deviations."""
    table = np.array(
        [stream(7, "production", f"F{n:03d}").standard_normal(2000) for n in range(200)]
    )
    correlations = np.corrcoef(table)[np.triu_indices(200, k=1)]
    assert np.abs(correlations).max() < 5.5 / np.sqrt(2000)
    assert abs(table.mean()) < 5 / np.sqrt(table.size)
