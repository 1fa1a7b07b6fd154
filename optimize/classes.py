"""Classes: sources that a model cannot distinguish, found by hashing their content.

All that a model uses of a source (baseline, what its measures cost and remove, what each
limit counts of it) is hashed into two 64-bit numbers; sources with the same two form a
class, and classes stand in the order of these numbers. So no name of a source, a measure
or a city and no row number decides anything, and a million sources are sorted in a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from optimize.problem import AllocationProblem, FloatArray, IntArray, Labels, ascending

Words = NDArray[np.uint64]
NAMES = ("firm",)
"""Columns that name a source and do not describe it."""
# Two independent 64-bit hashes: with one, among a million sources two different ones would
# collide once in some 40 million runs; with two, never in practice. The numbers are 2**64 divided
# by the golden ratio and by its two-dimensional analogue, as splitmix64 and its successors use.
SEEDS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)
CHUNK = 1 << 15  # measures or sources hashed at a time: what a processor's cache holds


def find_classes(problem: AllocationProblem, labelled: bool) -> tuple[IntArray, IntArray]:
    """Classes of the sources that have measures: their members, and where each starts.

    Members (T,) stand class by class and ascending within; starts are (K + 1,). Where
    `labelled`, sources with different labels or names of measures are in different classes.
    """
    high, low = _content(problem, labelled)
    able = np.flatnonzero(np.diff(row_starts(problem)))
    order = able[ascending(high[able], low[able])]
    differs = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
    edges = np.flatnonzero(differs) + 1
    starts = np.concatenate([[0], edges, [len(order)]]) if len(order) else np.zeros(1)
    return order.astype(np.int64), starts.astype(np.int64)


def find_cells(problem: AllocationProblem) -> tuple[IntArray, FloatArray]:
    """Cells of sources that every limit counts alike.

    Returns: the cell of each source (S,), and what a tonne of each cell counts towards each
        limit (L, G).
    """
    _, first, cell = np.unique(_counted(problem), return_index=True, return_inverse=True)
    counts = np.array([problem.counts(limit)[first] for limit in problem.limits])
    return cell.astype(np.int64), counts.reshape(len(problem.limits), len(first))


def _counted(problem: AllocationProblem) -> Words:
    """(S,) what the limits count of each source, hashed into one number."""
    counts = [problem.counts(limit) for limit in problem.limits]
    mixed = np.full(len(problem.sources), SEEDS[0], dtype=np.uint64)
    for begin in range(0, len(mixed), CHUNK):
        part = slice(begin, begin + CHUNK)
        for counted in counts:
            mixed[part] = mix(mixed[part], _bits(counted[part]))
    return mixed


def row_starts(problem: AllocationProblem) -> IntArray:
    """(S + 1,) where each source's measures start."""
    found = np.searchsorted(problem.source, np.arange(len(problem.sources) + 1))
    return found.astype(np.int64)


def _content(problem: AllocationProblem, labelled: bool) -> tuple[Words, Words]:
    """(S,) all that a model uses of each source, hashed into two numbers."""
    rows, starts = _of_rows(problem, labelled), row_starts(problem)
    of_sources = list(_of_sources(problem, labelled))
    found = []
    for seed in SEEDS:
        mixed = np.full(len(problem.sources), seed, dtype=np.uint64)
        for values in of_sources:
            mixed = mix(mixed, values)
        sums = np.zeros(len(rows) + 1, dtype=np.uint64)
        np.cumsum(rows, dtype=np.uint64, out=sums[1:])
        found.append(mix(mixed, sums[starts[1:]] - sums[starts[:-1]]))
        rows = mix(rows, np.array([seed], dtype=np.uint64))
    return found[0], found[1]


def _of_rows(problem: AllocationProblem, labelled: bool) -> Words:
    """(M,) all that a model uses of each measure, hashed into one number.

    Its place among its source's measures counts too, so that all members of a class have
    them in the same order.
    """
    starts, choice = row_starts(problem), problem.choice
    counted = _words(problem.kinds) if labelled else _counted_kinds(problem)
    found = np.full(len(problem.source), SEEDS[0], dtype=np.uint64)
    for begin in range(0, len(found), CHUNK):
        part = slice(begin, begin + CHUNK)
        at = np.arange(begin, begin + len(found[part]))
        first = starts[problem.source[part]]
        mixed = mix(found[part], (choice[part] - choice[first]).astype(np.uint64))
        mixed = mix(mixed, (at - first).astype(np.uint64))
        mixed = mix(mixed, counted[problem.kind[part]])
        mixed = mix(mixed, _bits(problem.cost_yuan[part]))
        for p in range(len(problem.pollutants)):
            mixed = mix(mixed, _bits(problem.removed_t[part, p]))
        found[part] = mixed
    return found


def _counted_kinds(problem: AllocationProblem) -> Words:
    """(K,) which limits count the measures of each name, hashed into one number."""
    mixed = np.full(len(problem.kinds), SEEDS[0], dtype=np.uint64)
    for limit in problem.limits:
        if limit.kinds is not None:
            mixed = mix(mixed, limit.kinds.astype(np.uint64))
    return mixed


def _of_sources(problem: AllocationProblem, labelled: bool) -> Iterator[Words]:
    yield _counted(problem)
    for p in range(len(problem.pollutants)):
        yield _bits(problem.base_t[:, p])
    for column, labels in sorted(problem.groups.items()):
        if labelled and column not in NAMES:
            coded = Labels.of(labels)
            yield _words(coded.names)[coded.code]


def _words(names: Sequence[str]) -> Words:
    found = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names]
    return np.frombuffer(b"".join(found), dtype="<u8").astype(np.uint64)


def _bits(values: FloatArray) -> Words:
    """The bits of floats; adding 0.0 turns -0.0 into 0.0, which is the same amount."""
    return np.ascontiguousarray(values + 0.0).view(np.uint64)


def mix(state: Words, values: Words) -> Words:
    """The next hash state after taking in `values`: the finaliser of splitmix64."""
    # Published constants: the first multiplier is of MurmurHash3, the others of splitmix64.
    mixed = state ^ (values * np.uint64(0xFF51AFD7ED558CCD))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: Words = mixed ^ (mixed >> np.uint64(31))
    return found
