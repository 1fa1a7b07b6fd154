"""The empirical game and the visible hour of the study of the sale by head count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from market.laboratory.studies.equilibrium_bids import lowest_accepted_bids, prize_bids
from market.laboratory.studies.estimate import Estimate, FloatArray, mean_of, share_of
from market.laboratory.studies.game import (
    Deviation,
    Game,
    Habit,
    HabitDraws,
    HabitSale,
    best_shading,
    draw,
    find_mix,
    held,
    leave,
    play,
)
from market.laboratory.studies.window import CLOSES, Hour, draw_luck, hold, paths
from market.mechanisms.headcount_share import SPEC, winners

BIDDERS = 10  # as in headcount_parts, so that results compare
PRIZES = winners(BIDDERS)
STEP = 0.02  # assumed: a raise above the floor that costs little and beats every bid at it
DEAR = 0.05
"""A cost of a dummy at which no bidder uses one: the lowest of those tried (see GAMES)."""
GAMES = (
    ("head_count", 0.0),
    ("head_count", 0.01),
    ("head_count", 0.03),
    ("head_count", DEAR),
    ("pay_as_bid", DEAR),
    ("first_rejected", DEAR),
    ("lowest_accepted", DEAR),
)  # rule, cost of a dummy


@dataclass(frozen=True, slots=True)
class Mixed:
    """The mix that a rule settles at, its revenue, and its distance from equilibrium."""

    sale: HabitSale
    shares: dict[str, float]
    revenue: Estimate
    efficiency: Estimate  # of the best use of what was sold
    sold_t: Estimate
    dummies: Estimate  # a sale
    leaving: Deviation


@dataclass(frozen=True, slots=True)
class Pure:
    """All bidders have one habit: revenue of each rule, and gain of a unilateral change."""

    habit: str
    revenue: dict[str, Estimate]
    leaving: dict[str, Estimate]  # by any bid


@dataclass(frozen=True, slots=True)
class Played:
    """The game by rule, and with one habit for all bidders."""

    mixed: list[Mixed]
    pure: list[Pure]
    floor_in_set: Estimate  # all at the floor: what the best of two habits, floor and truth, adds


def games(seed: int, count: int) -> Played:
    """Play the game: `count` replications for evaluation, a tenth of them for the replicator.

    Separate draws: a mix evaluated on the draws that led to it would look too stable.
    """
    lead, judge = (
        draw(seed, BIDDERS, size, purpose)
        for size, purpose in ((max(count // 10, 400), "lead"), (count, "judge"))
    )
    answers = draw(seed, BIDDERS, max(count // 2, 2000), "answer")
    mixed = [
        _mixed(HabitSale(rule, BIDDERS, PRIZES, cost), lead, judge, answers) for rule, cost in GAMES
    ]
    rules = ("head_count", "first_rejected", "lowest_accepted")
    at = {rule: _game(HabitSale(rule, BIDDERS, PRIZES, DEAR), judge, answers) for rule in rules}
    free = _game(HabitSale("head_count", BIDDERS, PRIZES, 0.0), judge, answers)
    names = [habit.name for habit in free.habits if not habit.dummies]
    pure = [_pure(name, at, free) for name in names]
    some = play(
        HabitSale("head_count", BIDDERS, PRIZES, DEAR), [habit for habit in free.habits
        if habit.name in ("at the floor", "truthful")], judge,
    )  # fmt: skip
    floor = np.array([float(habit.name == "at the floor") for habit in some.habits])
    return Played(mixed, pure, leave(some, floor).in_set)


def habits(sale: HabitSale, answers: HabitDraws) -> list[Habit]:
    """The set of habits; the equilibrium is that of the rule among ten without dummies."""
    n, k = sale.bidders, sale.prizes

    def equilibrium(values: FloatArray) -> FloatArray:
        if sale.rule == "first_rejected":
            return values
        if sale.rule == "lowest_accepted":
            return lowest_accepted_bids(values, n, k)
        return prize_bids(values, n, k)

    return [
        Habit("truthful", lambda values: values),
        Habit("equilibrium", equilibrium),
        Habit("at the floor", np.zeros_like),
        Habit("a step above", lambda values: np.minimum(values, STEP)),
        Habit("sniper", lambda values: 0.9 * values),
        best_shading(sale, answers),
        Habit("dummy, shaded", lambda values: prize_bids(values, n, winners(n + 1)), 1),
        Habit("dummy, at the floor", np.zeros_like, 1),
    ]


def _game(sale: HabitSale, draws: HabitDraws, answers: HabitDraws) -> Game:
    return play(sale, habits(sale, answers), draws)


def _mixed(sale: HabitSale, lead: HabitDraws, judge: HabitDraws, answers: HabitDraws) -> Mixed:
    mix = find_mix(_game(sale, lead, answers))
    game = _game(sale, judge, answers)
    outcome, brought = held(game, mix)
    values = judge.values
    # The number sold varies between replications; the best use is of the same number.
    ranked = np.cumsum(-np.sort(-values, axis=1), axis=1)
    best = ranked[np.arange(len(values)), outcome.sold_t.astype(int) - 1]
    return Mixed(
        sale,
        {habit.name: float(share) for habit, share in zip(game.habits, mix, strict=True)},
        mean_of(outcome.revenue),
        share_of(outcome.worth(values), best),
        mean_of(outcome.sold_t),
        mean_of(brought.astype(float)),
        leave(game, mix),
    )


def _pure(name: str, at: dict[str, Game], free: Game) -> Pure:
    revenue, leaving = {}, {}
    for label, game in [*at.items(), ("free dummies", free)]:
        mix = np.array([float(habit.name == name) for habit in game.habits])
        revenue[label] = mean_of(held(game, mix)[0].revenue)
        leaving[label] = leave(game, mix).any_bid
    return Pure(name, revenue, leaving)


# --- the hour ---------------------------------------------------------------------------

ROOMS = {
    "all open": [False] * BIDDERS,
    "one late": [True] + [False] * (BIDDERS - 1),
    "one open": [False] + [True] * (BIDDERS - 1),
    "all late": [True] * BIDDERS,
}
LOST = 0.05  # assumed: share of late bids that do not arrive


@dataclass(frozen=True, slots=True)
class Room:
    """One close and one make-up of the room, over all replications."""

    close: str
    lost: float
    who: str
    revenue: Estimate
    less_one_price: Estimate  # paired: as many sold at the first rejected value
    efficiency: Estimate  # of the best use of what was sold
    late: float  # share of the bids above the floor that come in the last ten seconds
    bids: float  # above the floor, a sale
    path: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """All rooms, and the gain of one bidder from its timing."""

    rooms: list[Room]
    going_late: dict[str, Estimate]  # by close: late rather than open, among nine open
    going_open: dict[str, Estimate]  # open rather than late, among nine late


def hours(seed: int, count: int) -> Hours:
    """Ten bidders, every close and room on the same values and looks."""
    params = SPEC.fill({})
    luck = [draw_luck(seed, BIDDERS, turn) for turn in range(count)]
    rooms, late, opened = [], {}, {}
    for close, lost in [*((close, 0.0) for close in CLOSES), ("hard", LOST)]:
        told = {
            who: [hold(one, kinds, params, close, lost) for one in luck]
            for who, kinds in ROOMS.items()
        }
        rooms += [_room(close, lost, who, held) for who, held in told.items()]
        label = close if not lost else "lost"
        late[label] = mean_of(_first(told["one late"]) - _first(told["all open"]))
        opened[label] = mean_of(_first(told["one open"]) - _first(told["all late"]))
    return Hours(rooms, late, opened)


def _first(told: Sequence[Hour]) -> FloatArray:
    return np.array([hour.gains[0] for hour in told])


def _room(close: str, lost: float, who: str, told: Sequence[Hour]) -> Room:
    revenue = np.array([hour.revenue for hour in told])
    raises = sum(hour.raises for hour in told)
    return Room(
        close,
        lost,
        who,
        mean_of(revenue),
        mean_of(revenue - np.array([hour.one_price for hour in told])),
        share_of(np.array([hour.worth for hour in told]), np.array([hour.best for hour in told])),
        sum(hour.late_raises for hour in told) / raises if raises else 0.0,
        raises / len(told),
        tuple(paths(told).mean(axis=0).tolist()),
    )
