"""Ids, keys and sources in Chinese words, as the page and the workbook show them.

Files for programs keep what is written here in English; so does every text in English.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from scenarios.text import t

Named = Callable[[str], str]
"""What people call an id."""

WORDS = {
    # groups of keys
    "allocation": "allocation",
    "banking": "banking",
    "baselines": "other baseline",
    "build": "installation of measures",
    "buyback": "buyback",
    "card": "card",
    "city": "city",
    "condition": "condition",
    "concentration": "waste gas concentration",
    "cost_information": "planner's knowledge of costs",
    "county": "county",
    "firm": "firm",
    "lease": "lease",
    "licence": "discharge permit",
    "market": "market",
    "measures": "measure",
    "mix": "mixture",
    "part": "sub-sector",
    "plan": "plan",
    "pledge": "pledged loan",
    "policy": "policy",
    "pollutant": "pollutant",
    "production": "production",
    "register": "drawn firms",
    "rights": "pollution right",
    "sector": "sector",
    "session": "session",
    "traders": "trader",
    "true_up": "true-up",
    # what is stated
    "amount": "stated amount",
    "auction_delay_days": "delay of delivery after a sale, days",
    "baseline": "baseline emission",
    "basis": "basis of the price",
    "carry_over": "share carried over to the next year",
    "cash_years": "cash for how many years",
    "change_delay_days": "days until a changed permit is in force",
    "cost": "annual cost",
    "cost_in_china": "annual cost by Chinese sources",
    "curtail_to": "output left after an order to cut",
    "daily_sigma": "daily variation of production",
    "delay_days": "days until a measure works",
    "efficiency": "removal efficiency",
    "exist": "whether rights exist",
    "exists": "whether it is held",
    "existing_control": "existing control",
    "factor": "factor",
    "failing": "loans in default",
    "fee": "platform fee",
    "fine_max": "largest fine",
    "fine_min": "smallest fine",
    "fine_scale": "shortfall at the largest fine",
    "firm_sigma": "variation of production between firms",
    "firms": "number of firms",
    "floor": "floor price",
    "grades": "share of firms in grade",
    "headroom": "limit above the opening rights",
    "keep": "share of the surplus kept by the firm",
    "loan_to_value": "loan to value",
    "loans": "number of loans",
    "make_good": "whether a shortfall is made good next year",
    "margin": "leased above the expected need",
    "markup": "reported over true cost",
    "max_months": "longest lease, months",
    "middle": "middle",
    "months": "lease, months",
    "offered": "share of the reserve offered",
    "opening": "opening rights",
    "paid_rate": "share of the reference price paid",
    "paid_share": "share of firms that paid",
    "price_factor": "rent over the reference price",
    "rate": "interest rate",
    "ratio": "replacement ratio",
    "applicability": "applicability",
    "reference_price": "reference price",
    "rich": "rich",
    "roll_over_most": "most rolled over",
    "season": "production by month",
    "sector_share": "share of the sector",
    "share": "share",
    "share_of_reserve": "share of the reserve for leases",
    "shift_delay_days": "days until quota is moved forward",
    "shift_share": "share of a later month moved forward",
    "shortfall_charge": "shortfall valuation",
    "size_exponent": "cost exponent of size",
    "size_sigma": "variation of firm sizes",
    "sizes": "drawn sizes",
    "sources": "number of sources",
    "spread": "variation of true costs",
    "target": "reduction target",
    "term_days": "term of a loan, days",
    "term_years": "term of rights, years",
    "thin": "thin",
    "total": "total emission",
    "trade_delay_days": "delay of delivery after a trade, days",
    "unit": "smallest lease",
    "warn_percent": "warnings at per cent of a quota",
    "withheld": "share withheld for the reserve",
}
"""What each part of a key means."""

TITLES = {
    # kinds of event, by what they begin with
    "abate": "installation of measures",
    "auction": "government sale",
    "buyback": "buyback",
    "lease": "lease",
    "opening": "initial allocation",
    "permit": "discharge permit",
    "pledge": "pledged loan",
    "policy": "policy",
    "swipe": "card-swipe discharge",
    "trade": "trade between firms",
    "true_up": "true-up",
    # frictions
    "all": "All",
    "behaviour": "firms' behaviour",
    "delays": "delays",
    "fees": "platform fee",
    "head_count": "head-count rule",
    "month_quotas": "month quotas",
    "policies": "policies that are frictions",
    "ratios": "replacement ratio",
    "reserve": "share withheld for the reserve",
}
"""Families of events, and frictions."""

STATED_HERE = "stated in the scenario"
"""As `definition.sourced` has it, whose dependencies are not wanted here."""

TEXTS = {
    "stated": "stated in the scenario",
    "basis": "price paid, prorated over the remaining term",
    "true": "true",
    "false": "false",
    "item": "item {number}",
}
"""Texts of scenarios and their inputs that no catalogue of ids has."""

COLUMNS = {
    "min": "At least",
    "max": "At most",
    "cap": "Cap on emissions",
    "sector": "Sector",
    "subsector": "Sub-sector",
    "city": "City",
    "county": "County",
    "province": "Province",
    "firm": "Firm",
    "source": "Source",
    "measure": "Measure",
}
"""Columns and kinds of conditions; their texts stand in the catalogue already."""

KEY = re.compile(r"[a-z_]+(\.[\w-]+)+")
"""A key of a scenario, where a rule's name may stand too."""
_ARTICLE = re.compile(r" ?\bart\. (\d+)")
_ITEM = re.compile(r" ?\bitem (\d+)")
_CHAPTER = re.compile(r" ?\bch\. (\d+)")
_PRODUCT = re.compile(r"(?P<pollutant>.+?) (?P<first>\d{4})(?:-(?P<last>\d{4}))?(?P<more>.*)")
_DIGITS = "零一二三四五六七八九"


