"""Output of commands for people: clearings, lists, lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.cells import cell_len

from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.results.formatting import (
    mass_digits,
    money_digits,
    percent,
    tonnes,
    word,
    yuan,
    yuan_per_t,
)
from scenarios.text import language, t
from scenarios.text.terminal import harmless, say


def print_clearing(told: Mapping[str, Any]) -> None:
    """Print a sale or a market, product by product."""
    for product, one in told.get("products", {"": told}).items():
        say(f"{_rule_name(told['rule'])} {product}".strip())
        price, *volume, money = clearing_items(one)
        _item(*price)
        say("  " + " · ".join(t("{title}: {said}", title=a, said=b) for a, b in volume))
        _item(*money)
        rows = [
            [f.get("bidder") or f.get("trader"), t(f["side"]), _mass(f["mass_t"]),
             _fill_price(f["price_yuan_per_t"]), _yuan(f["money_yuan"])]
            for f in one["fills"]
        ]  # fmt: skip
        heads = [t("Who"), t("Side"), t("Mass, t"), t("Price, yuan/t"), t("Money, yuan")]
        if rows:
            _table(heads, rows)
        else:
            say(f"  {t('No bid or order was filled.')}")
        # Refused orders stand last among the unfilled, and have a sentence each below.
        for rest in one["unfilled"][: len(one["unfilled"]) - len(one["refused"])]:
            who, why = rest.get("bidder") or rest.get("trader"), word(rest["reason"])
            why = why[:1].lower() + why[1:]
            said = t("{who}: {mass} t not filled: {why}", who=who, mass=_mass(rest["mass_t"]),
                     why=why)  # fmt: skip
            say(f"  {said}")
        for refused in one["refused"]:
            who = refused.get("bidder") or refused.get("trader")
            said = t("{title}: {said}", title=t("{who}, {id}", who=who, id=refused["id"]),
                     said=refused["text"])  # fmt: skip
            _item(t("refused"), said)
        if one.get("efficiency") is not None:
            _item(t("Efficiency"), percent(float(one["efficiency"])))


def _each_price(one: Mapping[str, Any]) -> str:
    """Price line of a rule without a single price."""
    if "spent_yuan" in one:
        return t("each is paid its own offer")
    if "welfare_yuan" in one:
        return t("each trade at its own price")
    return t("each pays its own bid")


def clearing_items(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Price, mass traded, mass left where any was on offer, and last money: what, how much."""
    price = one["price_yuan_per_t"]
    return [
        (t("Price"), _each_price(one) if price is None else yuan_per_t(_fen(price))),
        *_volume(one),
        (t("Money"), yuan(_fen(one["spent_yuan" if "spent_yuan" in one else "revenue_yuan"]))),
    ]


