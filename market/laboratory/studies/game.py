"""An empirical game: bidding habits against each other, and the gain from deviating.

Every one of n bidders wants one prize and picks a habit from a mix. Payoffs are means
over the same drawn values for every habit and mix; the mix moves by the replicator dynamic
towards what earns more. Its distance from an equilibrium is its exploitability: the gain of
one bidder from the best habit of the set, or from the best bid of all, the others staying
as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from market.laboratory.studies.estimate import Estimate, FloatArray, mean_of
from market.laboratory.studies.sale_arrays import (
    BoolArray,
    IntArray,
    Outcome,
    head_count,
    pay_as_bid,
    uniform_price,
)
from permits.rng import stream

ROUNDS = 200
"""Steps of the replicator from each start; assumed: later steps change little."""
LEVELS = 201
"""Bids that the best bid is searched among; assumed: steps of half a per cent."""
ORDER_OF_ARRIVAL = 1e-9
"""Largest bonus of the earlier of two equal bids: far below the step between bids."""


@dataclass(frozen=True, slots=True)
class Habit:
    """A bidding strategy: from values to bids, and the dummies it brings along."""

    name: str
    bid: Callable[[FloatArray], FloatArray]
    dummies: int = 0


@dataclass(frozen=True, slots=True)
class Sale:
    """A rule for bidders who want one prize each, values uniform on [0, 1].

    `prizes` is the supply; the sale by head count sets its own. `dummy_cost` is the cost of a
    dummy to whoever brings it.
    """

    rule: str  # "head_count", "pay_as_bid", "first_rejected", "lowest_accepted"
    bidders: int
    prizes: int
    dummy_cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Draws:
    """Values, the random choice of habits, and the order of arrival.

    Column 0 is the bidder whose gain is measured.
    """

    values: FloatArray  # (R, n)
    picks: FloatArray  # (R, n) on [0, 1]
    arrival: FloatArray  # (R, n)

    def part(self, rows: slice) -> Draws:
        """Some of the replications."""
        return Draws(self.values[rows], self.picks[rows], self.arrival[rows])


@dataclass(frozen=True, slots=True)
class Game:
    """Bids of every habit for every drawn value: (habits, R, n)."""

    sale: Sale
    habits: tuple[Habit, ...]
    draws: Draws
    bids: FloatArray

    @property
    def own(self) -> FloatArray:
        """Value of the bidder in column 0, by replication."""
        values: FloatArray = self.draws.values[:, 0]
        return values


@dataclass(frozen=True, slots=True)
class Deviation:
    """Gain from deviating from a mix, on draws not used to find the better bid."""

    in_set: Estimate  # by the best habit of the set
    habit: str
    any_bid: Estimate  # by the best bid for every value, with a dummy or without


def draw(seed: int, bidders: int, replications: int, purpose: str) -> Draws:
    """Random draws, the same for every rule and habit.

    Args:
        seed: of all random draws.
        bidders: number of bidders.
        replications: number of replications.
        purpose: name of the stream; other purposes draw independently.
    """
    chance = stream(seed, "game", purpose, bidders)
    values, picks, arrival = chance.random((3, replications, bidders))
    return Draws(values, picks, arrival * ORDER_OF_ARRIVAL)


def play(sale: Sale, habits: Sequence[Habit], draws: Draws) -> Game:
    """The game of these habits on these draws.

    Args:
        sale: the rule.
        habits: the strategies to compare.
        draws: random draws.
    """
    bids = np.array([habit.bid(draws.values) for habit in habits]) + draws.arrival
    return Game(sale, tuple(habits), draws, bids)


def find_mix(game: Game) -> FloatArray:
    """The mix that leaves one bidder least to gain by any bid.

    It is chosen among one candidate from each start of the replicator: the one at which the
    set's own habits leave least to gain. One start has all habits alike, one near each habit.
    """
    count = len(game.habits)
    starts = [np.full(count, 1 / count)]
    starts += [0.9 * np.eye(count)[s] + 0.1 / count for s in range(count)]
    found = [_follow(game, start) for start in starts]
    return min(found, key=lambda mix: leave(game, mix).any_bid.mean)


def _follow(game: Game, start: FloatArray) -> FloatArray:
    """The least exploitable point from one start, running means included."""
    mix, mean, best, least = start, np.zeros_like(start), start, np.inf
    for turn in range(1, ROUNDS + 1):
        earned = payoffs(game, mix).mean(axis=1)
        mean = mean + (mix - mean) / turn
        candidates = [(mix, float(earned.max() - mix @ earned))]
        if turn % 20 == 0:
            at_mean = payoffs(game, mean).mean(axis=1)
            candidates.append((mean, float(at_mean.max() - mean @ at_mean)))
        for candidate, open_to in candidates:
            if open_to < least:
                best, least = candidate, open_to
        # Falling steps: fast at first, then small enough to settle; 60 is assumed.
        grown = mix * np.exp(60 / turn**0.5 * (earned - earned.max()))
        mix = grown / grown.sum()
    return best


def payoffs(game: Game, mix: FloatArray) -> FloatArray:
    """Gain of each habit against rivals from `mix`: (habits, replications)."""
    bars = _bars(game, mix)
    found = []
    for habit, bids in zip(game.habits, game.bids, strict=True):
        pay, won = _pay(game.sale, *bars[habit.dummies], bids[:, 0])
        cost = game.sale.dummy_cost * habit.dummies
        found.append(np.where(won, game.own - pay, 0.0) - cost)
    return np.array(found)


def leave(game: Game, mix: FloatArray) -> Deviation:
    """Exploitability of a mix.

    The better response is chosen on the first half of the draws and evaluated on the second,
    so that luck in choosing is not counted as a gain.
    """
    half = len(game.own) // 2
    first, second = (
        play(game.sale, game.habits, game.draws.part(rows))
        for rows in (slice(None, half), slice(half, None))
    )
    chosen = int(payoffs(first, mix).mean(axis=1).argmax())
    earned = payoffs(second, mix)
    staying = mix @ earned
    answered = _best_answer(first, second, mix)
    name = game.habits[chosen].name
    return Deviation(mean_of(earned[chosen] - staying), name, mean_of(answered - staying))


def held(game: Game, mix: FloatArray) -> tuple[Outcome, IntArray]:
    """The sale among n bidders from the mix, and its dummies by replication."""
    bids, heads = _picked(game, mix)
    dummies = heads.sum(axis=1)
    sale = game.sale
    if sale.rule == "head_count":
        return head_count(bids, dummies=dummies), dummies
    if sale.rule == "pay_as_bid":
        return pay_as_bid(bids, supply_t=sale.prizes), dummies
    return uniform_price(bids, supply_t=sale.prizes, price=sale.rule), dummies


def best_shading(sale: Sale, draws: Draws) -> Habit:
    """The best bid for every value where all others bid their values."""
    game = play(sale, [Habit("truthful", lambda values: values)], draws)
    levels, chance, paid = _curves(game, np.ones(1), own_dummies=0)
    points = np.linspace(0.0, 1.0, LEVELS)
    best = levels[np.argmax(points[:, None] * chance - paid, axis=1)]
    # On a noisy curve too the best bid never falls with the value.
    rising = np.maximum.accumulate(best)
    return Habit("best answer to truth", lambda values: np.interp(values, points, rising))


def _best_answer(first: Game, second: Game, mix: FloatArray) -> FloatArray:
    """Gain on `second`, by replication, of the best bid found on `first`."""
    sale, hoped, bid = second.sale, [], []
    for own_dummies in (0, 1):
        levels, chance, paid = _curves(first, mix, own_dummies)
        gain = second.own[:, None] * chance - paid - sale.dummy_cost * own_dummies
        hoped.append(gain.max(axis=1))
        bid.append(levels[gain.argmax(axis=1)])
    with_dummy = hoped[1] > hoped[0]
    bars = _bars(second, mix)
    gains = []
    for own_dummies in (0, 1):
        pay, won = _pay(sale, *bars[own_dummies], bid[own_dummies])
        gains.append(np.where(won, second.own - pay, 0.0) - sale.dummy_cost * own_dummies)
    return np.where(with_dummy, gains[1], gains[0])


def _curves(
    game: Game, mix: FloatArray, own_dummies: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Bids, the probability to win with each, and its mean payment (0 where it loses)."""
    levels = np.linspace(0.0, 1.0, LEVELS) + 2 * ORDER_OF_ARRIVAL
    out, last = _bars(game, mix)[own_dummies]
    pay, won = _pay(game.sale, out[:, None], last[:, None], levels)
    return levels, won.mean(axis=0), np.where(won, pay, 0.0).mean(axis=0)


