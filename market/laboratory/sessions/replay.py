"""A recorded market replayed, with one of its people replaced by a simulated trader.

All others send the orders that they sent, at the times at which they sent them: they do
not respond to the newcomer. Whoever has a deal sends no more. So the result is what a
trader would have earned in a person's place against the others as they acted, not what
the others would have done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.random import Generator

from market.clearing.order import Side
from market.laboratory.sessions.recorded_session import Deal
from market.participants.seat import Floor, Seat, Shout
from market.traders import as_listener, as_quoter, begin
from permits.rule import Params, Rule


@dataclass(frozen=True, slots=True)
class Sent:
    """An order as it was sent; a trader's next one takes its place."""

    at_s: int
    trader: int
    side: Side
    price: int


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Whose place the simulated trader takes, and how often it arrives.

    `gap_s`: seconds between its arrivals once that person sends no more; assumed.
    """

    trader: int
    rule: Rule
    rng: Generator
    params: Params = field(default_factory=dict)
    gap_s: int = 10


@dataclass(slots=True)
class _Game:
    """Everything that changes; the tape and what is learnt last from round to round."""

    limits: Mapping[int, int]
    sides: Mapping[int, Side]
    life_s: int
    most: int  # the highest price that the newcomer may name
    newcomer: Newcomer | None
    state: Any = None
    book: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # price, second, number
    served: set[int] = field(default_factory=set)
    deals: list[Deal] = field(default_factory=list)
    tape: list[Shout] = field(default_factory=list)
    prices: list[int] = field(default_factory=list)
    before: tuple[int | None, int | None] = (None, None)
    count: int = 0


def replay(
    rounds: Sequence[Sequence[Sent]],
    limits: Mapping[int, int],
    *,
    life_s: int,
    newcomer: Newcomer | None = None,
) -> list[tuple[Deal, ...]]:
    """The deals of each round of one unit per trader.

    An order stands for `life_s` seconds; one that reaches the best of the other side trades
    at once, at the price that stood; at one price the earlier first. In the newcomer's place
    it comes when its person sent an order, and after that every `gap_s` seconds to the end
    of the round, until it has a deal; in a round in which the person sent none it stays away.

    Args:
        rounds: orders by round, in order of arrival.
        limits: value or cost of each trader; the same unit of money as the prices.
        life_s: seconds for which an order stands.
        newcomer: the simulated trader; `None` replays the market as it was.
    """
    sides = {sent.trader: sent.side for orders in rounds for sent in orders}
    # Assumed: a range of prices that holds every limit, with room for asks above the values.
    most = 2 * max(limits.values(), default=0)
    game = _Game(limits, sides, life_s, most, newcomer)
    if newcomer is not None:
        params = newcomer.rule.spec.fill(newcomer.params)
        game.state = begin(newcomer.rule, _seat(game), params, newcomer.rng)
    return [_round(game, orders) for orders in rounds]


def earned(deals: Sequence[Deal], limits: Mapping[int, int], trader: int) -> float:
    """Gain of a trader from the deals of a round.

    Args:
        deals: deals of one round.
        limits: value or cost of each trader, in the unit of the prices.
        trader: whose gain.
    """
    gains = 0.0
    for deal in deals:
        gains += limits[trader] - deal.price if deal.buyer == trader else 0.0
        gains += deal.price - limits[trader] if deal.seller == trader else 0.0
    return gains


def _round(game: _Game, orders: Sequence[Sent]) -> tuple[Deal, ...]:
    game.book, game.served, game.deals = {}, set(), []
    first, coming = len(game.prices), list(_coming(game, orders))
    own = sum(sent is None for _, sent in coming)
    arrival = 0
    for at_s, sent in coming:
        game.book = {who: one for who, one in game.book.items() if at_s - one[1] <= game.life_s}
        if sent is not None:
            _enter(game, sent)
            continue
        _arrive(game, at_s, arrival, own)
        arrival += 1
    prices = game.prices[first:]
    game.before = (min(prices), max(prices)) if prices else (None, None)
    return tuple(game.deals)


def _coming(game: _Game, orders: Sequence[Sent]) -> Iterator[tuple[int, Sent | None]]:
    """Orders by time; `None` where the newcomer arrives."""
    who = None if game.newcomer is None else game.newcomer.trader
    last = max((sent.at_s for sent in orders if sent.trader == who), default=None)
    following: int | None = None
    for sent in orders:
        while following is not None and following < sent.at_s:
            yield following, None
            following = _after(game, following)
        yield sent.at_s, None if sent.trader == who else sent
        if sent.trader == who and sent.at_s == last:
            following = _after(game, sent.at_s)


def _after(game: _Game, at_s: int) -> int:
    assert game.newcomer is not None
    return at_s + game.newcomer.gap_s


def _arrive(game: _Game, at_s: int, arrival: int, arrivals: int) -> None:
    """The newcomer arrives, and may send an order."""
    assert game.newcomer is not None
    who = game.newcomer.trader
    price = None if who in game.served else _quote(game, arrival, arrivals)
    if price is not None:
        _enter(game, Sent(at_s, who, game.sides[who], price))


def _enter(game: _Game, sent: Sent) -> None:
    """An order trades with the best of the other side, or stands; who has a deal sends none."""
    if sent.trader in game.served:
        return
    # Out first: a trader's new order must not meet its own former one.
    game.book.pop(sent.trader, None)
    buys = sent.side is Side.BUY
    other = _best(game, Side.SELL if buys else Side.BUY)
    if other is not None:
        price = game.book[other][0]
        if sent.price >= price if buys else sent.price <= price:
            buyer, seller = (sent.trader, other) if buys else (other, sent.trader)
            game.deals.append(Deal(buyer, seller, price))
            game.prices.append(price)
            game.served |= {buyer, seller}
            del game.book[other]
            _tell(game, Shout(Side.SELL if buys else Side.BUY, price, True))
            return
    game.book[sent.trader] = (sent.price, sent.at_s, game.count)
    game.count += 1
    _tell(game, Shout(sent.side, sent.price, False))


def _best(game: _Game, side: Side) -> int | None:
    """The trader with the best order of a side: by price, then by time."""
    sign = -1 if side is Side.BUY else 1
    standing = [
        (sign * price, number, who)
        for who, (price, _, number) in game.book.items()
        if game.sides[who] is side
    ]
    return min(standing)[2] if standing else None


def _tell(game: _Game, shout: Shout) -> None:
    """Publish a shout; a deal takes the place of its order on the tape."""
    taken = replace(shout, deal=False)
    backwards = range(len(game.tape) - 1, -1, -1) if shout.deal else ()
    place = next((k for k in backwards if game.tape[k] == taken), len(game.tape))
    game.tape[place : place + 1] = [shout]
    one = game.newcomer
    listener = None if one is None else as_listener(one.rule)
    if one is not None and listener is not None:
        game.state = listener.hear(game.state, _seat(game), shout, one.rng)


def _quote(game: _Game, arrival: int, arrivals: int) -> int | None:
    assert game.newcomer is not None
    bid, ask = _best(game, Side.BUY), _best(game, Side.SELL)
    floor = Floor(
        bid_fen=None if bid is None else game.book[bid][0],
        ask_fen=None if ask is None else game.book[ask][0],
        tape=game.tape,
        deals_fen=game.prices,
        low_before_fen=game.before[0],
        high_before_fen=game.before[1],
        arrival=arrival,
        arrivals=arrivals,
    )
    one = game.newcomer
    return as_quoter(one.rule).quote(game.state, _seat(game), floor, one.rng)


def _seat(game: _Game) -> Seat:
    assert game.newcomer is not None
    who = game.newcomer.trader
    units = 0 if who in game.served else 1
    return Seat(game.sides[who], game.limits[who], units, 0, game.most)
