"""Benchmark of the ledger: one by one, by batches, against a bare dictionary of balances.

The dictionary only adds the same numbers: no check that legs add up to zero, no floors, no
ids, no journal. Everything runs in the same process on the same numbers; seconds are
processor time of one core without compilation. Then the years of a province are posted and
audited. Last, the same batches are written to disk by the journal, in wall-clock time: a
batch is answered when it is committed (write-ahead log, synchronous=FULL). For comparison a
dictionary is written as one JSON file per batch.

    python benchmarks/ledger.py [ENTRIES [FIRMS]]
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np

from permits.account import WORLD, Account, cash, holding, issued, used
from permits.invariants import find_violations
from permits.journal import Journal
from permits.ledger import (
    Entry,
    EntryBatch,
    Ledger,
    Numbering,
    Reason,
    move,
    numbered_ids,
    replay,
)
from permits.right import YUAN, Asset, Right
from permits.rng import stream

FIRMS = 2_000  # assumed: the trading firms of a province
ROUNDS = 5  # the median of five is robust to two disturbed rounds
BATCHES = 10  # assumed: 100,000 entries each at the default size
RIGHT = Right("VOC", "Zhejiang", 2017, "paid")
POLLUTANTS = ("COD", "NH3-N", "SO2", "NOx")
YEARS, MONTHS = 5, 12  # five years: a planning period
GOVERNMENT = "province:Zhejiang"


def main() -> None:
    """Run all comparisons; exit code 1 if two methods differ."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    firms = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    replay([])
    Ledger().post_batch(EntryBatch.of(entries_of_opening()[:10]), compiled=True)
    same = compare_mixed(count)
    same &= compare_batches(20 * count)
    same &= post_a_province(firms)
    same &= onto_disk(4 * count)
    print(f"same balances         {'yes' if same else 'NO':>12}")
    sys.exit(0 if same else 1)


def compare_mixed(count: int) -> bool:
    """Compare swipes and trades, posted one by one as in a simulated year."""
    opening, year = entries_of_opening(), entries_of_a_year(count)
    everything = [*opening, *year]
    ours = timed(lambda: posted(everything))
    bare = timed(lambda: added(everything))
    ledger = posted(everything)
    again = timed(lambda: replay(ledger.journal))
    total = len(everything)
    print(f"one by one: {total:,} entries of 2 to 4 legs, {FIRMS:,} firms, median of {ROUNDS}")
    tell("Ledger.post", total, ours)
    tell("replay", total, again)
    tell("bare dictionary", total, bare)
    print(f"  ratio               {ours / bare:>12.1f} × the time of the bare dictionary")
    return dict_of(ledger) == added(everything)


def compare_batches(count: int) -> bool:
    """Compare batches of two-leg entries; again with a tenth posted before."""
    opening, batches = swipes_as_arrays(count)
    some = [repeating(batch, first) for first, batch in pairwise(batches)]
    entries = [entry for batch in batches[:1] for entry in batch.entries()]
    plain = timed(lambda: posted([*opening.entries(), *entries]))
    fast = timed(lambda: by_batches([opening, *batches]))
    mixed = timed(lambda: by_batches([opening, batches[0], *some]))
    made = timed(lambda: swipes_as_arrays(count))
    one, many = len(entries) + len(opening), count + len(opening)
    print(f"two legs: {many:,} entries in {BATCHES} batches; {one:,} of them one by one")
    tell("one by one", one, plain)
    tell("post_batch", many, fast)
    tell("  a tenth repeated", many, mixed)
    tell("making the batches", many, made)
    print(f"  ratio               {(plain / one) / (fast / many):>12.1f} × as many by batches")
    ledger, check = by_batches([opening, *batches]), Ledger()
    check.post_all(entry for batch in (opening, *batches) for entry in batch.entries())
    repeated = len(batches[0]) // 10 * (BATCHES - 1)
    once = len(by_batches([opening, batches[0], *some]).journal) == many - repeated
    return dict_of(ledger) == dict_of(check) and len(ledger.journal) == many and once


def post_a_province(firms: int) -> bool:
    """Post each firm's emission of four pollutants by month for five years; then audit."""
    gc.collect()
    begun = process_time()
    ledger = Ledger()
    names, holders, users, rights = named(firms)
    ledger.post_batch(opening_of(names, holders, rights))
    for month in range(YEARS * MONTHS):
        ledger.post_batch(month_of(names, holders, users, rights, month))
    done = process_time()
    found = find_violations(ledger)
    ended = process_time()
    entries = len(ledger.journal)
    print(f"province: {firms:,} firms × {len(POLLUTANTS)} pollutants × {YEARS * MONTHS} months")
    tell("made and posted", entries, done - begun)
    tell("audited", entries, ended - done)
    print(f"  in all              {ended - begun:>12.2f} s")
    used_up = sum(b for a, x, b in ledger.balances() if a.pocket == "used" and x == rights[1][0])
    return not found and used_up == sum(amount_of(firms, 0, month).sum() for month in range(12))


