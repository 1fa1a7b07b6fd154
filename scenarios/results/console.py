"""What commands print for people: clearings, lists, lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from unicodedata import category

from rich.cells import cell_len

from scenarios.text import language, t


def print_clearing(told: Mapping[str, Any]) -> None:
    """A sale or a market, product by product."""
    for product, one in told.get("products", {"": told}).items():
        print(f"{told['rule']} {product}".strip())
        price = one["price_yuan_per_t"]
        said = t("each its own") if price is None else f"{price} {t('yuan/t')}"
        print(f"  {t('Price')}: {said}")
        _print_volume(one)
        rows = [
            [f.get("bidder") or f.get("trader"), t(f["side"]), f["mass_t"],
             f["price_yuan_per_t"], f["money_yuan"]]
            for f in one["fills"]
        ]  # fmt: skip
        _table([t("Who"), t("Side"), t("Mass, t"), t("Price"), t("Money")], rows)
        # What was refused stands last among the unfilled, and is told by its sentence.
        for rest in one["unfilled"][: len(one["unfilled"]) - len(one["refused"])]:
            who = rest.get("bidder") or rest.get("trader")
            print(f"  {who}: {rest['mass_t']} t {t('not filled')} ({t(rest['reason'])})")
        for refused in one["refused"]:
            who = refused.get("bidder") or refused.get("trader")
            print(f"  {t('refused')}: {who}, {refused['id']}: {refused['text']}")
        if one.get("efficiency") is not None:
            print(f"  {t('Efficiency')}: {one['efficiency']:.4f}")


def _print_volume(one: Mapping[str, Any]) -> None:
    """What changed hands, what was left, and the money."""
    if "spent_yuan" in one:
        print(f"  {t('Bought')}: {one['sold_t']} t · {t('not found')}: {one['unsold_t']} t")
        print(f"  {t('Money')}: {one['spent_yuan']} {t('yuan')}")
    else:
        print(f"  {t('Sold')}: {one['sold_t']} t · {t('unsold')}: {one['unsold_t']} t")
        print(f"  {t('Money')}: {one['revenue_yuan']} {t('yuan')}")


def print_list(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """What there is, kind by kind."""
    for kind, things in found.items():
        print(t(kind).capitalize())
        for thing in things:
            title = thing["title_zh"] if language() == "zh" else thing["title"]
            source = f"  {thing['source']}" if thing.get("source") else ""
            print(f"  {thing['name']:24s} {title}{source}")
            if thing.get("claims") and "properties" not in thing:
                print(f"  {'':24s} {t('keeps')}: {', '.join(map(t, thing['claims']))}")
    for thing in found.get("mechanisms", ()):
        if "properties" in thing:
            print_properties(found["mechanisms"])
            break


def print_properties(things: Sequence[Mapping[str, Any]]) -> None:
    """Who keeps which property: a row a rule, or a rule with other parameters."""
    names = list(things[0]["properties"][0]["kept"])
    rows = []
    for thing in things:
        for one in thing["properties"]:
            given = ", ".join(f"{name}={value}" for name, value in one["params"].items())
            said = f"{thing['name']} ({given})" if given else thing["name"]
            rows.append([said, *(_mark(one, name) for name in names)])
    print()
    _table([t("Rule"), *(str(n + 1) for n in range(len(names)))], rows)
    for n, name in enumerate(names):
        print(f"  {n + 1}  {t(name).replace('_', ' ')}")
    print(t("✓ claimed and kept · (✓) kept on all books tried, not claimed · – not kept"))


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
    print(t("Masses by material balance, t"))
    _table(heads, [[row[name] for name in names] for row in told["masses"]])
    for total in told["totals"]:
        print(f"  {total['pollutant']}: {total['emitted_t']} t")
    if told["balances"]:
        heads = [t("Card"), t("Month"), t("Loaded"), t("Charged"), t("Balance"), t("State")]
        names = ["card", "month", "loaded_t", "charged_t", "balance_t"]
        print(t("Cards at the end of each month, t"))
        rows = [[*(row[n] for n in names), t(row["state"])] for row in told["balances"]]
        _table(heads, rows)


def print_wire(rows: Sequence[Mapping[str, Any]]) -> None:
    """What the wire rounded off the totals reported; it is part of no mass."""
    if not rows:
        print(t("The readings report no totals (NMHC_total_kg)."))
        return
    heads = [t("Outlet"), t("Month"), t("Pollutant"), t("Hours"), t("Reported"), t("Metered"),
             t("Difference"), t("Rounding at most"), t("Hours beyond rounding")]  # fmt: skip
    print(t("What the wire rounded off, t: told beside the masses, part of none"))
    names = ["outlet", "month", "pollutant", "hours", "reported_t", "metered_t", "difference_t",
             "can_be_t", "misfits"]  # fmt: skip
    _table(heads, [[row[name] for name in names] for row in rows])


def print_hints(rows: Sequence[Mapping[str, Any]]) -> None:
    """What asks for a second look."""
    if not rows:
        print(t("Nothing asks for a second look."))
        return
    print(t("What asks for a second look: a hint, not a proof"))
    for row in rows:
        chance = "" if row["chance"] is None else f" ({t('by chance')}: {row['chance']:.1g})"
        print(f"  {row['outlet']}, {row['pollutant']}, {row['first']} … {row['last']}:")
        print(f"    {row['text']}{chance}")
        print(f"    {row['mend']}")


def print_lines(lines: Iterable[str]) -> None:
    """A line each, whatever the names in it hold."""
    for line in lines:
        print(_on_a_line(line))


def print_rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table with aligned columns."""
    _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    cells = [
        [str(h) for h in heads],
        *[["" if c is None else _on_a_line(str(c)) for c in r] for r in rows],
    ]
    widths = [max(cell_len(row[n]) for row in cells) for n in range(len(heads))]
    for row in cells:
        padded = (c + " " * (w - cell_len(c)) for c, w in zip(row, widths, strict=True))
        print("  " + "  ".join(padded).rstrip())


def _on_a_line(text: str) -> str:
    """Text that cannot end its line, command the terminal or pass for another line."""
    if text.isprintable():
        return text
    return "".join(x if x.isprintable() or category(x) == "Zs" else ascii(x)[1:-1] for x in text)