def _volume(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Mass traded, mass left."""
    sold, rest = tonnes(_mg(one["sold_t"])), tonnes(_mg(one["unsold_t"]))
    if "spent_yuan" in one:
        return [(t("Bought"), sold), (t("not found"), rest)]
    if "welfare_yuan" in one:  # two sides: nothing is on offer that could be left unsold
        return [(t("Traded"), sold)]
    return [(t("Sold"), sold), (t("unsold"), rest)]


def _item(title: str, said: str) -> None:
    say("  " + t("{title}: {said}", title=title, said=said))


def _mg(mass_t: Any) -> int:
    return round(Decimal(str(mass_t)) * MG_PER_T)


def _fen(amount_yuan: Any) -> int:
    return round(Decimal(str(amount_yuan)) * FEN_PER_YUAN)


def _mass(mass_t: Any) -> str:
    return mass_digits(_mg(mass_t))


def _yuan(amount_yuan: Any) -> str:
    return money_digits(_fen(amount_yuan))


def _fill_price(price: Any) -> str:
    """The price of one fill; a word where its parts were paid at several prices."""
    return t("several") if price is None else _yuan(price)


def _rule_name(rule: str) -> str:
    """A clearing rule's id; in Chinese its title, where it is one of the shipped."""
    if language() != "zh":
        return rule
    from market.mechanisms import find_mechanisms

    found = find_mechanisms().get(rule)
    return f"{found.spec.title_zh}（{rule}）" if found else rule


def print_list(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """List what is available, kind by kind."""
    for kind, things in found.items():
        say(t(kind).capitalize())
        for thing in things:
            if kind == "files":
                say(f"  {thing['file']}  sha256 {thing['sha256']}")
                continue
            title = thing["title_zh"] if language() == "zh" else thing["title"]
            source = f"  {thing['source']}" if thing.get("source") else ""
            say(f"  {thing['name']:24s} {title}{source}")
            if thing.get("claims") and "properties" not in thing:
                say(f"  {'':24s} {t('keeps')}: {', '.join(map(t, thing['claims']))}")
    for thing in found.get("mechanisms", ()):
        if "properties" in thing:
            print_properties(found["mechanisms"])
            break


def print_properties(things: Sequence[Mapping[str, Any]]) -> None:
    """Properties kept by each rule: one row per rule, or per rule and parameters."""
    names = list(things[0]["properties"][0]["kept"])
    rows = []
    for thing in things:
        for one in thing["properties"]:
            given = ", ".join(f"{name}={value}" for name, value in one["params"].items())
            said = f"{thing['name']} ({given})" if given else thing["name"]
            rows.append([said, *(_mark(one, name) for name in names)])
    say("")
    _table([t("Rule"), *(str(n + 1) for n in range(len(names)))], rows)
    for n, name in enumerate(names):
        say(f"  {n + 1}  {t(name).replace('_', ' ')}")
    say(t("✓ claimed and kept · (✓) kept on all books tried, not claimed · – not kept"))


def _mark(one: Mapping[str, Any], name: str) -> str:
    if not one["kept"][name]:
        return "–"
    return "✓" if name in one["claimed"] else "(✓)"


def print_materials(told: Mapping[str, Any]) -> None:
    """Solvent balances: each firm's months, sums, and cards."""
    heads = [t("Firm"), t("Month"), t("Pollutant"), t("VOC in"), t("Recovered"),
             t("In waste and product"), t("Destroyed"), t("Emitted")]  # fmt: skip
    names = ["firm", "month", "pollutant", "solvent_in_t", "recovered_t", "in_waste_t",
             "destroyed_t", "emitted_t"]  # fmt: skip
    say(t("Masses by material balance, t"))
    _table(heads, [_rounded(row, names) for row in told["masses"]])
    for total in told["totals"]:
        _item(total["pollutant"], tonnes(_mg(total["emitted_t"])))
    if told["balances"]:
        heads = [t("Card"), t("Month"), t("Loaded"), t("Charged"), t("Balance"), t("State")]
        names = ["card", "month", "loaded_t", "charged_t", "balance_t"]
        say(t("Cards at the end of each month, t"))
        rows = [[*_rounded(row, names), t(row["state"])] for row in told["balances"]]
        _table(heads, rows)


def _rounded(row: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    """Cells of a row; masses, which end in `_t`, rounded for people."""
    return [
        _mass(row[name]) if name.endswith("_t") and row[name] is not None else row[name]
        for name in names
    ]


def print_wire(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rounding of the reported totals by the protocol; it is not part of any mass."""
    if not rows:
        say(t("The readings report no totals (NMHC_total_kg)."))
        return
    heads = [t("Outlet"), t("Month"), t("Pollutant"), t("Hours"), t("Reported"), t("Metered"),
             t("Difference"), t("Rounding at most"), t("Hours beyond rounding")]  # fmt: skip
    say(t("Rounding by the protocol, t (for information; not part of any mass)"))
    names = ["outlet", "month", "pollutant", "hours", "reported_t", "metered_t", "difference_t",
             "can_be_t", "misfits"]  # fmt: skip
    _table(heads, [[row[name] for name in names] for row in rows])


def print_hints(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print suspicious readings."""
    if not rows:
        say(t("No suspicious readings."))
        return
    say(t("Suspicious readings (hints, not proof)"))
    for row in rows:
        chance = ""
        if row["chance"] is not None:
            said = t("{title}: {said}", title=t("by chance"), said=f"{row['chance']:.1g}")
            chance = t(" ({note})", note=said)
        place = f"{row['outlet']}, {row['pollutant']}, {row['first']} … {row['last']}"
        say(f"  {t('{month}:', month=place)}")
        say(f"    {row['text']}{chance}")
        say(f"    {row['mend']}")


def print_lines(lines: Iterable[str]) -> None:
    """Print each on one line, whatever characters its names hold."""
    say(*lines)


def print_rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table with aligned columns."""
    _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    cells = [
        [str(h) for h in heads],
        *[["" if c is None else harmless(str(c)) for c in r] for r in rows],
    ]
    widths = [max(cell_len(row[n]) for row in cells) for n in range(len(heads))]
    for row in cells:
        padded = (c + " " * (w - cell_len(c)) for c, w in zip(row, widths, strict=True))
        say("  " + "  ".join(padded).rstrip())
