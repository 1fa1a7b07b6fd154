"""Random small plans against models built here, solved by SciPy, from files of three kinds.

Every problem is written as CSV, Excel or Parquet in turn and asked of `scenarios.api.allocate`
from that file. The same question is put to `scipy.optimize.milp` by a model that shares no code
with the package, and equal percentage is worked out choice by choice. Costs must agree to the
fen, reductions to the kilogram, and both must agree where no plan exists.

    python benchmarks/independent_milp.py [NUMBER] [--seed N]

2,000 problems unless another number is given; exit code 1 if any answer differs.
"""

from __future__ import annotations

import csv
import itertools
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from scenarios import api

HEAD = ("source", "sector", "city", "pollutant", "baseline_t", "measure", "removed_t",
        "annual_cost_yuan")  # fmt: skip
ENDINGS = (".csv", ".xlsx", ".parquet")
QUESTIONS = ("target", "target", "budget", "price", "maximise")
HALF_KG, HALF_FEN = 0.5, 0.501  # of sums of parts, which no side has exactly
MOST_EDGE = 7  # sources that a lot is tried on in every order

Choice = tuple[int, int, int]  # measure (-1: none), cut [kg], cost [fen]


@dataclass(frozen=True)
class Source:
    """A source: its labels, its baseline [kg], and measures as cut [kg] and cost [fen]."""

    sector: str
    city: str
    base: int
    measures: tuple[tuple[int, int], ...]

    @property
    def choices(self) -> list[Choice]:
        """Nothing, or one measure."""
        return [(-1, 0, 0), *((n, cut, cost) for n, (cut, cost) in enumerate(self.measures))]


@dataclass(frozen=True)
class Condition:
    """A condition on the cut of some sources [kg], and how it is written."""

    option: str  # target, min, max, cap
    text: str
    members: tuple[int, ...]
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Case:
    """One problem and one question about it."""

    sources: tuple[Source, ...]
    conditions: tuple[Condition, ...]
    divisible: bool
    question: str
    amount: int = 0  # of a budget [fen] or a price [fen/t]

    def of_all(self, condition: Condition) -> bool:
        """Whether a condition asks for a cut of all sources together."""
        return condition.low is not None and len(condition.members) == len(self.sources)

    def asked(self) -> dict[str, Any]:
        """The arguments of `api.allocate`."""
        found: dict[str, Any] = {"divisible": self.divisible, "gap": 1e-9, "condition_costs": False}
        for one in self.conditions:
            found.setdefault(one.option, []).append(one.text)
        if self.question == "budget":
            found["budget_yuan"] = self.amount / 100
        if self.question == "price":
            found["price"] = self.amount / 100
        if self.question == "maximise":
            found["maximise"] = "VOC"
        return found


def main() -> None:
    """Compare every problem; print the counts."""
    numbers = [int(text) for text in sys.argv[1:2] if text.isdigit()]
    seed = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 1
    count = numbers[0] if numbers else 2_000
    counts, wrong = compare(count, seed)
    for name, number in sorted(counts.items()):
        print(f"{name}: {number:,}")
    print(*wrong, sep="\n")
    print(f"{count:,} problems, {len(wrong):,} answers differ")
    sys.exit(1 if wrong else 0)


