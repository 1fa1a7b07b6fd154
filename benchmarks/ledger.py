"""How fast the ledger posts, against a bare dictionary of balances in the same process.

The dictionary adds the same numbers and nothing else: no check that legs add up to
zero, no floors, no ids, no journal. The ratio is what those cost. Replaying a journal,
which `permits audit` does, is told beside it.

    python benchmarks/ledger.py [ENTRIES]
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from datetime import date
from statistics import median
from time import perf_counter

from permits.account import WORLD, Account, cash, holding, issued, used
from permits.ledger import Entry, Ledger, Reason, move, replay
from permits.right import YUAN, Asset, Right
from permits.rng import stream

FIRMS = 2_000
ROUNDS = 5
RIGHT = Right("VOC", "Zhejiang", 2017, "paid")
GOVERNMENT = "province:Zhejiang"


def main() -> None:
    """Time both on the same entries, median of several rounds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    opening, year = entries_of_opening(), entries_of_a_year(count)
    everything = [*opening, *year]

    ours = timed(lambda: posted(everything))
    bare = timed(lambda: added(everything))
    ledger = posted(everything)
    again = timed(lambda: replay(ledger.journal))
    same = dict_of(ledger) == added(everything)

    total = len(everything)
    print(f"ledger: {total:,} entries, {FIRMS:,} firms, median of {ROUNDS} rounds")
    print(f"  Ledger.post        {total / ours:>12,.0f} entries/s")
    print(f"  replay             {total / again:>12,.0f} entries/s")
    print(f"  bare dictionary    {total / bare:>12,.0f} entries/s")
    print(f"  ratio              {ours / bare:>12.1f} × the time of the bare dictionary")
    print(f"  same balances      {'yes' if same else 'NO':>12}")
    sys.exit(0 if same else 1)


def entries_of_opening() -> list[Entry]:
    """Rights and money for every firm."""
    legs = (
        move(issued(GOVERNMENT), holding(firm(n)), RIGHT, 10**12)
        + move(WORLD, cash(firm(n)), YUAN, 10**12)
        for n in range(FIRMS)
    )
    return [Entry(f"open/{n}", date(2017, 1, 1), Reason.ISSUE, pair) for n, pair in enumerate(legs)]


def entries_of_a_year(count: int) -> list[Entry]:
    """Swipes (two legs) and trades (four legs), two to one, drawn once."""
    rng = stream(1, "benchmark", "ledger")
    firms = rng.integers(0, FIRMS, size=(count, 2)).tolist()
    masses = rng.integers(1, 10**6, size=count).tolist()
    on = date(2017, 6, 1)
    return [
        swipe(n, on, one, mass) if n % 3 else trade(n, on, one, other, mass)
        for n, ((one, other), mass) in enumerate(zip(firms, masses, strict=True))
    ]


def swipe(number: int, on: date, who: int, mass_mg: int) -> Entry:
    """A card's emission, held right to used right."""
    legs = move(holding(firm(who)), used(firm(who)), RIGHT, mass_mg)
    return Entry(f"swipe/{number}", on, Reason.SWIPE, legs)


def trade(number: int, on: date, seller: int, buyer: int, mass_mg: int) -> Entry:
    """Rights one way, money the other."""
    right = move(holding(firm(seller)), holding(firm(buyer)), RIGHT, mass_mg)
    money = move(cash(firm(buyer)), cash(firm(seller)), YUAN, mass_mg // 100 + 1)
    return Entry(f"trade/{number}", on, Reason.TRADE, right + money)


def firm(number: int) -> str:
    """A firm's name."""
    return f"firm:F{number:04d}"


def posted(entries: list[Entry]) -> Ledger:
    """All of them through the one path."""
    ledger = Ledger()
    ledger.post_all(entries)
    return ledger


def added(entries: list[Entry]) -> dict[tuple[Account, Asset], int]:
    """The same sums with nothing around them."""
    balances: dict[tuple[Account, Asset], int] = {}
    for entry in entries:
        for leg in entry.legs:
            key = (leg.account, leg.asset)
            balances[key] = balances.get(key, 0) + leg.delta
    return balances


def dict_of(ledger: Ledger) -> dict[tuple[Account, Asset], int]:
    """A ledger's balances, as the dictionary has them."""
    return {(account, asset): balance for account, asset, balance in ledger.balances()}


def timed(work: Callable[[], object]) -> float:
    """Median seconds of `work`, the collector at rest as in a short run."""
    seconds = []
    for _ in range(ROUNDS):
        gc.collect()
        gc.disable()
        begun = perf_counter()
        work()
        seconds.append(perf_counter() - begun)
        gc.enable()
    return median(seconds)


if __name__ == "__main__":
    main()
