"""Writes docs/humans-and-traders.md and its chart: people and traders in the same markets.

    python docs/humans_and_traders.py FOLDER [OUT]

FOLDER holds ikica_old_data.csv.gz, the orders of [IkicaEtAl] (MIT licence); OUT is the target
folder instead of docs/. Takes a minute.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from market.clearing.order import Side
from market.laboratory.sessions import Rules, measure_recorded, run_sessions
from market.laboratory.sessions.recorded_session import Served

HERE = Path(__file__).resolve().parent
TREATMENTS = {
    "Full": "open book",
    "FullMoreB": "open book, more buyers",
    "FullMoreS": "open book, more sellers",
    "Same": "Same",
    "SameMMK": "SameMMK",
    "BB": "black box",
    "BBMoreB": "black box, more buyers",
    "BBMoreS": "black box, more sellers",
}
TRADERS = {
    "zero_intelligence": "ZI-C",
    "zip": "ZIP",
    "gjerstad_dickhaut": "GD",
    "adaptive_aggressive": "AA",
}
REPLICATIONS = 100  # intervals of a few tenths of a per cent, far below those of the people
UNHURRIED = 10  # assumed: times as many arrivals, so that time no longer limits ZI-C
SEED = 2017  # arbitrary, fixed so that the page can be reproduced
# Distinguishable with red-green colour blindness.
COLOURS = ("#222222", "#999999", "#0072b2", "#d55e00", "#009e73")
HEAD = """# People and trading algorithms in the same markets

Written by `docs/humans_and_traders.py` from the orders of laboratory sessions [IkicaEtAl], whose
data are under the MIT licence. Efficiency is the realised share of the greatest possible gains,
Smith's alpha the dispersion of deal prices around the equilibrium price, both in per cent; the
formulas are in [sessions.md](sessions.md).

People: the mean of all rounds, and a 95 % interval over the groups (Student's; four or five groups
per row, each of which stayed together for ten rounds). Traders: the same values and costs, group by
group, in a full book that is kept after a trade, with as many arrivals per round as the people of
that group sent orders, prices from 0 to twice the highest value; {replications} replications, with
a 95 % interval over replications. The two kinds of interval answer different questions: how other
people would have done, and how precisely the simulation estimates its own mean.

![Efficiency by treatment](humans-and-traders.svg)
"""
SAID = """
## Results

- **Learning traders do better than people, with the same number of quotes.** ZIP and GD realise
  {best} of the gains where people realise {people}. Groups of people differ enough that in {wide}
  the people's interval reaches up to the traders' means; in the other rows it does not. Their
  prices are also closer to the equilibrium, except {farther}. Experiments with people and agents
  in one market report the same direction [DasEtAl2001]. Here they trade in separate markets, so the
  results do not show who would exploit whom.
- **Zero intelligence needs time.** With as few quotes as people send, ZI-C realises {zero} and
  stays below people in every row: a random quote is rarely close enough. With {unhurried} times as
  many arrivals it realises {zero_long}. Zero intelligence trades as well as people only where time
  is not limited.
- **AA needs time too**, since each quote covers a third of the distance to its target: it is behind
  ZIP and GD in every row, and in {behind} behind people. With {unhurried} times as many arrivals
  it is first, or equal to the first, in every row.
- **People do better with an open book than in a black box** ({full} against {box}). Our traders
  receive the book in all rows, so their rows differ only by values, costs and time.

The data do not state how *Same* and *SameMMK* inform people. In the latter the two sides of a
deal may state two prices; the later one counts here.
"""


@dataclass(frozen=True, slots=True)
class Game:
    """One group of people: values, costs and realised results."""

    values: dict[int, int]
    costs: dict[int, int]
    rounds: int
    quotes: int  # sent in a round, on average
    efficiency: float  # mean of the rounds
    alpha: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and half the width of its 95 % interval."""

    mean: float
    half: float

    def __str__(self) -> str:
        return f"{self.mean:.1f} ± {self.half:.1f}"


Row = dict[str, tuple[Estimate, Estimate]]  # by who: efficiency in %, alpha in %