def compare(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Counts of what was compared, and a line for each answer that differs.

    Args:
        count: number of problems.
        seed: of the problems.
    """
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for n in range(count):
            # A stream of its own for each problem: one alone can be looked at again.
            case = draw_case(Random(f"{seed}/{n}"), QUESTIONS[n % len(QUESTIONS)])
            path = write(case, Path(folder) / f"m{ENDINGS[n % len(ENDINGS)]}")
            counts[f"read from {path.suffix}"] += 1
            found = api.allocate(measures=path, seed=n, **case.asked()).summary
            for name, said in check(case, found):
                counts[name] += 1
                if said:
                    wrong.append(f"problem {n} of seed {seed}, {name}: {said}")
    return counts, wrong


# --- problems -----------------------------------------------------------------------------


def draw_case(chance: Random, question: str) -> Case:
    """A random problem of a few sources, and a question of a kind."""
    sources = tuple(_source(chance) for _ in range(chance.randint(3, 7)))
    total = sum(source.base for source in sources)
    most = sum(max(cut for _, cut, _ in source.choices) for source in sources)
    conditions = []
    if question == "target":
        # Now and then more than there is.
        kg = int(most * chance.uniform(0.05, 1.02))
        everyone = tuple(range(len(sources)))
        conditions.append(Condition("target", f"VOC={kg}kg", everyone, low=kg))
    for _ in range(chance.choice([0, 0, 1, 2])):
        conditions.append(_side(chance, sources))
    texts = {one.text: one for one in conditions}
    paid = sum(max(cost for _, _, cost in source.choices) for source in sources)
    amount = {"budget": int(paid * chance.uniform(0.1, 0.9)),
              "price": chance.randint(10_000, 900_000)}.get(question, 0)  # fmt: skip
    assert total >= most
    return Case(sources, tuple(texts.values()), chance.random() < 0.3, question, amount)


def _source(chance: Random) -> Source:
    base = chance.randint(1_000, 100_000)
    measures = []
    for _ in range(chance.randint(1, 3)):
        cut = chance.choice([base * chance.randint(2, 9) // 10, chance.randint(1, base)])
        measures.append((cut, cut * chance.randint(100, 900)))
    return Source(chance.choice("pq"), chance.choice("XYZ"), base, tuple(measures))


def _side(chance: Random, sources: Sequence[Source]) -> Condition:
    column = chance.choice(["sector", "city"])
    value = getattr(chance.choice(list(sources)), column)
    members = tuple(n for n, one in enumerate(sources) if getattr(one, column) == value)
    base = sum(sources[n].base for n in members)
    most = sum(max(cut for _, cut, _ in sources[n].choices) for n in members)
    option = chance.choice(["min", "max", "cap"])
    kg = int(most * chance.uniform(0.1, 0.9))
    if option == "cap":
        return Condition("cap", f"{column}={value}:VOC={base - kg}kg", members, low=kg)
    text = f"{column}={value}:VOC={kg}kg"
    if option == "min":
        return Condition("min", text, members, low=kg)
    return Condition("max", text, members, high=kg)


def write(case: Case, path: Path) -> Path:
    """Write the measures table of a problem in the format of its ending."""
    rows = [
        (f"S{n}", one.sector, one.city, "VOC", one.base / 1000, f"m{k}", cut / 1000, cost / 100)
        for n, one in enumerate(case.sources)
        for k, (cut, cost) in enumerate(one.measures)
    ]
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEAD, *rows])
    elif path.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        for row in (HEAD, *rows):
            sheet.append(list(row))
        book.save(path)
    else:
        import pandas as pd

        pd.DataFrame(rows, columns=list(HEAD)).to_parquet(path)
    return path


# --- the same question, by other means ------------------------------------------------------


@dataclass
class Milp:
    """A model of one problem: a variable for every measure, in kg and fen."""

    case: Case
    cost: list[int] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    rows: list[LinearConstraint] = field(default_factory=list)

    def __post_init__(self) -> None:
        for n, source in enumerate(self.case.sources):
            for cut, cost in source.measures:
                self.owner.append(n)
                self.cut.append(cut)
                self.cost.append(cost)
        owner, cuts = np.array(self.owner), np.array(self.cut)
        for n in range(len(self.case.sources)):
            self.rows.append(LinearConstraint((owner == n).astype(float), -np.inf, 1))
        for one in self.case.conditions:
            row = np.where(np.isin(owner, one.members), cuts, 0)
            self.limit(row, one.low, one.high)

    def limit(self, row: Any, low: float | None, high: float | None) -> None:
        """Bound a sum over the variables."""
        least = -np.inf if low is None else low
        self.rows.append(LinearConstraint(row, least, np.inf if high is None else high))

    def least(self, weights: Any) -> tuple[float, float] | None:
        """Cut and cost of the plan with the least sum of weights; None where there is none."""
        whole = 0 if self.case.divisible else 1
        found = milp(np.array(weights, dtype=float), constraints=self.rows,
                     integrality=np.full(len(self.cost), whole), bounds=Bounds(0, 1),
                     options={"mip_rel_gap": 0.0})  # fmt: skip
        if not found.success:
            return None
        x = np.round(found.x) if whole else found.x
        return float(x @ np.array(self.cut)), float(x @ np.array(self.cost))


def solved(case: Case) -> tuple[float, float] | None:
    """Cut [kg] and cost [fen] of the answer; None where no plan exists."""
    model = Milp(case)
    cut, cost = np.array(model.cut), np.array(model.cost)
    if case.question == "target":
        return model.least(cost)
    if case.question == "price":
        # Per tonne against kilograms; at equal worth the greater cut.
        worth = cost - case.amount * cut / 1000
        return model.least(worth - 1e-9 * cut)
    if case.question == "budget":
        model.limit(cost, None, case.amount)
    most = model.least(-cut)
    if most is None:
        return None
    # The solver's tolerance is far below half a kilogram, and whole cuts are whole.
    room = 1e-6 if case.divisible else HALF_KG
    model.limit(cut, most[0] - room, None)
    return model.least(cost)


# --- comparison -----------------------------------------------------------------------------


def check(case: Case, found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What was compared, and what differs ("": nothing)."""
    kind = "parts" if case.divisible else "whole"
    sides = any(one.option != "target" for one in case.conditions)
    name = f"{case.question}, {kind}, {'with' if sides else 'without'} conditions"
    expected = solved(case)
    if expected is None:
        yield "no plan exists", "" if found["status"] == "infeasible" else f"{found['status']}"
        return
    if found["status"] != "optimal":
        yield name, f"status {found['status']}"
        return
    cut = round(float(found["reduction_t"]) * 1000, 6)  # whole milligrams
    cost = float(found["cost_yuan"]) * 100
    # Of two plans that meet a target at the same cost either may be taken.
    least = next((one.low or 0 for one in case.conditions if one.option == "target"), None)
    same_cut = abs(cut - expected[0]) <= HALF_KG if least is None else cut >= least
    # A budget in parts is spent to the last fen either way.
    same_cost = abs(cost - expected[1]) <= (HALF_FEN if case.question != "budget" else 2)
    said = f"{cut} kg for {cost} fen, expected {expected[0]} kg for {expected[1]} fen"
    yield name, "" if same_cut and same_cost else said
    yield f"equal percentage, {kind}", _check_equal(case, found)


def _check_equal(case: Case, found: dict[str, Any]) -> str:
    equal = found["equal_percentage"]
    # Whatever all sources together have to cut is a target, by a minimum or a cap as well.
    needs = [Fraction(one.low or 0) for one in case.conditions if case.of_all(one)]
    if case.question != "target":
        needs.append(Fraction(round(float(found["reduction_t"]) * 10**9), 10**6))
    amount = max(needs)
    if equal["saving_yuan"] is not None and (equal["broken"] or equal["saving_yuan"] < 0):
        return f"saving {equal['saving_yuan']}, broken {equal['broken']}"
    if equal["cost_yuan"] is None:
        return "" if _reach(case) < amount else "no cost, though the cut can be reached"
    cost = float(equal["cost_yuan"]) * 100
    expected = shared_parts(case, amount) if case.divisible else shared_whole(case, amount)
    if any(abs(cost - one) <= HALF_FEN for one in expected):
        return ""
    return f"{cost} fen by equal percentage, expected one of {sorted(expected)[:6]}"


def _reach(case: Case) -> Fraction:
    """The most that shares can reach under the maxima [kg]."""
    if case.divisible:
        return Fraction(sum(_parts_levels(case)[1]))
    ladders = [_ladder(source) for source in case.sources]
    top = _tops(case, ladders)
    return Fraction(sum(ladders[n][top[n]][1] for n in range(len(ladders))))


Ladder = list[Choice]


def _ladder(source: Source) -> Ladder:
    """Each source's own cheapest choices as the share rises; costs are above zero here."""
    cuts = sorted({cut for _, cut, _ in source.choices})
    found: Ladder = []
    for least in cuts:
        able = [one for one in source.choices if one[1] >= least]
        best = min(able, key=lambda one: (one[2], -one[1]))
        if not found or best[1] != found[-1][1]:
            found.append(best)
    return found


def _left(case: Case, ladders: list[Ladder], n: int, step: int) -> Fraction:
    """The share at which a source leaves a step of its ladder."""
    return Fraction(ladders[n][step][1], case.sources[n].base)


def _tops(case: Case, ladders: list[Ladder]) -> list[int]:
    """The highest step that maxima leave to each source."""
    top = [len(ladder) - 1 for ladder in ladders]
    for one in (c for c in case.conditions if c.option == "max"):
        shares = sorted({_left(case, ladders, n, k) for n in one.members
                         for k in range(len(ladders[n]) - 1)})  # fmt: skip
        for share in shares:
            step = {n: _after(case, ladders, n, share) for n in one.members}
            if sum(ladders[n][step[n]][1] for n in one.members) > (one.high or 0):
                for n in one.members:
                    top[n] = min(top[n], _before(case, ladders, n, share))
                break
    return top


def _after(case: Case, ladders: list[Ladder], n: int, share: Fraction) -> int:
    """The step of a source once all up to a share are left."""
    steps = range(len(ladders[n]) - 1)
    return sum(_left(case, ladders, n, k) <= share for k in steps)


def _before(case: Case, ladders: list[Ladder], n: int, share: Fraction) -> int:
    steps = range(len(ladders[n]) - 1)
    return sum(_left(case, ladders, n, k) < share for k in steps)


def shared_whole(case: Case, amount: Fraction) -> set[int]:
    """Costs [fen] by equal percentage in whole measures that some lot leads to."""
    ladders = [_ladder(source) for source in case.sources]
    top = _tops(case, ladders)
    floors = [[0] * len(ladders)]
    for one in (c for c in case.conditions if c.low is not None and not case.of_all(c)):
        ways = list(_climbs(case, ladders, one.members, Fraction(one.low or 0), None, None))
        floors = [[max(a, b) for a, b in zip(old, way, strict=True)]
                  for old in floors for way in ways]  # fmt: skip
    found = set()
    everyone = tuple(range(len(ladders)))
    for floor in {tuple(min(a, b) for a, b in zip(one, top, strict=True)) for one in floors}:
        for way in _climbs(case, ladders, everyone, amount, floor, top):
            found.add(sum(ladders[n][step][2] for n, step in enumerate(way)))
    return found


def _climbs(
    case: Case,
    ladders: list[Ladder],
    members: Sequence[int],
    need: Fraction,
    floor: Sequence[int] | None,
    top: Sequence[int] | None,
) -> Iterator[list[int]]:
    """Every way (steps of all sources) in which members reach a need by the least share."""
    low = list(floor or [0] * len(ladders))
    high = list(top or [len(ladder) - 1 for ladder in ladders])

    def cut(steps: Sequence[int]) -> int:
        return sum(ladders[n][steps[n]][1] for n in members)

    if cut(low) >= need:
        yield low
        return
    shares = sorted({_left(case, ladders, n, k) for n in members
                     for k in range(low[n], high[n])})  # fmt: skip
    now = low
    for share in shares:
        then = [
            min(max(step, _after(case, ladders, n, share)), high[n]) if n in members else step
            for n, step in enumerate(now)
        ]
        if cut(then) >= need:
            yield from _by_lot(now, then, cut, need)
            return
        now = then
    yield now


def _by_lot(now: list[int], then: list[int], cut: Any, need: Fraction) -> Iterator[list[int]]:
    """Every set of the sources that change with which a lot may end."""
    edge = [n for n in range(len(now)) if now[n] != then[n]]
    assert len(edge) <= MOST_EDGE
    for size in range(1, len(edge) + 1):
        for chosen in itertools.combinations(edge, size):
            way = [then[n] if n in chosen else step for n, step in enumerate(now)]
            if cut(way) < need:
                continue
            # One of them was the last to be drawn: without it the need was not met.
            for last in chosen:
                less = [now[n] if n == last else step for n, step in enumerate(way)]
                if cut(less) < need:
                    yield way
                    break


def _parts_levels(case: Case) -> tuple[list[float], list[float]]:
    """Least and greatest cut of each source by its groups' shares [kg]."""
    most = [float(max(cut for _, cut, _ in one.choices)) for one in case.sources]
    low, high = [0.0] * len(most), list(most)
    for one in case.conditions:
        if case.of_all(one):
            continue
        need = float((one.high if one.option == "max" else one.low) or 0)
        if one.option == "max" and sum(most[n] for n in one.members) <= need:
            continue
        share = _share(case, one.members, need, [0.0] * len(most), most)
        for n in one.members:
            own = min(share * case.sources[n].base, most[n])
            if one.option == "max":
                high[n] = min(high[n], own)
            else:
                low[n] = max(low[n], own)
    return [min(a, b) for a, b in zip(low, high, strict=True)], high


def _share(
    case: Case, members: Sequence[int], need: float, low: Sequence[float], high: Sequence[float]
) -> float:
    """The share at which members reach a need, by halving."""
    begin, end = 0.0, 1.0
    for _ in range(200):
        middle = (begin + end) / 2
        cut = sum(min(max(middle * case.sources[n].base, low[n]), high[n]) for n in members)
        begin, end = (begin, middle) if cut >= need else (middle, end)
    return end


def shared_parts(case: Case, amount: Fraction) -> set[float]:
    """The cost [fen] by equal percentage in parts of measures."""
    low, high = _parts_levels(case)
    share = _share(case, range(len(low)), float(amount), low, high)
    total = 0.0
    for n, source in enumerate(case.sources):
        wanted = min(max(share * source.base, low[n]), high[n])
        cuts, costs = zip(*source.measures, strict=True)
        best = linprog(costs, A_ub=[[-cut for cut in cuts], [1] * len(cuts)], b_ub=[-wanted, 1],
                       bounds=(0, 1))  # fmt: skip
        total += float(best.fun or 0.0)
    return {total}


if __name__ == "__main__":
    main()
