"""One value of a table as people read it: words for codes, digits in groups, units.

The report and the workbook show the same thing; files for programs use `cells`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Any

from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.results.result import Event
from scenarios.results.table_specs import Column, Kind
from scenarios.text import language, pick, t

Labels = Mapping[str, Mapping[str, str]]

NO_VALUE = "–"
LEAST_TOLD = 1e-6
SCALES: dict[Kind, int] = {"mass": MG_PER_T, "money": FEN_PER_YUAN, "price": FEN_PER_YUAN}
NUMBERS: tuple[Kind, ...] = ("count", "mass", "money", "price", "number", "share")
CODED = ("kind", "level", "status", "state", "reason", "outcome")
"""Columns whose cells are codes of ours, said in words."""
NAMED_VALUES = (
    "pollutant", "measure", "series", "stop", "owner", "government", "lessor", "bank", "seller"
)  # fmt: skip
"""Values of an event that are ids."""
YEARS = ("year", "vintage")
"""Counts that are years, and so not in groups of three digits."""
OWNERS = {
    "county": "the county of {place}",
    "city": "the city of {place}",
    "province": "the province of {place}",
    "bank": "a bank in {place}",
}

WORDS = {
    # doubtful inputs
    "cost": "Cost",
    "efficiency": "Efficiency",
    "baseline": "Baseline",
    "reach": "Reach",
    "max_reduction": "Greatest possible reduction",
    "marginal_cost": "Marginal cost",
    "bought": "Reduction for the money",
    "cost_yuan": "Cost",
    "max_reduction_t": "Greatest possible reduction",
    # conditions and the columns they count by
    "target": "Target",
    "min": "At least",
    "max": "At most",
    "cap": "Cap on emissions",
    "sector": "Sector",
    "subsector": "Sub-sector",
    "city": "City",
    "county": "County",
    "province": "Province",
    "firm": "Firm",
    "measure": "Measure",
    "all": "All",
    "others": "Others",
    # market
    "auction": "Government sale",
    "secondary": "Between firms",
    "lease": "Lease",
    "buyback": "Buyback",
    "pledge": "Pledged loan",
    "recovery": "Free recovery",
    # why an order was not filled
    "price": "Price not met",
    "reserve": "Below the reserve price",
    "supply": "Supply used up",
    "head_count": "Turned away by head count",
    "limit": "Above a limit",
    "budget": "No money for it",
    "late": "Too late",
    "duplicate": "Replaced by a later bid",
    "not_sellable": "Not for sale",
    "no_counterparty": "Nobody on the other side",
    # contracts
    "open": "Running",
    "running": "Running",
    "active": "Running",
    "ended": "Ended",
    "returned": "Returned",
    "repaid": "Repaid",
    "released": "Released",
    "defaulted": "Defaulted",
    "default": "Defaulted",
    "sold": "Collateral sold",
    "paid": "Paid",
    "done": "Done",
    # standing of a number
    "statute": "Law or rule",
    "published": "Published",
    "computed": "Computed",
    "assumed": "Assumed",
    # of a plan, of a run
    "optimal": "Proved least cost",
    "feasible": "Not proved",
    "infeasible": "Cannot be met",
    "ok": "Done",
    "violations": "Violations found",
}


_currency: ContextVar[str] = ContextVar("currency", default="CNY")


@contextmanager
def money_in(currency: str) -> Iterator[None]:
    """Call money what it is while the block runs: a plan from abroad stays in dollars."""
    token = _currency.set(currency)
    try:
        yield
    finally:
        _currency.reset(token)


def in_currency(text: str) -> str:
    """A text about yuan, in the currency in force."""
    if _currency.get() == "USD":
        return text.replace("yuan", "US$").replace("元", "美元")
    return text


def heading(column: Column) -> str:
    """The column's heading in the language and currency in force."""
    return in_currency(t(column.title))


def word(code: str) -> str:
    """One of our codes in words; a code without words shows as it is."""
    return t(WORDS[code]) if code in WORDS else t(code)


def name(identifier: str, labels: Labels) -> str:
    """What people call an id: its label, else its catalogue text, else the id.

    An owner that is no firm, `city:Hangzhou`, is called by what it is and its place.
    """
    if identifier in labels:
        return pick(labels[identifier])
    kind, _, place = identifier.partition(":")
    return t(OWNERS[kind], place=name(place, labels)) if kind in OWNERS else t(identifier)


def short(identifier: str) -> str:
    """An id of a scenario as a short label: its catalogue text, else its words."""
    said = t(identifier)
    return said.replace("_", " ") if said == identifier else said