def _pay(
    sale: Sale, out: FloatArray, last: FloatArray, bid: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Payment of a bid if it wins, and whether it does."""
    won: BoolArray = bid > out
    if sale.rule == "first_rejected":
        return np.maximum(out, 0.0) + 0.0 * bid, won
    if sale.rule == "lowest_accepted":
        return np.where(out < 0, 0.0, np.minimum(bid, last)), won
    return bid + 0.0 * out, won


def _bars(game: Game, mix: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """The rival bid to beat, and the last winning rival bid, without and with a dummy of one's own.

    The bid to beat is -1 where all win; the last winning rival bid is infinite where there is
    none.
    """
    bids, heads = _picked(game, mix)
    rivals = bids.shape[1] - 1
    ranked = -np.sort(-bids[:, 1:], axis=1)
    ends = np.ones((len(ranked), 1))
    padded = np.hstack([np.inf * ends, ranked, -ends])
    rows, found = np.arange(len(ranked)), []
    for own in (0, 1):
        prizes = np.full(len(ranked), game.sale.prizes)
        if game.sale.rule == "head_count":
            prizes = (70 * (rivals + 1 + heads[:, 1:].sum(axis=1) + own) + 50) // 100
        at = np.minimum(prizes, rivals + 1)
        found.append((padded[rows, at], padded[rows, at - 1]))
    return found


def _picked(game: Game, mix: FloatArray) -> tuple[FloatArray, IntArray]:
    """Everybody's bid and dummies, habits drawn from the mix: both (R, n)."""
    edges = np.cumsum(mix)[:-1]
    picks = np.searchsorted(edges, game.draws.picks, side="right")
    bids: FloatArray = np.take_along_axis(game.bids, picks[None], axis=0)[0]
    return bids, np.array([habit.dummies for habit in game.habits])[picks]
