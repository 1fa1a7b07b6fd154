"""An owner's year in sentences, and the origin of each balance at its end.

Events are reported as the log has them. What the log does not have of an owner (the sale
seen from the seller, rights that arrive later, a vintage that expires) is read off the
legs of the entries; swipes are summed by month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from permits.account import USABLE, Account, Pocket, parse_account
from permits.errors import InputError
from permits.ledger import Entry, Reason
from permits.right import Asset, Money, Right
from scenarios.proof.owners import nearest_owner, owner_meant
from scenarios.results.formatting import (
    Labels,
    event_text,
    is_dust,
    mass_digits,
    money_digits,
    name,
    place_name,
    rule_text,
    yuan,
)
from scenarios.results.reason_titles import TITLES
from scenarios.results.result import Event
from scenarios.results.stores.folder import JOURNAL
from scenarios.results.stores.read import read_labels, read_run_table, read_summary
from scenarios.results.stores.run_journal import read_events, read_journal
from scenarios.text import language, t

MOST_ALIKE = 4
"""Sentences of one kind on one day; a firm may build in hundreds of small lots."""
DISPOSED_OF = (*USABLE, Pocket.ESCROW, Pocket.CASH, Pocket.RESERVE)
SILENT = {Reason.OFFER, Reason.WITHDRAW, Reason.FUND, Reason.SWIPE}
"""Bookkeeping that is not reported line by line: escrow and back, cash, daily use."""
DEALINGS = (Reason.SALE, Reason.TRADE, Reason.LEASE, Reason.BUYBACK)
"""Reasons for which money changes hands against rights."""

TOLD = {
    Reason.ISSUE: ("opening.",),
    Reason.WITHHOLD: ("opening.",),
    Reason.FEE: ("opening.",),
    Reason.SALE: ("auction.",),
    Reason.TRADE: ("trade.",),
    Reason.BUILD: ("abate.",),
    Reason.LEASE: ("lease.",),
    Reason.LEASE_END: ("lease.",),
    Reason.PLEDGE: ("pledge.",),
    Reason.RELEASE: ("pledge.",),
    Reason.DEFAULT: ("pledge.",),
    Reason.BUYBACK: ("buyback.",),
    Reason.RECOVER: ("buyback.",),
    Reason.TRUE_UP: ("true_up.",),
    Reason.PENALTY: ("true_up.",),
    Reason.CONVERT: ("opening.",),
    Reason.TARGET: ("policy.",),
}
"""Kinds of event that report an entry of this reason, where one came on the same day."""

Delta = tuple[Entry, Account, Asset, int]


def explain_firm(run: Path, who: str) -> list[str]:
    """Sentences about a firm or another owner (`F003`), or one pocket (`F003#holding`).

    In the language in force: opening, permit, each month with its events, dealings and
    emission, the end of the year, and for each balance the sum that makes it up.

    Raises: InputError where the folder is no run with a simulated year, or nobody has
        this name.
    """
    read_summary(run)
    journal, labels = read_journal(run / JOURNAL), read_labels(run)
    owner, pocket = _find_owner(journal, who, labels)
    mine = [delta for delta in _deltas(journal) if delta[1].owner == owner]
    if pocket is not None:
        return list(_balance_lines([d for d in mine if d[1].pocket == pocket], labels))
    events = read_events(run / JOURNAL, owner)
    return [
        *_introduction(run, owner, labels),
        *_year_lines(owner, mine, events, labels),
        *_outcome(run, owner, labels),
        *_dealings(mine),
        t("Balances at the end, by origin:"),
        *_balance_lines(mine, labels),
    ]


def reason_word(reason: Reason) -> str:
    """Name of a reason for people."""
    return t(TITLES[reason])


def pocket_word(pocket: Pocket) -> str:
    """Name of a pocket for people."""
    words = {
        Pocket.ISSUED: t("issued by it"),
        Pocket.RESERVE: t("in reserve"),
        Pocket.HOLDING: t("held"),
        Pocket.PLEDGED: t("held under pledge"),
        Pocket.ESCROW: t("in open offers"),
        Pocket.LEASED: t("leased in"),
        Pocket.USED: t("used, not trued up"),
        Pocket.OWED: t("owed"),
        Pocket.SURRENDERED: t("surrendered"),
        Pocket.RETIRED: t("retired"),
        Pocket.EXPIRED: t("expired unused"),
        Pocket.CASH: t("cash"),
        Pocket.WORLD: t("outside money"),
    }
    return words[pocket]


def _find_owner(journal: Sequence[Entry], who: str, labels: Labels) -> tuple[str, Pocket | None]:
    """The owner meant, and the pocket where one is named."""
    owners = {leg.account.owner: None for entry in journal for leg in entry.legs}
    if (owner := owner_meant(who, owners, labels)) in owners:
        return owner, None
    if "#" in who:
        try:
            account = parse_account(who)
        except ValueError:
            pockets = ", ".join(pocket.value for pocket in Pocket)
            raise InputError(
                "explain.pocket",
                "{who} does not name a pocket of an account",
                where=who,
                mend="write owner#pocket with one of {pockets}",
                who=who,
                pockets=pockets,
            ) from None
        if account.owner in owners:
            return account.owner, account.pocket
    firms = sorted(owner for owner in owners if ":" not in owner)
    near_ones = firms if firms and ":" not in who else sorted(owners)
    raise InputError(
        "explain.account",
        "there is no account holder named {who} in this run",
        where=who,
        mend="choose a name from the run, such as {near}",
        who=who,
        # Governments and banks have a colon in their ids; who writes none means a firm.
        near=nearest_owner(who.partition("#")[0], near_ones, labels)
        or (firms or sorted(owners) or ["?"])[0],
    )


def _deltas(journal: Iterable[Entry]) -> Iterator[Delta]:
    for entry in journal:
        for leg in entry.legs:
            yield entry, leg.account, leg.asset, leg.delta


def _introduction(run: Path, owner: str, labels: Labels) -> Iterator[str]:
    firms = read_run_table(run, "firms")
    rows = [row for row in firms if row["firm"] == owner] if firms else []
    if rows:
        sector, city = (place_name(rows[0][column], labels) for column in ("sector", "city"))
        if sector and city:
            yield t("{who}, {sector}, {city}.", who=owner, sector=sector, city=city)
        else:
            said = t(", ").join(part for part in (owner, sector, city) if part)
            yield t("{who}.", who=said)


def _year_lines(
    owner: str, mine: Sequence[Delta], events: Sequence[Event], labels: Labels
) -> Iterator[str]:
    """Month by month: events and entries by date, then what was emitted."""
    told = _told_days(events)
    lines: dict[tuple[date, str], list[str]] = {}  # by day and kind, in order
    for event in events:
        said = event_text(event, labels) + t(" ({note})", note=rule_text(event.rule, labels))
        lines.setdefault((event.on, event.text), []).append(said)
    for deals in _deals(mine, told):
        said = _deal_line(owner, deals, labels)
        lines[deals[0][0].on, said] = [said]
    emitted = _emitted(mine)
    for month in sorted({*(f"{on:%Y-%m}" for on, _ in lines), *emitted}):
        yield t("{month}:", month=month)
        # Sorting keeps what was said on one day in its order.
        for (on, _), alike in sorted(lines.items(), key=lambda line: line[0][0]):
            if f"{on:%Y-%m}" == month:
                yield from (f"  {on}  {said}" for said in _shortened(alike))
        for pollutant, mass in sorted(emitted.get(month, {}).items()):
            yield "  " + t("emits {mass} t of {pollutant} in the month", mass=mass_digits(mass),
                           pollutant=name(pollutant, labels))  # fmt: skip


def _shortened(alike: Sequence[str]) -> Iterator[str]:
    """Sentences of one kind on one day: repeats counted, a long list cut."""
    times: dict[str, int] = {}
    for said in alike:
        times[said] = times.get(said, 0) + 1
    shown = list(times.items())
    kept = shown if len(shown) <= MOST_ALIKE else shown[: MOST_ALIKE - 1]
    for said, count in kept:
        yield said + (f" ×{count}" if count > 1 else "")
    if len(shown) > len(kept):
        yield t("and {count} more like it", count=sum(n for _, n in shown[len(kept) :]))


def _told_days(events: Iterable[Event]) -> set[tuple[date, str]]:
    return {(event.on, event.kind.partition(".")[0] + ".") for event in events}


def _is_told(entry: Entry, gains: bool, told: set[tuple[date, str]]) -> bool:
    """Whether an event reports this entry; of a sale or trade it does to the buyer only."""
    if entry.reason in (Reason.SALE, Reason.TRADE) and not gains:
        return False
    return any((entry.on, kind) in told for kind in TOLD.get(entry.reason, ()))


def _deals(mine: Iterable[Delta], told: set[tuple[date, str]]) -> list[list[Delta]]:
    """Changes that no event reports, those of a day, reason and direction together."""
    by_entry: dict[str, list[Delta]] = {}
    for delta in mine:
        by_entry.setdefault(delta[0].id, []).append(delta)
    found: dict[tuple[date, Reason, bool, str], list[Delta]] = {}
    for changes in by_entry.values():
        entry, net = changes[0][0], _net(changes)
        gains = any(d > 0 for asset, d in net.items() if isinstance(asset, Right))
        if entry.reason in SILENT or not net or _is_told(entry, gains, told):
            continue
        found.setdefault((entry.on, entry.reason, gains, entry.why), []).extend(changes)
    return list(found.values())


def _net(changes: Iterable[Delta]) -> dict[Asset, int]:
    """Net change of an owner, all pockets that it disposes of together."""
    net: dict[Asset, int] = {}
    for _, account, asset, delta in changes:
        if account.pocket in DISPOSED_OF:
            net[asset] = net.get(asset, 0) + delta
    return {
        asset: delta
        for asset, delta in net.items()
        if delta and not (isinstance(asset, Right) and is_dust(delta))
    }


def _deal_line(owner: str, changes: Sequence[Delta], labels: Labels) -> str:
    entry, net = changes[0][0], _net(changes)
    gains = _amounts({asset: d for asset, d in net.items() if d > 0}, labels)
    losses = _amounts({asset: -d for asset, d in net.items() if d < 0}, labels)
    parts = {
        "who": _in_words(owner, labels),
        "what": reason_word(entry.reason),
        "gains": gains,
        "losses": losses,
    }
    why = t(" ({note})", note=_why(entry.why, labels)) if entry.why else ""
    if gains and losses:
        return t("{what}: {who} gets {gains} and gives {losses}", **parts) + why
    if gains:
        return t("{what}: {who} gets {gains}", **parts) + why
    return t("{what}: {who} gives {losses}", **parts) + why


def _in_words(identifier: str, labels: Labels) -> str:
    """An id as Chinese shows it; in English ids stay, since they are to be typed."""
    return name(identifier, labels) if language() == "zh" else identifier


def _why(why: str, labels: Labels) -> str:
    """The rule of an entry, `graded, paid` part by part."""
    if language() != "zh" or "[" in why:
        return rule_text(why, labels)
    return t(", ").join(name(part, labels) for part in why.split(", "))


def _amounts(net: Mapping[Asset, int], labels: Labels) -> str:
    """Masses of each strip and sums of money: `3 t of VOC/2017–2021, 45,500 yuan`."""
    strips: dict[tuple[str, str, int], list[int]] = {}
    money = 0
    for asset, amount in net.items():
        if isinstance(asset, Right):
            strips.setdefault((asset.pollutant, asset.series, amount), []).append(asset.vintage)
        else:
            money += amount
    said = [
        t(
            "{mass} t of {right}",
            mass=mass_digits(amount),
            right=_strip(_in_words(pollutant, labels), _in_words(series, labels), years),
        )
        for (pollutant, series, amount), years in sorted(strips.items())
    ]
    if money:
        said.append(yuan(money))
    return t(", ").join(said)


def _strip(pollutant: str, series: str, years: Sequence[int]) -> str:
    first, last = min(years), max(years)
    span = str(first) if first == last else f"{first}–{last}"
    return f"{pollutant}/{span}/{series}"


def _emitted(mine: Iterable[Delta]) -> dict[str, dict[str, int]]:
    """Mass used by swipes, by month and pollutant."""
    found: dict[str, dict[str, int]] = {}
    for entry, account, asset, delta in mine:
        if entry.reason is Reason.SWIPE and account.pocket is Pocket.USED:
            assert isinstance(asset, Right)
            month = found.setdefault(f"{entry.on:%Y-%m}", {})
            month[asset.pollutant] = month.get(asset.pollutant, 0) + delta
    return found


def _outcome(run: Path, owner: str, labels: Labels) -> Iterator[str]:
    """The firm's year in totals, with its no-trade cost."""
    firms = read_run_table(run, "firms")
    for row in firms if firms else ():
        if row["firm"] != owner:
            continue
        yield t(
            "{pollutant}: without measures {wanted} t, abated {abated} t, stopped by the card "
            "{stopped} t, emitted {emitted} t; rights {opening} t at the opening, {bought} t "
            "bought, {sold} t sold, {leased} t leased in; {owed} t emitted without a right.",
            pollutant=name(row["pollutant"], labels),
            **{key: mass_digits(row[f"{key}_t"] or 0) for key in
               ("wanted", "abated", "stopped", "emitted", "opening", "bought", "sold", "leased",
                "owed")},
        )  # fmt: skip
        if row["alone_cost_yuan"] is not None and row["build_cost_yuan"] is not None:
            yield t(
                "Abatement cost in the year: {build}; no-trade cost: {alone}; penalty: {penalty}.",
                build=yuan(row["build_cost_yuan"]),
                alone=yuan(row["alone_cost_yuan"]),
                penalty=yuan(row["penalty_yuan"] or 0),
            )