def main() -> None:
    """Compute everything, write the page and the chart."""
    orders = pd.read_csv(Path(sys.argv[1]) / "ikica_old_data.csv.gz")
    rows: dict[str, Row] = {}
    unhurried: dict[str, Row] = {}
    for treatment in TREATMENTS:
        games = list(games_of(orders[orders.treatment == treatment]))
        mine = {name: traders(games, kind) for kind, name in TRADERS.items()}
        rows[treatment] = {"people": people(games), **mine}
        unhurried[treatment] = {
            name: traders(games, kind, times=UNHURRIED) for kind, name in TRADERS.items()
        }
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE
    (out / "humans-and-traders.md").write_text(page(rows, unhurried), encoding="utf-8")
    (out / "humans-and-traders.svg").write_text(drawn(rows), encoding="utf-8")


def page(rows: dict[str, Row], unhurried: dict[str, Row]) -> str:
    """The page: method, tables of each measure, results."""
    parts = [HEAD.format(replications=REPLICATIONS)]
    for part, title in enumerate(("Efficiency, %", "Smith's alpha, %")):
        parts += [f"\n## {title}\n\n", *table(rows, part)]
    parts += [
        f"\n## Efficiency with {UNHURRIED} times as many arrivals, %\n\n",
        *table(unhurried, 0),
    ]
    return "".join(parts) + SAID.format(unhurried=UNHURRIED, **seen(rows, unhurried))


def table(rows: dict[str, Row], part: int) -> Iterator[str]:
    """A table of one measure by treatment."""
    heads = list(next(iter(rows.values())))
    yield f"| treatment | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n"
    for treatment, row in rows.items():
        cells = " | ".join(str(row[who][part]) for who in heads)
        yield f"| {TREATMENTS[treatment]} | {cells} |\n"


def seen(rows: dict[str, Row], unhurried: dict[str, Row]) -> dict[str, str]:
    """The figures quoted in the text; stops if a sentence no longer holds."""
    share = {w: [row[w][0].mean for row in rows.values()] for w in ("people", *TRADERS.values())}
    learnt = [min(pair) for pair in zip(share["ZIP"], share["GD"], strict=True)]
    for zero, aa, least, human in zip(
        share["ZI-C"], share["AA"], learnt, share["people"], strict=True
    ):
        assert zero < human < least and aa < least
    assert rows["Full"]["people"][0].mean > rows["BB"]["people"][0].mean
    for row in unhurried.values():
        assert row["AA"][0].mean >= max(one[0].mean for one in row.values()) - 0.1
    wide = [
        name
        for (name, row), least in zip(rows.items(), learnt, strict=True)
        if row["people"][0].mean + row["people"][0].half >= least
    ]
    farther = [
        f"{who} in *{TREATMENTS[name]}*"
        for name, row in rows.items()
        for who in ("ZIP", "GD")
        if row[who][1].mean >= row["people"][1].mean
    ]
    behind = [name for name, row in rows.items() if row["AA"][0].mean < row["people"][0].mean]
    return {
        "best": span(share["ZIP"] + share["GD"]),
        "people": span(share["people"]),
        "zero": span(share["ZI-C"]),
        "zero_long": span([row["ZI-C"][0].mean for row in unhurried.values()]),
        "wide": named(wide),
        "farther": ", ".join(farther) or "none",
        "behind": named(behind),
        "full": f"{rows['Full']['people'][0].mean:.0f} %",
        "box": f"{rows['BB']['people'][0].mean:.0f} %",
    }


def named(treatments: list[str]) -> str:
    """The names of treatments as a list in words."""
    names = [f"*{TREATMENTS[one]}*" for one in treatments]
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names or ["no row"])


def span(numbers: list[float]) -> str:
    """The range of some percentages in words."""
    return f"{min(numbers):.0f} to {max(numbers):.0f} %"