def rule_text(rule: str, labels: Labels) -> str:
    """A rule and its source, `pay as bid [Krishna2010]`, the rule in words of the language."""
    head, bracket, source = rule.partition(" [")
    return f"{name(head, labels)}{bracket}{source}"


def event_text(event: Event, labels: Labels) -> str:
    """What happened, in the language in force, with names for ids."""
    values = {
        key: name(value, labels) if key in NAMED_VALUES else value
        for key, value in event.values.items()
    }
    return t(event.text).format(**values)


def text_of(value: Any, column: Column, labels: Labels) -> str:
    """A cell of kind text or title in words."""
    said = str(value)
    if column.kind == "title":
        return t(said)
    if column.name == "rule":
        return rule_text(said, labels)
    if column.name == "baseline":
        return short(said)
    return word(said) if column.name in CODED else name(said, labels)


def shown(value: Any, column: Column, labels: Labels, places: int) -> str:
    """A cell for people; numbers of `places` decimals, in groups of three digits."""
    if value is None:
        return NO_VALUE
    if column.kind in ("text", "title"):
        return text_of(value, column, labels)
    if column.kind == "flag":
        return t("yes") if value else t("no")
    if column.kind == "share":
        return percent(value)
    if value == 0 and column.kind in NUMBERS:
        return "0"
    if column.kind in SCALES:
        return grouped(value, SCALES[column.kind], places)
    if column.kind == "number":
        return f"{value:,.{places}f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if column.name in YEARS else f"{value:,}"


def places_for(values: Sequence[Any], kind: Kind) -> int:
    """Decimals that show the largest value with about five digits; fewer where all are round."""
    numbers = [abs(v) for v in values if isinstance(v, int | float)]
    if not numbers or kind in ("count", "share"):
        return 0
    scale = SCALES.get(kind, 1)
    largest = max(numbers) / scale
    wanted = next((p for edge, p in ((10_000, 0), (1_000, 1), (100, 2)) if largest >= edge), 3)
    if kind in ("money", "price"):
        wanted = 0 if largest >= 1_000 else 2
    elif 0 < largest < 0.1:
        wanted = 6
    while wanted and all(v * 10 ** (wanted - 1) % scale == 0 for v in numbers):
        wanted -= 1
    return wanted


def grouped(value: int, scale: int, places: int) -> str:
    """`value` / `scale` with `places` decimals, rounded half to even on the whole number."""
    unit = scale // 10**places
    whole, rest = divmod(abs(value), unit)
    if 2 * rest > unit or (2 * rest == unit and whole % 2):
        whole += 1
    sign = "-" if value < 0 and whole else ""
    head, tail = divmod(whole, 10**places)
    return f"{sign}{head:,}.{tail:0{places}d}" if places else f"{sign}{head:,}"


def percent(share: float) -> str:
    """A share in per cent, with one decimal where that says something."""
    return _with_percent_sign(f"{100 * share:.1f}".removesuffix(".0"))


def tonnes(mass_mg: int) -> str:
    """A key mass in tonnes, to as many places as its size asks for, with its unit."""
    return t("{mass} t", mass=_short(grouped(mass_mg, MG_PER_T, places_for([mass_mg], "mass"))))


def small_percent(share: float) -> str:
    """An upper bound on a share in per cent: two significant digits, never rounded down, no
    exponent, and nothing below a millionth, which no input is good for."""
    value = Decimal(f"{100 * max(share, LEAST_TOLD):.12g}")
    up = value.quantize(Decimal(1).scaleb(value.adjusted() - 1), ROUND_UP)
    return _with_percent_sign(f"{up.normalize():f}")


def _with_percent_sign(number: str) -> str:
    return f"{number}%" if language() == "zh" else f"{number} %"


def yuan(amount_fen: int) -> str:
    """A key amount: whole yuan up to ten million, in millions above."""
    if abs(amount_fen) < 10_000_000 * FEN_PER_YUAN:
        places = places_for([amount_fen], "money")
        return in_currency(t("{money} yuan", money=grouped(amount_fen, FEN_PER_YUAN, places)))
    millions = amount_fen / FEN_PER_YUAN / 1e6
    said = t(
        "{millions} million yuan",
        millions=f"{millions:,.1f}",
        ten_thousands=f"{millions * 100:,.0f}",
    )
    return in_currency(said)


def yuan_per_t(price_fen_per_t: int) -> str:
    """A key price in yuan per tonne."""
    places = places_for([price_fen_per_t], "price")
    said = t("{price} yuan/t", price=grouped(price_fen_per_t, FEN_PER_YUAN, places))
    return in_currency(said)


def _short(text: str) -> str:
    """`40.000` is said `40`."""
    return text.rstrip("0").rstrip(".") if "." in text else text