def _dealings(mine: Iterable[Delta]) -> Iterator[str]:
    """The balance of money against rights, which belongs to the cost of the year."""
    dealt = [delta for delta in mine if delta[0].reason in DEALINGS]
    money = sum(d for asset, d in _net(dealt).items() if isinstance(asset, Money))
    if money > 0:
        yield t("Rights bought, sold and leased: {money} received on balance.", money=yuan(money))
    elif money < 0:
        yield t("Rights bought, sold and leased: {money} paid on balance.", money=yuan(-money))


def _asset_words(asset: Asset, labels: Labels) -> str:
    if not isinstance(asset, Right) or language() != "zh":
        return str(asset)
    return "/".join(
        part if part.isdigit() else name(part, labels) for part in str(asset).split("/")
    )


def _balance_lines(mine: Iterable[Delta], labels: Labels) -> Iterator[str]:
    """Each pocket and asset: what every reason added or took, and the balance."""
    sums: dict[tuple[Pocket, Asset], dict[Reason, int]] = {}
    for entry, account, asset, delta in mine:
        by_reason = sums.setdefault((account.pocket, asset), {})
        by_reason[entry.reason] = by_reason.get(entry.reason, 0) + delta
    order = list(Pocket)
    keys = sorted(sums, key=lambda key: (order.index(key[0]), str(key[1])))
    for pocket, asset in keys:
        fmt, unit = (
            (money_digits, t("{money} yuan", money="{amount}"))
            if isinstance(asset, Money)
            else (mass_digits, t("{mass} t", mass="{amount}"))
        )
        total = sum(sums[pocket, asset].values())
        told = {
            reason: part
            for reason, part in sums[pocket, asset].items()
            if part and not (isinstance(asset, Right) and is_dust(part))
        }
        if not told and total:
            continue
        steps = [
            f"{reason_word(reason)} {'+' if part > 0 else '−'}{fmt(abs(part))}"
            for reason, part in told.items()
        ]
        what = t("cash") if isinstance(asset, Money) else _asset_words(asset, labels)
        label = what if pocket is Pocket.CASH else f"{what}{t(', ')}{pocket_word(pocket)}"
        said = f"{t(', ').join(steps) or t('nothing')} = {unit.format(amount=fmt(total))}"
        yield "  " + t("{title}: {said}", title=label, said=said)