def onto_disk(count: int) -> bool:
    """Write batches to disk through the journal; then open it again."""
    opening, batches = swipes_as_arrays(count)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "accounts.sqlite"
        with Journal(path, snapshot_every=10 * count) as journal:
            journal.ledger.post_batch(EntryBatch.of([]), compiled=True)
            journal.post(opening)
            begun = perf_counter()
            for batch in batches:
                journal.post(batch)
            seconds = perf_counter() - begun
            balances = dict_of(journal.ledger)
        begun = perf_counter()
        with Journal(path) as journal:
            opened = perf_counter() - begun
            same = dict_of(journal.ledger) == balances
        bare = one_file_a_batch(Path(folder) / "balances.json", [opening, *batches])
        size = path.stat().st_size / (count + FIRMS)
    print(f"onto the disk: {2 * count:,} legs in {BATCHES} batches, by the clock")
    tell("journal", 2 * count, seconds, "legs/s")
    tell("one JSON file", 2 * count, bare, "legs/s")
    tell("opening it again", 2 * (count + FIRMS), opened, "legs/s")
    print(f"  ratio               {seconds / bare:>12.1f} × the time of a file of balances a batch")
    print(f"  size                {size:>12.0f} bytes an entry")
    return same and balances == dict_of(by_batches([opening, *batches]))


def one_file_a_batch(path: Path, batches: list[EntryBatch]) -> float:
    """Seconds to add up balances with numpy and write them to a synced file per batch."""
    names, begun = batches[0].names, perf_counter()
    balances = np.zeros((len(names.accounts), len(names.assets)), np.int64)
    for batch in batches:
        np.add.at(balances, (batch.account, batch.asset), batch.delta)
        with path.open("w") as file:
            json.dump(balances.tolist(), file)
            file.flush()
            os.fsync(file.fileno())
    return perf_counter() - begun


def swipes_as_arrays(count: int) -> tuple[EntryBatch, list[EntryBatch]]:
    """An opening, and `count` swipes of firms in random order in batches."""
    names = Numbering()
    right = names.asset_no(RIGHT)
    holders, users = numbers_of(names, holding, FIRMS), numbers_of(names, used, FIRMS)
    source = names.account_no(issued(GOVERNMENT))
    opening = moves(names, "open/", FIRMS, 0, Reason.ISSUE, source, holders, right, 10**15)
    rng = stream(1, "benchmark", "ledger", "batches")
    size, batches = count // BATCHES, []
    for n in range(BATCHES):
        who, mass = rng.integers(0, FIRMS, size), rng.integers(1, 10**6, size)
        ends = holders[who], users[who]
        batches.append(moves(names, "swipe/", size, n, Reason.SWIPE, *ends, right, mass))
    return opening, batches


def repeating(batch: EntryBatch, first: EntryBatch) -> EntryBatch:
    """The batch with its first tenth replaced by entries of the batch before it."""
    tenth = len(batch) // 10
    cut = slice(0, 2 * tenth)
    ids, account, delta = batch.ids.copy(), batch.account.copy(), batch.delta.copy()
    day = batch.day.copy()
    ids[:tenth], day[:tenth] = first.ids[-tenth:], first.day[-tenth:]
    account[cut], delta[cut] = first.account[-2 * tenth :], first.delta[-2 * tenth :]
    return EntryBatch(
        batch.names, ids, day, batch.reason, batch.first_leg, account, batch.asset, delta
    )


def named(firms: int) -> tuple[Numbering, Any, Any, list[list[Right]]]:
    """Numbered accounts, and the rights of each year."""
    names = Numbering()
    rights = [
        [Right(pollutant, "Zhejiang", 2016 + year, "paid") for pollutant in POLLUTANTS]
        for year in range(YEARS + 1)
    ]
    return names, numbers_of(names, holding, firms), numbers_of(names, used, firms), rights


def opening_of(names: Numbering, holders: Any, rights: list[list[Right]]) -> EntryBatch:
    """Each firm's rights: one entry per pollutant and year."""
    every = np.array([names.asset_no(right) for year in rights[1:] for right in year], np.int32)
    target, asset = np.tile(holders, len(every)), np.repeat(every, len(holders))
    source = names.account_no(issued(GOVERNMENT))
    return moves(names, "open/", len(target), 0, Reason.ISSUE, source, target, asset, 10**13)


