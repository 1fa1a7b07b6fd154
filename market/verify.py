"""The contract of a clearing rule, as properties on random books.

Books are drawn with what breaks rules in practice: ties, one side empty, no crossing,
one trader, no supply, equal limits. A failing book is cut down, order by order, to
the smallest that still fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from numpy.random import Generator

from market.clearing import Clearing
from market.equilibrium import max_welfare_fen, welfare_fen
from market.mechanisms import run_session
from market.order import Book, Order, Side
from permits.quantity import MG_PER_T
from permits.rng import stream
from permits.rule import Rule

CASES = 120
PRICES = (0, 100, 100, 250, 250, 400, 999)
MASSES = (1, 1, 500, 1_000_000_000, 3_500_000_001)


@dataclass(frozen=True, slots=True)
class PropertyResult:
    """One property: whether the rule claims it, keeps it, and a book where it does not."""

    name: str
    claimed: bool
    kept: bool
    counterexample: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a rule keeps."""

    rule: str
    results: tuple[PropertyResult, ...]

    @property
    def kept(self) -> bool:
        """Whether everything claimed is kept."""
        return all(one.kept for one in self.results if one.claimed)


Check = Callable[[Rule, Book], None]


def verify_rule(rule: Rule, *, seed: int = 0, cases: int = CASES) -> VerifyReport:
    """Hold a rule to every property; the first four are asked of all rules."""
    found = []
    for name, (always, check) in PROPERTIES.items():
        claimed = always or name in rule.spec.claims
        failing = next(
            (book for book in _books(rule, seed, cases) if _fails(rule, book, check)), None
        )
        example = None if failing is None else _told(_shrunk(rule, failing, check))
        found.append(PropertyResult(name, claimed, failing is None, example))
    return VerifyReport(rule.name, tuple(found))


def _clears(rule: Rule, book: Book) -> None:
    """It clears, conserves mass and money, keeps limits and gives every rest a reason."""
    _run(rule, book)


def _order_is_irrelevant(rule: Rule, book: Book) -> None:
    turned = replace(book, orders=tuple(reversed(book.orders)))
    assert _outcome(_run(rule, book)) == _outcome(_run(rule, turned))


def _repeats(rule: Rule, book: Book) -> None:
    assert _outcome(_run(rule, book)) == _outcome(_run(rule, book))


def _within_supply(rule: Rule, book: Book) -> None:
    clearing = _run(rule, book)
    if book.supply_mg is not None:
        assert clearing.traded_mg <= book.supply_mg


def _balances(rule: Rule, book: Book) -> None:
    assert _run(rule, book).surplus_fen == 0


def _nobody_loses(rule: Rule, book: Book) -> None:
    for fill in _run(rule, book).fills:
        worth = fill.mass_mg * book.years * fill.order.limit_fen_per_t
        paid = fill.money_fen * MG_PER_T
        # Each of a fill's trades is rounded by itself, half a fen at most.
        slack = MG_PER_T * (len(book.orders) + 1)
        over = paid - worth if fill.order.side is Side.BUY else worth - paid
        assert over <= slack, f"{fill.order.id} is worse off by trading"


def _is_efficient(rule: Rule, book: Book) -> None:
    clearing = _run(rule, book)
    kept_back = Fraction(0)
    if book.supply_mg is not None:
        reserve = book.reserve_fen_per_t or 0
        kept_back = Fraction(clearing.traded_mg * reserve * book.years, MG_PER_T)
    assert welfare_fen(clearing) - kept_back == max_welfare_fen(book)


PROPERTIES: dict[str, tuple[bool, Check]] = {
    "conserves": (True, _clears),
    "order_irrelevant": (True, _order_is_irrelevant),
    "repeats": (True, _repeats),
    "within_supply": (True, _within_supply),
    "budget_balance": (False, _balances),
    "individual_rationality": (False, _nobody_loses),
    "efficient": (False, _is_efficient),
}
"""Name: whether asked of every rule, and the check."""


def _run(rule: Rule, book: Book) -> Clearing:
    return run_session(rule, book, rng=stream(0, "verify"))