def numeral(number: int) -> str:
    """A whole number below a thousand as laws write it: 83 is 八十三."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    said = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and ones:
        said += "零"
    return said + (_DIGITS[ones] if ones or not number else "")


def chinese_source(source: str) -> str:
    """Articles and items of a source as Chinese laws cite them: `[ZJ-N5]第八十三条`."""
    source = source.replace(STATED_HERE, t(STATED_HERE))
    for pattern, unit in ((_ARTICLE, "条"), (_ITEM, "项"), (_CHAPTER, "章")):
        source = pattern.sub(partial(_cited, unit), source)
    return source


def _cited(unit: str, found: re.Match[str]) -> str:
    return f"第{numeral(int(found[1]))}{unit}"


ONE_YEAR, SEVERAL_YEARS = "yuan for 1 t", "yuan for 1 t in each of {years} years"
_SEVERAL = re.compile(r"yuan for 1 t in each of (?P<years>\d+) years")


def chinese_key(key: str, named: Named) -> str:
    """A key of a scenario in words, and as `--set` takes it: 化学需氧量·削减目标（pollutant.…）."""
    said = []
    parts = key.split(".")
    for n, part in enumerate(parts):
        if part.isdigit():
            said.append(f"第{int(part) + 1}项")
        elif part in WORDS and not (n and parts[n - 1] in ("pollutant", "firm", "sector")):
            said.append(t(WORDS[part]))
        else:
            both = f"{parts[n - 1]}.{part}" if n else part
            owner = f"{parts[n - 2]}.{part}" if n > 1 and parts[n - 1] == "part" else both
            found = named(owner)
            said.append(named(part) if found == owner else found)
    return f"{'·'.join(said)}（{key}）"


def chinese_product(product: str, named: Named) -> str:
    """A product, `COD 2018-2022`, with its pollutant by name: 化学需氧量2018—2022年."""
    found = _PRODUCT.fullmatch(product)
    if found is None:
        return named(product)
    years = found["first"] + (f"—{found['last']}" if found["last"] else "")
    pollutant = named(found["pollutant"])
    blank = " " if pollutant[-1].isascii() else ""  # 污染物X 2017年, lest it read X2017
    return f"{pollutant}{blank}{years}年{found['more']}"


def contract_unit(years: int) -> str:
    """The unit of a price as contracted: of one vintage, or of several at once."""
    return ONE_YEAR if years == 1 else SEVERAL_YEARS.format(years=years)


def chinese_contract_unit(unit: str) -> str:
    """What `contract_unit` says, in Chinese."""
    found = _SEVERAL.fullmatch(unit)
    return t(unit) if found is None else t(SEVERAL_YEARS, years=found["years"])


def chinese_condition(condition: str, named: Named) -> str:
    """A condition as asked, `sector=coating:VOC=20%`, with names for its ids."""
    condition = re.sub(r"(?<=\d) ?t$", "吨", condition)
    return "".join(
        piece if piece in "=:, <>" or not piece else _named_piece(piece, named)
        for piece in re.split(r"([=:, <>])", condition)
    )


def _named_piece(piece: str, named: Named) -> str:
    return t(COLUMNS[piece]) if piece in COLUMNS else named(piece)


def chinese_force(force: str, named: Named) -> str:
    """Where and when a rule is in force: `Jiaxing, Zhejiang, 2024-06-01 – …`."""
    *parts, last = force.split(", ")
    dates = last if re.search(r"\d{4}|…", last) else ""
    where = parts if dates else [*parts, last]
    return "，".join(piece for piece in (chinese_nested(where, named), dates) if piece)


def chinese_nested(parts: list[str], named: Named) -> str:
    """Places from the larger to the smaller, without a break: 浙江嘉兴桐乡."""
    said = ["、".join(map(named, part.split(" and "))) for part in parts]
    return "".join(reversed(said))


def chinese_title(code: str) -> str:
    """The family of a kind of event, 刷卡排污 for `swipe.shut`, or a friction."""
    family = code.partition(".")[0]
    return t(TITLES[family]) if family in TITLES else code