def month_of(
    names: Numbering, holders: Any, users: Any, rights: list[list[Right]], month: int
) -> EntryBatch:
    """One swipe per firm and pollutant.

    Args:
        names: accounts and assets by number.
        holders: holding accounts of the firms, (firms,).
        users: their used accounts, (firms,).
        rights: by year, then pollutant; the first year is before the opening.
        month: counted from the first January.
    """
    year = rights[1 + month // MONTHS]
    asset = np.repeat(np.array([names.asset_no(right) for right in year], np.int32), len(holders))
    ends = np.tile(holders, len(year)), np.tile(users, len(year))
    mass = np.concatenate([amount_of(len(holders), n, month) for n in range(len(year))])
    return moves(names, "swipe/", len(asset), month, Reason.SWIPE, *ends, asset, mass)


def amount_of(firms: int, pollutant: int, month: int) -> Any:
    """Emission of each firm in a month [mg]; differs by firm, pollutant and month."""
    return 10**6 + 7 * np.arange(firms, dtype=np.int64) + 1_000 * pollutant + month


def moves(
    names: Numbering, what: str, count: int, part: int, reason: Reason, source: Any, target: Any,
    asset: Any, amount: Any,
) -> EntryBatch:  # fmt: skip
    """A batch whose ids continue those of part `part - 1`.

    Args:
        names: accounts and assets by number.
        what: prefix of the ids.
        count: number of entries.
        part: number of the batch, from 0; also the day of the year.
        reason: of all entries.
        source: account numbers debited, (count,) or one.
        target: account numbers credited, (count,) or one.
        asset: asset numbers, (count,) or one.
        amount: mass [mg], (count,) or one.
    """
    return EntryBatch.of_moves(
        names, numbered_ids(what, np.arange(part * count, (part + 1) * count)),
        day=date(2017, 1, 1).toordinal() + part, reason=reason, source=source, target=target,
        asset=asset, amount=amount,
    )  # fmt: skip


def numbers_of(names: Numbering, pocket: Callable[[str], Account], firms: int) -> Any:
    """Account numbers of one pocket of all firms."""
    return np.array([names.account_no(pocket(firm(n))) for n in range(firms)], np.int32)


def entries_of_opening() -> list[Entry]:
    """Rights and money for every firm."""
    legs = (
        move(issued(GOVERNMENT), holding(firm(n)), RIGHT, 10**12)
        + move(WORLD, cash(firm(n)), YUAN, 10**12)
        for n in range(FIRMS)
    )
    return [Entry(f"open/{n}", date(2017, 1, 1), Reason.ISSUE, pair) for n, pair in enumerate(legs)]


def entries_of_a_year(count: int) -> list[Entry]:
    """Swipes (two legs) and trades (four legs), two to one, in random order of firms."""
    rng = stream(1, "benchmark", "ledger")
    firms = rng.integers(0, FIRMS, size=(count, 2)).tolist()
    masses = rng.integers(1, 10**6, size=count).tolist()
    on = date(2017, 6, 1)
    return [
        swipe(n, on, one, mass) if n % 3 else trade(n, on, one, other, mass)
        for n, ((one, other), mass) in enumerate(zip(firms, masses, strict=True))
    ]


def swipe(number: int, on: date, who: int, mass_mg: int) -> Entry:
    """A card's emission: mass moves from the holding to the used account."""
    legs = move(holding(firm(who)), used(firm(who)), RIGHT, mass_mg)
    return Entry(f"swipe/{number}", on, Reason.SWIPE, legs)


def trade(number: int, on: date, seller: int, buyer: int, mass_mg: int) -> Entry:
    """A trade: rights from seller to buyer, money from buyer to seller."""
    right = move(holding(firm(seller)), holding(firm(buyer)), RIGHT, mass_mg)
    money = move(cash(firm(buyer)), cash(firm(seller)), YUAN, mass_mg // 100 + 1)
    return Entry(f"trade/{number}", on, Reason.TRADE, right + money)


def firm(number: int) -> str:
    """A firm's name."""
    return f"firm:F{number:04d}"


def posted(entries: list[Entry]) -> Ledger:
    """A ledger with all entries, posted one by one."""
    ledger = Ledger()
    ledger.post_all(entries)
    return ledger


def by_batches(batches: list[EntryBatch]) -> Ledger:
    """A ledger with all batches, posted as arrays."""
    ledger = Ledger()
    for batch in batches:
        ledger.post_batch(batch, compiled=True)
    return ledger


def added(entries: list[Entry]) -> dict[tuple[Account, Asset], int]:
    """The same balances in a bare dictionary, without any check."""
    balances: dict[tuple[Account, Asset], int] = {}
    for entry in entries:
        for leg in entry.legs:
            key = (leg.account, leg.asset)
            balances[key] = balances.get(key, 0) + leg.delta
    return balances


def dict_of(ledger: Ledger) -> dict[tuple[Account, Asset], int]:
    """A ledger's balances in the form of the dictionary."""
    return {(account, asset): balance for account, asset, balance in ledger.balances()}


def tell(what: str, entries: int, seconds: float, unit: str = "entries/s") -> None:
    """Print one line of the table."""
    print(f"  {what:<20}{entries / seconds:>12,.0f} {unit}")


def timed(work: Callable[[], object]) -> float:
    """Median processor time of `work` [s].

    Garbage is collected before and not during a round: a collection within one would count
    the garbage of the previous round.
    """
    seconds = []
    for _ in range(ROUNDS):
        gc.collect()
        gc.disable()
        begun = process_time()
        work()
        seconds.append(process_time() - begun)
        gc.enable()
    return median(seconds)


if __name__ == "__main__":
    main()
