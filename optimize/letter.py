"""Totals of a letter as multiples of a unit: the whole, each city, each county within it.

A letter states round totals. Each is rounded down or up to a multiple of the unit, by largest
remainder from the whole downwards, so that the counties of a city and the cities of the whole
add up as printed. A limit on such a total that would be missed takes the side that keeps it.
The sources of a county (else of a city) are then fitted into its figure at a thousandth of
the unit: what the round total takes or gives is spread in proportion to their quotas, so a
source without a quota gets none. Baselines stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimize.problem import AllocationProblem, BoolArray, IntArray, Limit
from permits.quantity import t_to_mg

PLACES = ("city", "county")  # the columns of a letter, from the larger place to the smaller
FINEST_MG = 10**6  # quotas of sources are not fitted finer than to the kilogram
PARTS = 1000  # of the unit, to which sources are fitted


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """The least and the greatest multiple that each of some totals may be (N,)."""

    low: IntArray
    high: IntArray

    def within(self, low: IntArray, high: IntArray) -> _Ends:
        return _Ends(np.maximum(self.low, low), np.minimum(self.high, high))

    @property
    def empty(self) -> bool:
        return bool((self.low > self.high).any())


def round_totals(
    problem: AllocationProblem, base_mg: IntArray, quota_mg: IntArray, unit_mg: int
) -> IntArray | None:
    """Quotas (S, P) whose totals are multiples of a unit; None where no such rounding is.

    Limits on other sets of sources than the letter's places are kept as far as sources can
    be fitted to them; the caller checks.

    Args:
        problem: sources, their places and limits.
        base_mg: (S, P) baselines.
        quota_mg: (S, P) quotas of the plan to the milligram.
        unit_mg: the unit [mg].
    """
    found = quota_mg.copy()
    for p in range(quota_mg.shape[1]):
        limits = [one for one in problem.limits if one.pollutant == p and _counts_mass(one)]
        column = _one_pollutant(problem, limits, base_mg[:, p], quota_mg[:, p], unit_mg)
        if column is None:
            return None
        found[:, p] = column
    return found


def _counts_mass(limit: Limit) -> bool:
    return limit.kind != "cost_max" and limit.weight is None and limit.kinds is None


def _one_pollutant(
    problem: AllocationProblem, limits: list[Limit], base: IntArray, quota: IntArray, unit: int
) -> IntArray | None:
    county, city = _places(problem)
    whole = np.zeros(int(city.max(initial=0)) + 1, dtype=np.int64)
    fine = min(unit, max(unit // PARTS, FINEST_MG))
    least = np.minimum(quota, fine)  # never to zero where something may be emitted
    most = np.where(quota > 0, base, 0)  # in proportion to a quota of zero is zero
    allowed, loose = _allowed(problem, limits, (county, city[county]), base)
    counties = (
        _ends(quota, county, unit)
        .within(*_inner(_sums(least, county), _sums(most, county), unit))
        .within(*_inner(*allowed[0], unit))
    )
    cities = _above(counties, city, _ends(quota, city[county], unit), allowed[1], unit)
    total = _above(cities, whole, _ends(quota, whole[city[county]], unit), allowed[2], unit)
    if counties.empty or cities.empty or total.empty:
        return None
    exact = np.array([quota.sum()])
    top = np.clip((2 * exact + unit) // (2 * unit), total.low, total.high)
    by_city = _handed_down(top, cities, whole, _sums(quota, city[county]), unit)
    by_county = _handed_down(by_city, counties, city, _sums(quota, county), unit)
    found = quota.copy()
    order = np.argsort(county, kind="stable")
    edges = np.searchsorted(county[order], np.arange(len(city) + 1))
    for n, figure in enumerate((by_county * unit).tolist()):
        rows = order[edges[n] : edges[n + 1]]
        found[rows] = _fitted(quota[rows], least[rows], most[rows], figure, fine)
    for members, low, high in loose:
        _shift(found, least, most, county, members, low, high)
    return found


def _places(problem: AllocationProblem) -> tuple[IntArray, IntArray]:
    """(S,) the smallest place of each source, and (C,) the city of each such place."""
    labels = [problem.groups[column] for column in PLACES if column in problem.groups]
    if not labels:
        return np.zeros(len(problem.sources), dtype=np.int64), np.zeros(1, dtype=np.int64)
    pairs = list(zip(*labels, strict=True))
    known = sorted(set(pairs))
    number = {pair: n for n, pair in enumerate(known)}
    cities = sorted({pair[0] for pair in known})
    of = {name: n for n, name in enumerate(cities)}
    county = np.array([number[pair] for pair in pairs], dtype=np.int64)
    return county, np.array([of[pair[0]] for pair in known], dtype=np.int64)


def _sums(values: IntArray, group: IntArray) -> IntArray:
    found = np.zeros(int(group.max(initial=0)) + 1, dtype=np.int64)
    np.add.at(found, group, values)
    return found


def _ends(quota: IntArray, group: IntArray, unit: int) -> _Ends:
    """Down and up of the exact total of each group."""
    exact = _sums(quota, group)
    return _Ends(exact // unit, -(-exact // unit))


def _inner(low: IntArray, high: IntArray, unit: int) -> tuple[IntArray, IntArray]:
    """Least and greatest multiples of the unit between two masses."""
    return -(-low // unit), high // unit


def _above(
    parts: _Ends, group: IntArray, own: _Ends, allowed: tuple[IntArray, IntArray], unit: int
) -> _Ends:
    """What the totals above some parts may be: by themselves, their limits and their parts."""
    return own.within(*_inner(*allowed, unit)).within(
        _sums(parts.low, group), _sums(parts.high, group)
    )


def _handed_down(
    total: IntArray, parts: _Ends, group: IntArray, exact: IntArray, unit: int
) -> IntArray:
    """Multiples of the parts that add up to those of their groups, by largest remainder.

    Args:
        total: (G,) multiple of each group.
        parts: what each part may be.
        group: (N,) the group of each part.
        exact: (N,) exact mass of each part [mg].
        unit: the unit [mg].
    """
    found = parts.low.copy()
    rest = exact - found * unit
    # Ties go to the part whose name is first.
    order = np.lexsort((np.arange(len(found)), -rest, group))
    left = total - _sums(found, group)
    for n in order[(parts.high > parts.low)[order]].tolist():
        if left[group[n]] > 0:
            found[n] += 1
            left[group[n]] -= 1
    return found


_Loose = tuple[BoolArray, int, int]  # members, least and greatest of their quotas [mg]
_Bounds = tuple[IntArray, IntArray]  # least and greatest total of each place [mg]


def _allowed(
    problem: AllocationProblem,
    limits: list[Limit],
    groups: tuple[IntArray, IntArray],
    base: IntArray,
) -> tuple[list[_Bounds], list[_Loose]]:
    """What limits allow of counties, cities and the whole, and those on other sets.

    Args:
        problem: the sources.
        limits: limits on the mass of one pollutant.
        groups: (S,) the county and the city of each source.
        base: (S,) baselines [mg].
    """
    most = int(base.sum()) + 1
    levels = [*groups, np.zeros(len(base), dtype=np.int64)]
    sizes = [int(level.max(initial=0)) + 1 for level in levels]
    bounds = [(np.zeros(n, dtype=np.int64), np.full(n, most)) for n in sizes]
    loose: list[_Loose] = []
    for limit in limits:
        members = problem.member_mask(limit)
        low, high = _quota_ends(limit, int(base[members].sum()))
        place = next(_same(members, levels), None)
        if place is None:
            loose.append((members, low, high))
            continue
        level, n = place
        bounds[level][0][n] = max(bounds[level][0][n], low)
        bounds[level][1][n] = min(bounds[level][1][n], high)
    return bounds, loose


def _same(members: BoolArray, levels: list[IntArray]) -> Iterator[tuple[int, int]]:
    """The levels and numbers of the places whose sources are exactly these."""
    if not members.any():
        return
    first = int(np.argmax(members))
    for n, level in enumerate(levels):
        if ((level == level[first]) == members).all():
            yield n, int(level[first])


def _quota_ends(limit: Limit, base_mg: int) -> tuple[int, int]:
    """Least and greatest sum of quotas that a limit allows [mg]."""
    amount = t_to_mg(limit.amount_t)
    if limit.kind == "emission_max":
        return 0, max(0, amount)
    if limit.kind == "reduction_max":
        return max(0, base_mg - amount), base_mg
    return 0, base_mg - max(0, amount)


# --- sources ------------------------------------------------------------------------------


def _fitted(quota: IntArray, least: IntArray, most: IntArray, total: int, fine: int) -> IntArray:
    """Quotas near the plan's that add up to `total`, in multiples of `fine` where that goes.

    Args:
        quota: (N,) quotas of the plan [mg].
        least: (N,) the least that each may become [mg].
        most: (N,) the most [mg].
        total: what they add up to [mg].
        fine: what sources are rounded to [mg].
    """
    exact = int(quota.sum())
    if not exact:
        return quota.copy()
    wanted = quota * (total / exact)
    found = np.clip((wanted // fine).astype(np.int64) * fine, least, most)
    rest = wanted - found
    order = np.lexsort((np.arange(len(quota)), -rest))
    found = _filled(found, most, order, total - int(found.sum()), fine)
    over = int(found.sum()) - total
    return _filled(found, least, order[::-1], -over, fine) if over > 0 else found


def _filled(start: IntArray, end: IntArray, order: IntArray, missing: int, fine: int) -> IntArray:
    """Values moved towards `end` until they have changed by `missing` together, in order.

    Each by one `fine` a round; what no whole one fits is moved in milligrams.

    Args:
        start: (N,) values [mg].
        end: (N,) how far each may move [mg].
        order: (N,) who moves first.
        missing: the change asked for, with its sign [mg].
        fine: size of a move [mg].
    """
    found, sign = start.copy(), 1 if missing > 0 else -1
    left = abs(missing)
    while left >= fine:
        able = order[(sign * (end - found))[order] >= fine][: left // fine]
        if not len(able):
            break
        found[able] += sign * fine
        left -= fine * len(able)
    if left > 0:
        room = np.maximum(sign * (end - found), 0)[order]
        before = np.cumsum(room) - room
        found[order] += sign * np.clip(left - before, 0, room)
    return found


def _shift(
    quota: IntArray,
    least: IntArray,
    most: IntArray,
    county: IntArray,
    members: BoolArray,
    low: int,
    high: int,
) -> None:
    """Move mass inside each county until the members' sum lies between two ends.

    Args:
        quota: (S,) quotas [mg]; written into.
        least: (S,) the least that each may become [mg].
        most: (S,) the most [mg].
        county: (S,) the place within which mass may move.
        members: (S,) the sources counted.
        low: least sum of their quotas [mg].
        high: greatest sum [mg].
    """
    for n in range(int(county.max(initial=0)) + 1):
        had = int(quota[members].sum())
        if low <= had <= high:
            return
        down = had > high
        giving = np.flatnonzero((county == n) & (members if down else ~members))
        taking = np.flatnonzero((county == n) & (~members if down else members))
        room = min(int((quota - least)[giving].sum()), int((most - quota)[taking].sum()))
        moved = min(room, had - high if down else low - had)
        if moved <= 0:
            continue
        for rows, end, change in ((giving, least, -moved), (taking, most, moved)):
            largest = np.argsort(-quota[rows], kind="stable")
            quota[rows] = _filled(quota[rows], end[rows], largest, change, moved + 1)
