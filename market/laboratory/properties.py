"""Properties of clearing rules, as checks, and the random books on which they are tested.

Books are drawn with what breaks rules in practice: ties, one side empty, no crossing,
one trader, no supply, equal limits. Truthfulness is tested by exhaustion instead: on
small books every trader tries every other limit it could have named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product

from numpy.random import Generator

from market.clearing.clearing import Clearing
from market.clearing.order import Book, Order, Side
from market.laboratory.equilibrium import max_welfare_fen, welfare_fen
from market.mechanisms import run_session
from permits.quantity import MG_PER_T
from permits.rng import stream
from permits.rule import NO_PARAMS, Params, Rule

# Repeated values make ties likely; the odd masses expose rounding.
PRICES = (0, 100, 100, 250, 250, 400, 999)  # [fen/t]
MASSES = (1, 1, 500, 1_000_000_000, 3_500_000_001)  # [mg]
GRID = (100, 200, 300, 400)  # limits in books for truthfulness [fen/t]
SAYS = (0, 50, 100, 150, 200, 250, 300, 350, 400, 450)  # alternatives: on, between and beyond
SMALL_BOOKS = 24  # assumed: each is cleared for every combination of limits


class Tried:
    """A rule with parameters, as the checks run it; with the same draws every time."""

    def __init__(self, rule: Rule, params: Params = NO_PARAMS) -> None:
        self.rule = rule
        self.params = params
        self.side = rule.spec.side

    def run(self, book: Book) -> Clearing:
        """Clear a book; conservation, limits and reasons are asserted on the way."""
        return run_session(self.rule, book, self.params, rng=stream(0, "verify"))


Check = Callable[[Tried, Book], None]


def _clears(tried: Tried, book: Book) -> None:
    """It clears, conserves mass and money, keeps limits and gives every rest a reason."""
    tried.run(book)


def _order_is_irrelevant(tried: Tried, book: Book) -> None:
    turned = replace(book, orders=tuple(reversed(book.orders)))
    assert _outcome(tried.run(book)) == _outcome(tried.run(turned))


def _repeats(tried: Tried, book: Book) -> None:
    assert _outcome(tried.run(book)) == _outcome(tried.run(book))


def _within_supply(tried: Tried, book: Book) -> None:
    clearing = tried.run(book)
    if book.supply_mg is not None:
        assert clearing.traded_mg <= book.supply_mg


def _balances(tried: Tried, book: Book) -> None:
    assert tried.run(book).surplus_fen == 0


def _nobody_loses(tried: Tried, book: Book) -> None:
    for fill in tried.run(book).fills:
        worth = fill.mass_mg * book.years * fill.order.limit_fen_per_t
        paid = fill.money_fen * MG_PER_T
        # Each of a fill's trades is rounded by itself, half a fen at most.
        slack = MG_PER_T * (len(book.orders) + 1)
        over = paid - worth if fill.order.side is Side.BUY else worth - paid
        assert over <= slack, f"{fill.order.id} is worse off by trading"


def _is_efficient(tried: Tried, book: Book) -> None:
    """Trades have the highest possible value; a government's mass counts at its price."""
    clearing = tried.run(book)
    own = Fraction(0)
    if book.supply_mg is not None:
        price = government_fen_per_t(book, tried.side)
        sign = 1 if tried.side == "sell" else -1
        own = sign * Fraction(clearing.traded_mg * price * book.years, MG_PER_T)
    assert welfare_fen(clearing) + own == max_welfare_fen(book, tried.side)


def government_fen_per_t(book: Book, side: str) -> int:
    """Worth of a tonne to the government [fen/t].

    Its lowest price as a seller, its highest as a buyer; where a buyer takes any offer, that
    of the dearest one.
    """
    if book.reserve_fen_per_t is not None or side != "sell":
        return book.reserve_fen_per_t or 0
    return max((order.limit_fen_per_t for order in book.orders), default=0)


def _is_truthful(tried: Tried, book: Book) -> None:
    """Nobody gains by any other limits, whatever the others bid."""
    for trader in sorted({order.trader for order in book.orders}):
        own = [order for order in book.orders if order.trader == trader]
        honest = _gain(tried.run(book), own)
        for limits in product(SAYS, repeat=len(own)):
            said = dict(zip((order.id for order in own), limits, strict=True))
            told = tuple(
                replace(order, limit_fen_per_t=said.get(order.id, order.limit_fen_per_t))
                for order in book.orders
            )
            gain = _gain(tried.run(replace(book, orders=told)), own)
            assert gain <= honest, f"{trader} gains by bidding {limits}"


def _gain(clearing: Clearing, true: Sequence[Order]) -> Fraction:
    """A trader's gain by its true values.

    A buyer's best units count first, a seller's cheapest.
    """
    ids = {order.id for order in true}
    fills = [fill for fill in clearing.fills if fill.order.id in ids]
    got, money = sum(f.mass_mg for f in fills), sum(f.money_fen for f in fills)
    buys = true[0].side is Side.BUY
    worth, left = 0, got
    for order in sorted(true, key=lambda o: o.limit_fen_per_t, reverse=buys):
        mass = min(left, order.mass_mg)
        worth += mass * order.limit_fen_per_t
        left -= mass
    value = Fraction(worth * clearing.years, MG_PER_T)
    return value - money if buys else money - value