def games_of(orders: pd.DataFrame) -> Iterator[Game]:
    """The groups of a treatment."""
    for _, played in orders.groupby("game"):
        people = played.drop_duplicates("id")
        limits = {
            str(side): dict(zip(group.id.tolist(), group.valuation.tolist(), strict=True))
            for side, group in people.groupby("side")
        }
        values, costs = limits["Buyer"], limits["Seller"]
        found = []
        for _, rows in played.groupby("round"):
            marked = rows[rows.status == "Accepted"]
            served = [
                Served(trader, Side.BUY if side == "Buyer" else Side.SELL, int(partner), price)
                for trader, side, partner, price in zip(
                    marked.id.tolist(), marked.side.tolist(), marked.match_id.tolist(),
                    marked.price.tolist(), strict=True,
                )
            ]  # fmt: skip
            found.append(measure_recorded(values, costs, served))
        alphas = [one.alpha_percent for one in found if one.alpha_percent is not None]
        shares = [one.efficiency or 0.0 for one in found]
        yield Game(
            values, costs, len(found), round(len(played) / len(found)),
            float(np.mean(shares)), float(np.mean(alphas)),
        )  # fmt: skip


def people(games: list[Game]) -> tuple[Estimate, Estimate]:
    """Means over groups; Student's interval, since groups are few and differ much."""
    return (
        student([100 * game.efficiency for game in games]),
        student([game.alpha for game in games]),
    )


def student(numbers: list[float]) -> Estimate:
    """The mean of a few independent numbers."""
    count = len(numbers)
    half = stats.t.ppf(0.975, count - 1) * np.std(numbers, ddof=1) / count**0.5
    return Estimate(float(np.mean(numbers)), float(half))


def traders(games: list[Game], kind: str, *, times: int = 1) -> tuple[Estimate, Estimate]:
    """Our traders in the same markets, with `times` the people's number of quotes."""
    shares, alphas = [], []
    for number, game in enumerate(games):
        values, costs = list(game.values.values()), list(game.costs.values())
        rules = Rules(
            2 * max(values), periods=game.rounds, arrivals=game.quotes * times, book="full",
            after_trade="keep",
        )  # fmt: skip
        found = run_sessions(
            values, costs, kind, rules, REPLICATIONS, SEED + number, workers=2, compiled=True
        )
        shares.append(100 * found.measures.efficiency.mean(axis=1))
        alphas.append(np.nanmean(found.measures.alpha_percent, axis=1))
    return normal(np.mean(shares, axis=0)), normal(np.mean(alphas, axis=0))


def normal(numbers: npt.NDArray[np.float64]) -> Estimate:
    """The mean of many replications."""
    return Estimate(float(numbers.mean()), float(1.96 * numbers.std(ddof=1) / len(numbers) ** 0.5))


# Pixels; a ROW holds five dots, LEFT the longest name of a treatment, TOP the legend.
WIDTH, ROW, LEFT, TOP = 720, 62, 190, 40


def drawn(rows: dict[str, Row]) -> str:
    """Chart of efficiency by treatment: a dot and its interval for people and each trader."""
    height = TOP + ROW * len(rows) + 30
    parts = [f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>']
    for tick in range(40, 101, 10):
        parts.append(f'<path d="M{at(tick):.1f} {TOP}V{height - 30}" stroke="#e3e3e3"/>')
        parts.append(text(at(tick), height - 12, f"{tick} %", "middle"))
    for n, who in enumerate(next(iter(rows.values()))):
        parts.append(f'<circle cx="{LEFT + 90 * n}" cy="18" r="5" fill="{COLOURS[n]}"/>')
        parts.append(text(LEFT + 90 * n + 10, 22, who, "start"))
    for k, (treatment, row) in enumerate(rows.items()):
        parts.append(text(LEFT - 12, TOP + ROW * k + ROW / 2 + 4, TREATMENTS[treatment], "end"))
        for n, (share, _) in enumerate(row.values()):
            y = TOP + ROW * k + 11 + 10 * n
            low, high = at(max(40, share.mean - share.half)), at(min(100, share.mean + share.half))
            ink = COLOURS[n]
            parts.append(f'<path d="M{low:.1f} {y}H{high:.1f}" stroke="{ink}" stroke-width="2"/>')
            parts.append(f'<circle cx="{at(share.mean):.1f}" cy="{y}" r="4" fill="{ink}"/>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
    return f'{head}font-family="sans-serif" font-size="12">\n' + "\n".join(parts) + "\n</svg>\n"


def at(share: float) -> float:
    """The x position of a share in per cent; the axis begins at 40 %."""
    return LEFT + (share - 40) / 60 * (WIDTH - LEFT - 30)


def text(x: float, y: float, words: str, anchor: str) -> str:
    """A label."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


if __name__ == "__main__":
    main()
