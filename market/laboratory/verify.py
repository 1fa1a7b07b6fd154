"""The contract of a clearing rule: which properties it keeps, with counterexamples.

A failing book is reduced, order by order, to the smallest that still fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from market.clearing.order import Book
from market.laboratory.properties import PROPERTIES, Check, Tried
from permits.rule import NO_PARAMS, Params, Rule

CASES = 120  # assumed: random books per property, seconds for a rule


@dataclass(frozen=True, slots=True)
class PropertyResult:
    """One property: whether the rule claims it, keeps it, and a book where it does not."""

    name: str
    claimed: bool
    kept: bool
    counterexample: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The properties that a rule keeps, with the parameters of the test."""

    rule: str
    results: tuple[PropertyResult, ...]
    params: Params = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """Whether everything claimed is kept."""
        return all(one.kept for one in self.results if one.claimed)


def verify_rule(rule: Rule, *, seed: int = 0, cases: int = CASES) -> VerifyReport:
    """Check a rule against every property; the first four are required of all rules.

    Args:
        rule: the clearing rule, with its defaults.
        seed: of the random books.
        cases: number of random books per property.
    """
    return _verify(rule, NO_PARAMS, rule.spec.claims, seed, cases)


def verify_all(rule: Rule, *, seed: int = 0, cases: int = CASES) -> tuple[VerifyReport, ...]:
    """Check a rule with its defaults, then each of its variants.

    Args:
        rule: the clearing rule.
        seed: of the random books.
        cases: number of random books per property.
    """
    return (
        verify_rule(rule, seed=seed, cases=cases),
        *(_verify(rule, v.params, v.claims, seed, cases) for v in rule.spec.variants),
    )


def _verify(
    rule: Rule, params: Params, claims: frozenset[str], seed: int, cases: int
) -> VerifyReport:
    tried, found = Tried(rule, params), []
    for name, (always, check, books) in PROPERTIES.items():
        failing = next((b for b in books(tried, seed, cases) if _fails(tried, b, check)), None)
        example = None if failing is None else _told(_shrunk(tried, failing, check))
        found.append(PropertyResult(name, always or name in claims, failing is None, example))
    return VerifyReport(rule.name, tuple(found), params)


def _fails(tried: Tried, book: Book, check: Check) -> bool:
    """Whether a book breaks a property; a rule that raises breaks it too."""
    try:
        check(tried, book)
    except Exception:
        return True
    return False


def _shrunk(tried: Tried, book: Book, check: Check) -> Book:
    """Leave out orders as long as the remaining book still fails."""
    for order in book.orders:
        fewer = replace(book, orders=tuple(o for o in book.orders if o.id != order.id))
        if _fails(tried, fewer, check):
            return _shrunk(tried, fewer, check)
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

from market.clearing.clearing import Clearing, Unfilled
from market.clearing.matching import TIE, ration, sale, write_up
from market.clearing.order import Book, Order
from permits.rule import Params, Spec

SPEC = Spec(
    title="My rule",
    title_zh="我的规则",
    source="[ModelAssumption]",
    side="buy",
    params=(TIE,),
    claims=frozenset({"budget_balance", "individual_rationality"}),
    # Declare what applies: reveals=("asks",), heeds_until=True, revisable=True,
    # term_years=5, supply_optional=True, rations_heads=True (docs/scenarios.md).
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