def _random(tried: Tried, seed: int, cases: int) -> Iterator[Book]:
    two_sided = tried.side == "both"
    yield Book("P", (), None if two_sided else 0, None if two_sided else 0)
    yield Book("P", (), None if two_sided else 1000, None if two_sided else 100)
    rng = stream(seed, "verify", tried.rule.name)
    for _ in range(cases):
        yield _random_book(rng, tried.side)


def _random_book(rng: Generator, side: str) -> Book:
    count = int(rng.integers(1, 9))
    traders = int(rng.integers(1, count + 1))
    one_side = rng.random() < 0.15
    orders = []
    for n in range(count):
        sells = side == "sell" or (side == "both" and not one_side and rng.random() < 0.5)
        trader = f"T{int(rng.integers(traders))}" + ("s" if sells else "")
        mass, limit = int(rng.choice(MASSES)), int(rng.choice(PRICES))
        orders.append(_order(n, trader, sells, mass, limit))
    if side == "both":
        return Book("P", tuple(orders))
    supply = int(rng.choice((0, 1, 700, 2_000_000_000, 9_000_000_000)))
    years = int(rng.choice((1, 5)))
    reserves = (None, 250, 400) if side == "sell" else (0, 100, 250)
    return Book("P", tuple(orders), supply, reserves[int(rng.integers(3))], years)


def _order(n: int, trader: str, sells: bool, mass_mg: int, limit: int) -> Order:
    side = Side.SELL if sells else Side.BUY
    return Order(f"o{n}", trader, side, "P", mass_mg, limit, n)


def _small(tried: Tried, seed: int, cases: int) -> Iterator[Book]:
    """Books of two to four traders with one tonne each."""
    yield from _small_books(tried, seed, min(cases, SMALL_BOOKS), 1)


def _small_steps(tried: Tried, seed: int, cases: int) -> Iterator[Book]:
    """Books of two to four traders with one or two tonnes at falling values."""
    yield from _small_books(tried, seed, min(cases, SMALL_BOOKS), 2)


def _small_books(tried: Tried, seed: int, cases: int, most: int) -> Iterator[Book]:
    rng = stream(seed, "verify", "small", tried.rule.name, most)
    for _ in range(cases):
        orders: list[Order] = []
        for trader in range(int(rng.integers(2, 5))):
            sells = tried.side == "sell" or (tried.side == "both" and trader % 2 == 1)
            steps = sorted((int(rng.choice(GRID)) for _ in range(int(rng.integers(1, most + 1)))),
                           reverse=not sells)  # fmt: skip
            for limit in steps:
                orders.append(_order(len(orders), f"T{trader}", sells, MG_PER_T, limit))
        if tried.side == "both":
            yield Book("P", tuple(orders))
        else:
            supply = int(rng.integers(1, len(orders) + 1)) * MG_PER_T
            reserve = None if tried.side == "sell" else int(rng.choice((0, 100)))
            yield Book("P", tuple(orders), supply, reserve)


def _outcome(clearing: Clearing) -> object:
    fills = sorted((f.order.id, f.mass_mg, f.money_fen) for f in clearing.fills)
    rests = sorted((r.order.id, r.mass_mg, r.reason.value) for r in clearing.rests)
    return fills, rests, clearing.price_fen_per_t, clearing.unsold_mg


def _random_and_units(tried: Tried, seed: int, cases: int) -> Iterator[Book]:
    """Random books, and books of eight tonnes at separate prices.

    Rules that keep money often do so only where several of a side trade.
    """
    yield from _random(tried, seed, cases)
    rng = stream(seed, "verify", "units", tried.rule.name)
    for _ in range(min(cases, SMALL_BOOKS)):
        sides = [tried.side == "sell" or (tried.side == "both" and n % 2 == 1) for n in range(8)]
        orders = tuple(
            _order(n, f"T{n}", sells, MG_PER_T, int(rng.integers(1000)))
            for n, sells in enumerate(sides)
        )
        one_sided = tried.side != "both"
        yield Book("P", orders, 4 * MG_PER_T if one_sided else None, None)


Books = Callable[[Tried, int, int], Iterator[Book]]
PROPERTIES: dict[str, tuple[bool, Check, Books]] = {
    "conserves": (True, _clears, _random),
    "order_irrelevant": (True, _order_is_irrelevant, _random),
    "repeats": (True, _repeats, _random),
    "within_supply": (True, _within_supply, _random),
    "budget_balance": (False, _balances, _random_and_units),
    "individual_rationality": (False, _nobody_loses, _random),
    "efficient": (False, _is_efficient, _random),
    "truthful_one_unit": (False, _is_truthful, _small),
    "truthful": (False, _is_truthful, _small_steps),
}
"""Name: whether required of every rule, the check, and the books of the test."""