def _outcome(clearing: Clearing) -> object:
    fills = sorted((f.order.id, f.mass_mg, f.money_fen) for f in clearing.fills)
    rests = sorted((r.order.id, r.mass_mg, r.reason.value) for r in clearing.rests)
    return fills, rests, clearing.price_fen_per_t, clearing.unsold_mg


def _fails(rule: Rule, book: Book, check: Check) -> bool:
    """Whether a book breaks a property; a rule that raises breaks it too."""
    try:
        check(rule, book)
    except Exception:
        return True
    return False


def _books(rule: Rule, seed: int, cases: int) -> Iterator[Book]:
    two_sided = rule.spec.side == "both"
    yield Book("P", (), None if two_sided else 0, None if two_sided else 0)
    yield Book("P", (), None if two_sided else 1000, None if two_sided else 100)
    rng = stream(seed, "verify", rule.name)
    for _ in range(cases):
        yield _book(rng, two_sided)


def _book(rng: Generator, two_sided: bool) -> Book:
    count = int(rng.integers(1, 9))
    traders = int(rng.integers(1, count + 1))
    one_side = rng.random() < 0.15
    orders = []
    for n in range(count):
        sells = two_sided and not one_side and rng.random() < 0.5
        orders.append(
            Order(
                id=f"o{n}",
                trader=f"T{int(rng.integers(traders))}" + ("s" if sells else ""),
                side=Side.SELL if sells else Side.BUY,
                product="P",
                mass_mg=int(rng.choice(MASSES)),
                limit_fen_per_t=int(rng.choice(PRICES)),
                seq=n,
            )
        )
    if two_sided:
        return Book("P", tuple(orders))
    supply = int(rng.choice((0, 1, 700, 2_000_000_000, 9_000_000_000)))
    years = int(rng.choice((1, 5)))
    return Book("P", tuple(orders), supply, int(rng.choice((0, 100, 250))), years)


def _shrunk(rule: Rule, book: Book, check: Check) -> Book:
    """Leave out orders as long as the rest still fails."""
    for order in book.orders:
        fewer = replace(book, orders=tuple(o for o in book.orders if o.id != order.id))
        if _fails(rule, fewer, check):
            return _shrunk(rule, fewer, check)
    return book


def _told(book: Book) -> str:
    orders = ", ".join(
        f"{o.trader} {o.side.value} {o.mass_mg} mg @ {o.limit_fen_per_t}" for o in book.orders
    )
    offer = "" if book.supply_mg is None else f"; supply {book.supply_mg} mg"
    reserve = "" if book.reserve_fen_per_t is None else f"; reserve {book.reserve_fen_per_t}"
    return f"{orders or 'no orders'}{offer}{reserve}"


def example_mechanism() -> str:
    """A working rule of thirty lines to start from: `permits init --mechanism NAME`."""
    return EXAMPLE


EXAMPLE = '''"""Each winner pays the highest bid that won nothing: change this to your rule."""

from __future__ import annotations

from numpy.random import Generator

from market.clearing import Clearing, Unfilled
from market.matching import TIE, ration, sale, write_up
from market.order import Book, Order
from permits.rule import Params, Spec

SPEC = Spec(
    title="My rule",
    title_zh="我的规则",
    source="[ModelAssumption]",
    side="buy",
    params=(TIE,),
    claims=frozenset({"budget_balance", "individual_rationality"}),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Sell to the highest bids; all pay the best bid left out, or the reserve price."""
    reserve = book.reserve_fen_per_t or 0
    able = [order for order in book.buys if order.limit_fen_per_t >= reserve]
    filled, tie = ration(able, book.supply_mg or 0, params["tie"], rng)
    left = [o.limit_fen_per_t for o in able if filled.get(o.id, 0) < o.mass_mg]
    price = max(left, default=reserve)
    trades = [sale(o, filled[o.id], price, book.years) for o in able if o.id in filled]

    def reason(order: Order) -> Unfilled:
        return Unfilled.RESERVE if order.limit_fen_per_t < reserve else Unfilled.SUPPLY

    told = price if trades else None
    return write_up(book, "my_rule", trades, reason, price_fen_per_t=told, ties=[tie])
'''
