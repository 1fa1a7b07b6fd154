"""The hour of the electronic sale by head count: bids are public, and ten are allowed.

Two strategies. *Open*: look at the board every half a minute; when outside the winners,
outbid the lowest of them, by an equal part of what is left up to one's value for every bid
left. *Late*: hold a place at the floor, and in the last ten seconds bid once: just above
the lowest winning bid if that stood above the floor before those seconds, or else the
sealed-bid equilibrium. The bids go through the shipped rule; the closing rules (`CLOSES`)
other than the hard close are a thought experiment.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from market.clearing.order import Book, Order, Side
from market.laboratory.studies.equilibrium_bids import prize_bids
from market.laboratory.studies.estimate import FloatArray
from market.mechanisms import headcount_share
from permits.rng import stream
from permits.rule import Params

# The hour of [ZJ-C13] and its last seconds [ZJ-C9]; assumed: the mean time between two looks
# at the board, and the extension that a bid near the end brings in a soft close.
WINDOW_S, LAST_S, LOOK_S, SOFT_S = 3600, 10, 30, 120
SURE_S = 3000
"""A random close comes at any second after this one; assumed: the last ten minutes."""
SCALE = 10_000
"""Fen from the floor to the most that anybody would pay."""
MASS_MG = 10**9  # one tonne; the rule counts heads, so that any mass would do
CLOSES = ("hard", "random", "soft")
PATH_S = tuple(range(0, WINDOW_S + 1, 60))


@dataclass(frozen=True, slots=True)
class Luck:
    """The random draws of one replication.

    Values [fen], times of looking [s], late bids and close: the same for every strategy and
    every closing rule.
    """

    values: tuple[int, ...]
    looks: tuple[tuple[float, ...], ...]
    rush_s: tuple[float, ...]  # how long before the planned end a late bid is made
    lost: tuple[float, ...]  # a late bid arrives unless this is below the share lost
    close_s: int  # of a random close


@dataclass(frozen=True, slots=True)
class Hour:
    """Outcome of one sale, on the scale from the floor to the most anybody would pay."""

    revenue: float
    worth: float
    best: float  # what as many rights are worth to those who value them most
    one_price: float  # revenue of as many rights sold at the first rejected value
    gains: tuple[float, ...]  # by bidder
    raises: int  # bids above the floor
    late_raises: int  # of these, in the last ten seconds
    path: tuple[float, ...]  # the lowest winning bid at each of PATH_S


@dataclass(slots=True)
class _Room:
    """An open window, and what everybody sees of it."""

    state: headcount_share.WindowState
    board: list[tuple[int, int, int]] = field(default_factory=list)  # -fen, seq, bidder
    made: dict[int, int] = field(default_factory=dict)
    bids: list[tuple[float, int]] = field(default_factory=list)  # when, fen

    def line(self) -> int:
        """The lowest winning bid [fen]."""
        heads = headcount_share.winners(len(self.board))
        return -self.board[heads - 1][0] if heads else 0

    def wins(self, bidder: int) -> bool:
        heads = headcount_share.winners(len(self.board))
        return any(who == bidder for _, _, who in self.board[:heads])


def draw_luck(seed: int, bidders: int, replication: int) -> Luck:
    """Random draws of one replication.

    Args:
        seed: of all random draws.
        bidders: number of bidders.
        replication: number of the replication, which names its stream.
    """
    rng = stream(seed, "window", bidders, replication)
    values = tuple(int(v) for v in rng.integers(1, SCALE + 1, bidders))
    # Looks for three hours: a soft close may take two, and times between looks vary.
    count = 3 * WINDOW_S // LOOK_S
    looks = np.cumsum(rng.exponential(LOOK_S, (bidders, count)), axis=1)
    return Luck(
        values,
        tuple(tuple(row) for row in looks.tolist()),
        tuple(rng.uniform(0, LAST_S, bidders).tolist()),
        tuple(rng.random(bidders).tolist()),
        int(rng.integers(SURE_S, WINDOW_S + 1)),
    )


def hold(
    luck: Luck, late: Sequence[bool], params: Params, close: str = "hard", lost: float = 0.0
) -> Hour:
    """One hour among bidders some of whom bid late.

    Args:
        luck: random draws of the replication.
        late: for each bidder, whether it bids late.
        params: those of the rule, filled.
        close: one of `CLOSES`.
        lost: share of late bids that arrive after the close.
    """
    book = Book("window", (), reserve_fen_per_t=0)
    rng = stream(0, "not needed")
    room = _Room(headcount_share.open(book, params, rng))
    planned = SURE_S if close == "random" else WINDOW_S
    end = float(luck.close_s if close == "random" else WINDOW_S)
    events = [(at, who, "look") for who, row in enumerate(luck.looks) for at in row]
    events += [(planned - LAST_S * 1.0, -1, "board")]
    events += [
        (planned - luck.rush_s[who], who, "rush") for who, is_late in enumerate(late) if is_late
    ]
    heapq.heapify(events)
    seen = 0
    path: list[int] = []
    while events and events[0][0] < end:
        at, who, kind = heapq.heappop(events)
        while len(path) < len(PATH_S) and PATH_S[len(path)] <= at:
            path.append(room.line())
        if kind == "board":
            seen = room.line()
            continue
        waits = late[who] and at < planned
        fen = _rushed(luck, who, seen, lost) if kind == "rush" else _looked(room, luck, who, waits)
        if fen is not None:
            _bid(room, who, fen, at, params)
            if close == "soft" and at > end - SOFT_S:
                # Assumed: a soft close ends after two hours at the latest.
                end = min(at + SOFT_S, 2.0 * WINDOW_S)
    path += [room.line()] * (len(PATH_S) - len(path))
    return _told(room, luck, end, path)


def _looked(room: _Room, luck: Luck, who: int, waits: bool) -> int | None:
    """The bid of a bidder who looks at the board, if any [fen]."""
    made = room.made.get(who, 0)
    if made == 0:
        return 0
    left = 10 - made
    if waits or left == 0 or room.wins(who):
        return None
    least = room.line() + 1
    gap = luck.values[who] - least
    return None if gap < 0 else least + gap // left


def _rushed(luck: Luck, who: int, seen: int, lost: float) -> int | None:
    """The bid of a late bidder [fen], who saw `seen` as the lowest winning bid."""
    bidders = len(luck.values)
    if luck.lost[who] < lost:
        return None
    prizes = headcount_share.winners(bidders)
    share = np.array([luck.values[who] / SCALE])
    sealed = int(SCALE * float(prize_bids(share, bidders, prizes)[0]))
    if seen == 0:
        return sealed
    return seen + 1 if seen < luck.values[who] else None


def _bid(room: _Room, who: int, fen: int, at: float, params: Params) -> None:
    seq = len(room.bids)
    order = Order(
        f"window/{who}/{seq}", str(who), Side.BUY, "window", MASS_MG, fen, seq,
        at_s=min(int(at), WINDOW_S),
    )  # fmt: skip
    room.state, _ = headcount_share.step(room.state, order)
    assert order.id not in room.state.refused, "a bid that the rule does not take"
    room.board = sorted([row for row in room.board if row[2] != who] + [(-fen, seq, who)])
    room.made[who] = room.made.get(who, 0) + 1
    room.bids.append((at, fen))


def _told(room: _Room, luck: Luck, end: float, path: Sequence[int]) -> Hour:
    clearing = headcount_share.close(room.state)
    paid = {int(trade.buyer or 0): trade.price_fen_per_t for trade in clearing.trades}
    gains = [
        (luck.values[who] - paid[who]) / SCALE if who in paid else 0.0
        for who in range(len(luck.values))
    ]
    raises = [at for at, fen in room.bids if fen > 0]
    ranked = sorted(luck.values, reverse=True)
    return Hour(
        revenue=sum(paid.values()) / SCALE,
        worth=sum(luck.values[who] for who in paid) / SCALE,
        best=sum(ranked[: len(paid)]) / SCALE,
        one_price=sum(ranked[len(paid) : len(paid) + 1]) * len(paid) / SCALE,
        gains=tuple(gains),
        raises=len(raises),
        late_raises=sum(at >= end - LAST_S for at in raises),
        path=tuple(fen / SCALE for fen in path),
    )


def paths(hours: Sequence[Hour]) -> FloatArray:
    """The lowest winning bid by replication and minute."""
    return np.array([hour.path for hour in hours])
