"""A sealed sale of several products: bids on packages, and each winner pays its own bid.

A bid names one or more packages of the products, each with the money that it pays for the
whole package; at most one of them wins, and no package is split. The seller takes the
bids that together pay the most and fit into the supply. A bidder may place several bids,
of which several may win. Virginia's sale of two vintages was tried in this form, with bids
for the one vintage or the other or any mixture (`either_or`) [PorterEtAl2009].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from market.clearing.clearing import Unfilled
from permits.errors import InputError
from permits.quantity import MG_PER_T, cost_fen, require_mg

MOST_STATES = 200_000  # assumed: above it memory and time run out, and lots would be the remedy


@dataclass(frozen=True, slots=True)
class Package:
    """Masses of several products as a whole, and what is paid for them."""

    masses_mg: tuple[tuple[str, int], ...]  # (product, mass), by product; no mass is zero
    money_fen: int

    def __post_init__(self) -> None:
        for product, mass in self.masses_mg:
            require_mg(mass, above=0, where=f"package, {product}")
        assert all(a < b for (a, _), (b, _) in pairwise(self.masses_mg)), "sorted, none twice"


def package(masses_mg: Mapping[str, int], money_fen: int) -> Package:
    """A package from masses by product, zero ones left out."""
    return Package(tuple(sorted((p, m) for p, m in masses_mg.items() if m)), money_fen)


@dataclass(frozen=True, slots=True)
class PackageBid:
    """A bid on packages, of which at most one wins."""

    id: str
    bidder: str
    packages: tuple[Package, ...]
    seq: int  # order of arrival; breaks ties


@dataclass(frozen=True, slots=True)
class Award:
    """The package that a bid won."""

    bid: PackageBid
    package: Package


@dataclass(frozen=True, slots=True)
class PackageSale:
    """Packages by winner, losing bids with the reason, and the unsold mass [mg]."""

    awards: tuple[Award, ...]
    losers: tuple[tuple[PackageBid, Unfilled], ...]
    unsold_mg: Mapping[str, int]

    @property
    def revenue_fen(self) -> int:
        """Total payment of the winners [fen]."""
        return sum(award.package.money_fen for award in self.awards)


def either_or(
    id: str,
    bidder: str,
    first: tuple[str, int, int],
    second: tuple[str, int, int],
    *,
    seq: int,
    parts: int,
) -> PackageBid:
    """A bid for one product or another, or a mixture of the two.

    With a share i/parts of the first mass goes at most a share 1 - i/parts of the second.
    Masses are rounded down to the milligram.

    Args:
        id: of the bid.
        bidder: who bids.
        first: product, mass [mg] and price [fen/t].
        second: the other product, likewise.
        seq: order of arrival.
        parts: number of steps of the mixture.
    Source: the form of bids of [PorterEtAl2009], whose mixtures were not in steps.
    """
    found = {}
    for i in range(parts + 1):
        for j in range(parts + 1 - i):
            masses = {first[0]: first[1] * i // parts, second[0]: second[1] * j // parts}
            money = sum(cost_fen(masses[product], fen) for product, _, fen in (first, second))
            if any(masses.values()):
                found[tuple(masses.values())] = package(masses, money)
    return PackageBid(id, bidder, tuple(found.values()), seq)


def clear_packages(
    bids: Sequence[PackageBid],
    supply_mg: Mapping[str, int],
    *,
    reserve_fen_per_t: Mapping[str, int] | None = None,
) -> PackageSale:
    """The bids that together pay the most and fit; the order of the argument is irrelevant.

    Exact: bids are taken one by one; of the choices so far that use the same masses the one
    that pays most is kept, unless even all later bids together could not make it the best.
    Among choices that pay the same, the one wins that serves the earliest bid on which they
    differ, with the package that it names first.

    Args:
        bids: sealed bids on packages.
        supply_mg: supply of each product; one that is not named is not for sale.
        reserve_fen_per_t: a package that pays less than its masses at these prices, all of
            them together, is not taken.
    Raises: InputError where more than 200,000 choices would have to be kept.
    Source: [PorterEtAl2009]; the method is dynamic programming over the masses used.
    """
    ranked = sorted(bids, key=lambda bid: (bid.seq, bid.id))
    products = sorted(supply_mg)
    able = [list(_able(bid, products, supply_mg, reserve_fen_per_t or {})) for bid in ranked]
    best = _best(able, tuple(supply_mg[product] for product in products))
    won = dict(best.won)
    awards = tuple(Award(bid, bid.packages[won[n]]) for n, bid in enumerate(ranked) if n in won)
    losers = tuple(
        (bid, _reason(bid, bool(able[n]), supply_mg))
        for n, bid in enumerate(ranked)
        if n not in won
    )
    left = {p: supply_mg[p] - used for p, used in zip(products, best.used_mg, strict=True)}
    return PackageSale(awards, losers, left)


def check_packages(
    bids: Sequence[PackageBid], supply_mg: Mapping[str, int], sale: PackageSale
) -> None:
    """Assert that mass is conserved and that each bid wins at most one package that it named.

    Args:
        bids: all bids of the sale.
        supply_mg: supply of each product.
        sale: the outcome.
    """
    told = [award.bid.id for award in sale.awards] + [bid.id for bid, _ in sale.losers]
    assert sorted(told) == sorted(bid.id for bid in bids), "a bid untold, or told twice"
    sold = dict.fromkeys(supply_mg, 0)
    for award in sale.awards:
        assert award.package in award.bid.packages, f"{award.bid.id} did not name its package"
        for product, mass in award.package.masses_mg:
            sold[product] += mass
    for product, supply in supply_mg.items():
        assert sale.unsold_mg[product] >= 0, f"{product} sold twice"
        assert sold[product] + sale.unsold_mg[product] == supply, f"{product} not conserved"


@dataclass(frozen=True, slots=True)
class _State:
    """A choice so far: masses used, worth (money, then early bids), and awards."""

    used_mg: tuple[int, ...]
    worth: tuple[int, int]
    won: tuple[tuple[int, int], ...]


_Choice = tuple[int, tuple[int, ...], int]  # place in the bid, masses by product, money


def _able(
    bid: PackageBid,
    products: Sequence[str],
    supply_mg: Mapping[str, int],
    reserve_fen_per_t: Mapping[str, int],
) -> Iterator[_Choice]:
    """The packages of a bid that fit into the supply and pay the reserve by themselves."""
    for place, one in enumerate(bid.packages):
        floor = sum(mass * reserve_fen_per_t.get(product, 0) for product, mass in one.masses_mg)
        if _fits(one, supply_mg) and one.money_fen * MG_PER_T >= floor:
            masses = dict(one.masses_mg)
            yield place, tuple(masses.get(product, 0) for product in products), one.money_fen


def _fits(one: Package, supply_mg: Mapping[str, int]) -> bool:
    return all(mass <= supply_mg.get(product, 0) for product, mass in one.masses_mg)


def _best(able: Sequence[Sequence[_Choice]], room: tuple[int, ...]) -> _State:
    """The choice of the highest worth: at most one package per bid, all within the supply."""
    states = [_State((0,) * len(room), (0, 0), ())]
    weights = _weights(able)
    # Upper bound of what later bids can add: choices that cannot catch up are dropped.
    to_come = sum(_most(choices) for choices in able)
    for n, choices in enumerate(able):
        to_come -= _most(choices)
        states = _kept([*states, *_grown(states, n, choices, weights[n], room)], to_come)
    return max(states, key=lambda state: state.worth)


def _most(choices: Sequence[_Choice]) -> int:
    return max((money for _, _, money in choices), default=0)


def _weights(able: Sequence[Sequence[_Choice]]) -> list[int]:
    """Weight of serving a bid in a tie: more than all later bids together."""
    weights, total = [], 1
    for choices in reversed(able):
        weights.append(total)
        total *= len(choices) + 1
    return weights[::-1]


def _grown(
    states: Sequence[_State],
    n: int,
    choices: Sequence[_Choice],
    weight: int,
    room: tuple[int, ...],
) -> Iterator[_State]:
    for state in states:
        for rank, (place, masses, money) in enumerate(choices):
            used = tuple(map(sum, zip(state.used_mg, masses, strict=True)))
            if all(a <= b for a, b in zip(used, room, strict=True)):
                early = weight * (len(choices) - rank)
                worth = state.worth[0] + money, state.worth[1] + early
                yield _State(used, worth, (*state.won, (n, place)))


def _kept(states: Sequence[_State], to_come_fen: int) -> list[_State]:
    """The best choice of each use, if later bids can still make it the best of all."""
    most = max(state.worth[0] for state in states)
    best: dict[tuple[int, ...], _State] = {}
    for state in states:
        known = best.get(state.used_mg)
        if state.worth[0] + to_come_fen >= most and (known is None or state.worth > known.worth):
            best[state.used_mg] = state
    if len(best) > MOST_STATES:
        raise InputError(
            "packages.many",
            "more than {most} choices of packages would have to be compared",
            where="clear_packages",
            mend="bid in common lots, or on fewer packages",
            most=MOST_STATES,
        )
    return list(best.values())


def _reason(bid: PackageBid, able: bool, supply_mg: Mapping[str, int]) -> Unfilled:
    """Why a bid won nothing: outbid, below the reserve, or beyond the supply."""
    if able:
        return Unfilled.PRICE
    fits = any(_fits(one, supply_mg) for one in bid.packages)
    return Unfilled.RESERVE if fits else Unfilled.SUPPLY
