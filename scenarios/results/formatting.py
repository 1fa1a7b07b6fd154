"""Values as people read them: words for codes, digits in groups, units.

Every number on the page, on the terminal and in explanations is written here; files for
programs use `cells` and keep every digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import ROUND_UP, Decimal, InvalidOperation
from typing import Any

from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.results.result import Event, Table
from scenarios.results.table_specs import Column, Kind
from scenarios.text import language, pick, t
from scenarios.text.place_names import chinese_place, full_name
from scenarios.text.wording import (
    KEY,
    STATED_HERE,
    chinese_condition,
    chinese_contract_unit,
    chinese_force,
    chinese_key,
    chinese_nested,
    chinese_product,
    chinese_source,
    chinese_title,
)

Labels = Mapping[str, Mapping[str, str]]

NO_VALUE = "–"
LEAST_TOLD = 1e-6
"""Smallest share that is shown: no input of a plan is known more precisely."""
MILLIONS_FROM_FEN = 10_000_000 * FEN_PER_YUAN
"""Amounts from here on are written in millions (in Chinese in 万元): seven digits still
read at a glance, eight do not."""
SCALES: dict[Kind, int] = {"mass": MG_PER_T, "money": FEN_PER_YUAN, "price": FEN_PER_YUAN}
NUMBERS: tuple[Kind, ...] = ("count", "mass", "money", "price", "number", "share")
CODED = ("kind", "level", "status", "state", "reason", "outcome")
"""Columns whose cells are codes of ours, said in words."""
NAMED_VALUES = (
    "pollutant", "measure", "series", "stop", "owner", "government", "lessor", "bank", "seller"
)  # fmt: skip
"""Values of an event that are ids."""
LEAST_PLACES = 6
"""Decimals of a tonne that are a gram: a meter does not resolve less."""
GRAMS_PER_T = 1_000_000
"""As `LEAST_PLACES`: below half a gram a mass is what whole lots leave over."""
MEASURES_JOIN = "; "
"""Between the measures of a source in one cell."""
YEARS = ("year", "vintage")
"""Counts that are years, and so not in groups of three digits."""
STATED = ("value", "low", "high")
"""Columns of `inputs` whose cells are numbers or words, as a scenario states them."""
YEARS_STATED = (1900, 2100)
"""Whole stated numbers from and to here stand without separators: they may be years."""
MASS_VALUES = ("mass", "returned", "retired", "withheld", "planned")
MONEY_VALUES = ("money", "price", "paid", "debt", "over")
"""Values of an event that are masses [t] and sums or prices [yuan], as exact text."""
IF_ANY = ("retired", "withheld")
"""A clause of an event about one of these is left out where it is zero."""
WORDED = ("rule", "place", "baseline")
"""Columns whose cells are put into words part by part."""
SIGNS = re.compile(r":|; | \[")
"""Signs of an owner, of several ids, of a source: an id without them is shown as it is."""
DRAWN = "drawn: seed "
"""Sources as inputs and rules write them."""
NO_PLACE = ("", "all")
"""Placeholders for the city or sector of a firm that has none."""
OWNERS = {
    "county": "the county of {place}",
    "city": "the city of {place}",
    "province": "the province of {place}",
    "bank": "a bank in {place}",
}
TEXTS = {
    # owners in a scenario that names no places
    "government": "the local government",
    "bank": "a bank",
    # large amounts; each language counts in its own powers of ten
    "million": "{amount} million yuan",
    "wan": "{amount} ten thousand yuan",
    "yi": "{amount} hundred million yuan",
}

WORDS = {
    # uncertain inputs
    "cost": "Cost",
    "efficiency": "Efficiency",
    "baseline": "Baseline",
    "applicability": "Applicability",
    "max_reduction": "Greatest possible reduction",
    "marginal_cost": "Marginal cost",
    "bought": "Reduction within the budget",
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
    "head_count": "Outside the share of bidders that may win",
    "limit": "Above a limit",
    "budget": "Budget used up",
    "late": "Too late",
    "duplicate": "Replaced by a later bid",
    "not_sellable": "Not for sale",
    "no_counterparty": "No counterparty",
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
    "disposed": "Collateral taken by the government",
    "unpaid": "Collateral gone, debt unpaid",
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


UNITS_OF = {
    "en": (("million", MILLIONS_FROM_FEN, 10**6, 1, 3),),
    "zh": (("yi", 10**8 * FEN_PER_YUAN, 10**8, 3, 4), ("wan", MILLIONS_FROM_FEN, 10**4, 0, 2)),
}
"""Units of large amounts, the largest first: the text, from which amount [fen], the unit
[yuan], and how many decimals at least and at most (two digits of the smallest amount show)."""
_currency: ContextVar[str] = ContextVar("currency", default="CNY")


@contextmanager
def money_in(currency: str) -> Iterator[None]:
    """Set the currency of amounts while the block runs: a plan from abroad stays in dollars."""
    token = _currency.set(currency)
    try:
        yield
    finally:
        _currency.reset(token)


_amounts: ContextVar[tuple[int, int] | None] = ContextVar("amounts", default=None)


@contextmanager
def one_unit(amounts_fen: Iterable[int | None]) -> Iterator[None]:
    """Write all amounts in one unit while the block runs: that of the largest of these."""
    sizes = [abs(amount) for amount in amounts_fen if amount]
    token = _amounts.set((max(sizes), min(sizes)) if sizes else None)
    try:
        yield
    finally:
        _amounts.reset(token)


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
    """Name of an id for people: its label, else its catalogue text, else the id.

    An owner that is no firm, `city:Hangzhou`, is called by what it is and its place.
    """
    if identifier in labels:
        return pick(labels[identifier])
    kind, colon, place = identifier.partition(":")
    if kind not in OWNERS or not colon:
        return _known_name(identifier)
    if place in NO_PLACE:
        return t(TEXTS["bank" if kind == "bank" else "government"])
    said = name(place, labels)
    if kind == "county" and language() == "zh":
        said = full_name(place, said)
    return t(OWNERS[kind], place=said)


def _known_name(identifier: str) -> str:
    """An id without a label: its catalogue text, the name of a place, or the id."""
    said = t(identifier)
    if said == identifier and language() == "zh":
        return chinese_place(identifier) or identifier
    return said


def place_name(identifier: str | None, labels: Labels) -> str:
    """A city or sector as people call it; empty where there is none."""
    return "" if (identifier or "") in NO_PLACE else name(identifier or "", labels)


def short(identifier: str) -> str:
    """An id of a scenario as a short label: its catalogue text, else its words."""
    said = t(identifier)
    return said.replace("_", " ") if said == identifier else said


def rule_text(rule: str, labels: Labels) -> str:
    """A rule and its source, `pay as bid [Krishna2010]`, the rule in words of the language."""
    if language() == "zh":
        rule, stated = chinese_source(rule), t(STATED_HERE)
        if rule.endswith(f" {stated}"):
            rule = f"{t(rule.removesuffix(stated).strip())}（{stated}）"
    head, bracket, source = rule.partition(" [")
    return f"{name(head, labels)}{bracket}{source}"


def source_text(source: str, labels: Labels) -> str:
    """The source of a number: `[ZJ-N5] art. 83`, words, or an id of a polluter."""
    if source.startswith(DRAWN):
        return t("drawn: seed {seed}", seed=source.removeprefix(DRAWN))
    return rule_text(source, labels)


def _nested(place: str, labels: Labels) -> str:
    """`Jiaxing, Zhejiang` from the smaller to the larger; in Chinese the other way round."""
    parts = place.split(", ")
    if language() == "zh":
        return chinese_nested(parts, lambda part: name(part, labels))
    return ", ".join(name(part, labels) for part in parts)


def event_text(event: Event, labels: Labels) -> str:
    """An event in the language in force, with names for ids and rounded numbers."""
    values = {key: _event_value(key, value, labels) for key, value in event.values.items()}
    text = t(event.text)
    for mark in ("; ", "；"):
        first, *more = text.split(mark)
        text = mark.join([first, *(clause for clause in more if not _is_idle(clause, event))])
    return text.format(**values)


def with_examples(table: Table, events: Iterable[Event], labels: Labels) -> Table:
    """Table `happenings` with its examples written again, in the language in force."""
    first: dict[str, Event] = {}
    for one in events:
        first.setdefault(one.kind, one)
    place = {column.name: n for n, column in enumerate(table.spec.columns)}
    rows = []
    for row in table.rows:
        cells, event = list(row), first.get(row[place["kind"]])
        if event is not None:
            said = event_text(event, labels)
            cells[place["example"]] = t("{title}: {said}", title=event.on, said=said)
        rows.append(tuple(cells))
    return Table(table.spec, tuple(rows))


def _event_value(key: str, value: Any, labels: Labels) -> Any:
    if key in NAMED_VALUES:
        return name(value, labels)
    number = _number(str(value))
    if number is not None and key in MASS_VALUES:
        return mass_digits(round(number * MG_PER_T))
    if number is not None and key in MONEY_VALUES:
        return money_digits(round(number * FEN_PER_YUAN))
    return value


def _is_idle(clause: str, event: Event) -> bool:
    """Whether a clause of an event speaks of a mass that is zero."""
    return any(
        f"{{{key}}}" in clause and _number(str(event.values.get(key))) == 0 for key in IF_ANY
    )


def word_text(value: Any, column: Column, labels: Labels) -> str:
    """A cell of kind text or title in words.

    Args:
        value: the cell, not None.
        column: says whether the cell is a code, a rule or an id.
        labels: names of ids for people.
    """
    said = str(value)
    # A number must not be taken for an id: 500 yuan/t is not the measure "500".
    if column.name in STATED and _number(said) is not None:
        return said
    if column.kind == "title":
        return _title(said, labels)
    if language() == "zh" and (in_words := _chinese_cell(said, column, labels)) is not None:
        return in_words
    if column.name == "rule":
        return rule_text(said, labels)
    if column.name == "source":
        return source_text(said, labels)
    if column.name == "place" and column.kind == "text":
        return _nested(said, labels)
    if column.name == "baseline":
        return short(said)
    if column.name == "measures":
        return MEASURES_JOIN.join(name(one, labels) for one in said.split(MEASURES_JOIN))
    return word(said) if column.name in CODED else name(said, labels)


def words_of(texts: Sequence[str], column: Column, labels: Labels) -> list[str]:
    """`word_text` of each text; in English most ids of a long table are shown as they are.

    Args:
        texts: the cells, each once.
        column: as in `word_text`.
        labels: names of ids for people.
    """
    worded = column.kind == "title" or column.name in WORDED or column.name in CODED
    if language() != "en" or worded:
        return [word_text(text, column, labels) for text in texts]
    return [
        word_text(text, column, labels) if text in labels or SIGNS.search(text) else text
        for text in texts
    ]


def _title(said: str, labels: Labels) -> str:
    """A text by the catalogue, else by the label whose English it is."""
    translated = t(said)
    if translated == said and language() == "zh":
        return next((pick(own) for own in labels.values() if own.get("en") == said), said)
    return translated


def _chinese_cell(said: str, column: Column, labels: Labels) -> str | None:
    """A cell that English shows as it is in files; None for any other."""

    def named(identifier: str) -> str:
        return name(identifier, labels)

    if column.name == "key" or (column.name == "rule" and KEY.fullmatch(said)):
        return chinese_key(said, named)
    if column.name == "product":
        return chinese_product(said, named)
    if column.name == "contracted_unit":
        return chinese_contract_unit(said)
    if column.name == "condition":
        return chinese_condition(said, named)
    if column.name == "in_force":
        return chinese_force(said, named)
    if column.name == "friction" or (column.name == "kind" and "." in said):
        return chinese_title(said)
    return None


def cell_text(value: Any, column: Column, labels: Labels, places: int) -> str:
    """A cell for people; numbers in groups of three digits.

    Args:
        value: the cell as the table has it; None shows as a dash.
        column: its kind and name.
        labels: names of ids for people.
        places: decimals of a number.
    """
    if value is None:
        return NO_VALUE
    if column.name in STATED and column.kind == "text":
        return stated(str(value)) or word_text(value, column, labels)
    if column.kind in ("text", "title"):
        return word_text(value, column, labels)
    if column.kind == "flag":
        return t("yes") if value else t("no")
    if column.kind == "share":
        return percent(value)
    if value == 0 and column.kind in NUMBERS:
        return "0"
    if column.kind == "mass" and is_dust(value):
        return "0"
    if column.kind in SCALES:
        return grouped(value, SCALES[column.kind], places)
    if column.kind == "number":
        return f"{value:,.{places}f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if column.name in YEARS else f"{value:,}"


def stated(text: str) -> str | None:
    """A number of a scenario to six digits, `101.7` for `101.699796408`; None for words."""
    number = _number(text)
    if number is None:
        return None
    if number == number.to_integral_value():
        first, last = YEARS_STATED
        return text if first <= number <= last else f"{number.to_integral_value():,f}"
    # Six digits show every step that an input is stated in; the whole part stays whole.
    digits = max(6 - number.adjusted() - 1, 0)
    return _short(f"{number.quantize(Decimal(1).scaleb(-digits)):,f}")


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


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
    """`value` / `scale` in groups of three digits, rounded half to even.

    Args:
        value: whole mg, fen or the like.
        scale: how many of them make the unit shown, a power of ten.
        places: decimals.
    """
    unit = scale // 10**places
    whole, rest = divmod(abs(value), unit)
    if 2 * rest > unit or (2 * rest == unit and whole % 2):
        whole += 1
    sign = "-" if value < 0 and whole else ""
    head, tail = divmod(whole, 10**places)
    return f"{sign}{head:,}.{tail:0{places}d}" if places else f"{sign}{head:,}"


def percent(share: float) -> str:
    """A share in per cent, with at most one decimal; never `-0 %`."""
    number = f"{100 * share:.1f}".removesuffix(".0")
    return _with_percent_sign("0" if number == "-0" else number)


def tonnes(mass_mg: int) -> str:
    """A mass in tonnes, to as many places as its size asks for, with its unit."""
    return t("{mass} t", mass=mass_digits(mass_mg))


def mass_digits(mass_mg: int) -> str:
    """A mass in tonnes without its unit: about five digits, at most three decimals.

    Below a tonne three digits that count, down to a gram; less shows as `<0.000001`.
    """
    size = abs(mass_mg)
    if size and is_dust(mass_mg):
        return ("-" if mass_mg < 0 else "") + f"<{10**-LEAST_PLACES:.{LEAST_PLACES}f}"
    places = places_for([mass_mg], "mass")
    if 0 < size < MG_PER_T:
        places = min(3 + len(str(MG_PER_T)) - 1 - len(str(size)), LEAST_PLACES)
    return _short(grouped(mass_mg, MG_PER_T, places))


def is_dust(mass_mg: int) -> bool:
    """Whether a mass is under half a gram: what whole lots leave over, nothing to report."""
    return 2 * abs(mass_mg) * GRAMS_PER_T < MG_PER_T


def money_digits(amount_fen: int) -> str:
    """An amount or price in yuan without its unit; fen only below a thousand yuan."""
    return grouped(amount_fen, FEN_PER_YUAN, places_for([amount_fen], "money"))


def small_percent(share: float) -> str:
    """An upper bound on a share in per cent, never rounded down.

    Two significant digits, no exponent, and nothing below a millionth.
    """
    value = Decimal(f"{100 * max(share, LEAST_TOLD):.12g}")
    up = value.quantize(Decimal(1).scaleb(value.adjusted() - 1), ROUND_UP)
    return _with_percent_sign(f"{up.normalize():f}")


def _with_percent_sign(number: str) -> str:
    return f"{number}%" if language() == "zh" else f"{number} %"


def yuan(amount_fen: int) -> str:
    """A key amount: whole yuan up to ten million, in millions (万元, 亿元) above.

    Within `one_unit` all amounts have the unit and decimals of its list.
    """
    largest, smallest = _amounts.get() or (abs(amount_fen), abs(amount_fen))
    largest = max(largest, abs(amount_fen))
    for text, from_fen, unit_yuan, least, most in UNITS_OF[language()]:
        unit = unit_yuan * FEN_PER_YUAN
        # A unit in which the smallest amount of the list would vanish is too large.
        if largest >= from_fen and 2 * smallest * 10**most >= unit:
            enough = (p for p in range(least, most) if smallest * 10**p >= 10 * unit)
            said = grouped(amount_fen, unit, next(enough, most)) if amount_fen else "0"
            return in_currency(t(TEXTS[text], amount=said))
    return in_currency(t("{money} yuan", money=money_digits(amount_fen)))


def yuan_per_t(price_fen_per_t: int) -> str:
    """A key price in yuan per tonne."""
    return in_currency(t("{price} yuan/t", price=money_digits(price_fen_per_t)))


def _short(text: str) -> str:
    """`40.000` without its empty decimals, `40`."""
    return text.rstrip("0").rstrip(".") if "." in text else text
