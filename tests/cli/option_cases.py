"""Random option values against every command: `python -m tests.cli.option_cases 5000 [SEED]`.

What is asserted of each: it ends with 0, 2 or 3, without a traceback and without an escape
sequence; and a number that is taken is one that a person reads in the same way.
"""

from __future__ import annotations

import io
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from unittest import mock

import typer

import cli

COMMAND = typer.main.get_command(cli.app)
"""Built once: typer would build all commands anew for each command line."""

MEASURES = """source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,coating,Hangzhou,VOC,100,paint,30,60000
A,coating,Hangzhou,VOC,100,oxidiser,80,900000
B,printing,Ningbo,VOC,50,ink,20,10000
"""
BIDS = "bidder,mass_t,limit_yuan_per_t\nA,10,100\nB,20,90\nC,5,50\n"
ORDERS = "trader,side,mass_t,limit_yuan_per_t\nA,buy,10,100\nB,sell,20,90\n"
READINGS = "outlet,at,volume_m3,cod_mg_per_l,flag\n" + "".join(
    f"D1,2018-01-01 {hour:02d}:00,100,10,N\n" for hour in range(6)
)
PLAIN = ("0", "1", "2", "7", "0.5", "1.5", "12.25", "30", "60", "95", "150", "1200", "42000")
FORMS = (
    lambda text: text,
    lambda text: f"{Decimal(text):,f}",
    lambda text: text.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789."}),
    lambda text: f"+{text}",
    lambda text: f" {text} ",
    lambda text: f"{Decimal(text):e}",
)
BAD = (
    "", " ", "abc", "nan", "NaN", "inf", "-inf", "Infinity", "1e400", "-1e400", "1e-400", "1e23",
    "1e999999999", "9" * 400, "1,5", "30,5", "１，５", "4,00", "1,23,456", "1_0", "0x10", "1.2.3",
    "10²", "½", "Ⅳ", "٣", "--", "-", "+", ".", ",", "%", "5%%", "1 5", "1/2", "true", "None", "-1",
    "-0.001", "5 lb", "t", "1e", "e5", "\x1b[31m1", "\u202e1", "1;5", "{x}", "%s", "'",
)  # fmt: skip
COSTLY, MOST_COSTLY = {"--draws", "--frontier"}, 12
"""Options each unit of which is a plan of its own: 42,000 of them are meant, and take long;
a dozen shows that the number is read."""
UNITS = {"": 1, "t": 1, " t": 1, "kg": Decimal("0.001"), "吨": 1, "公斤": Decimal("0.001")}


@dataclass(frozen=True)
class Case:
    """A command to which one option is given: `{}` in its form stands for the value."""

    words: tuple[str, ...]
    option: str
    form: str = "{}"
    unit: bool = False  # whether the number may have a unit of mass
    blank: bool = False  # whether no number at all is a value too
    told: str = ""  # where the answer repeats the number: names joined by dots, `+` adds


def cases(folder: Path) -> list[Case]:
    """Every option that holds a number, with files that make its command succeed."""
    files = {"m.csv": MEASURES, "b.csv": BIDS, "o.csv": ORDERS, "r.csv": READINGS}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    quiet = ("--json", "--quiet")
    bare = ("allocate", "--measures", str(folder / "m.csv"), *quiet)
    plan = (*bare, "--target", "VOC=30")
    years = (*plan, "--years", "2017-2018", "--divisible")
    sale = ("auction", "--bids", str(folder / "b.csv"), "--rule", "uniform_price", *quiet)
    clock = ("auction", "--bids", str(folder / "b.csv"), "--rule", "ascending_clock", *quiet)
    swap = ("market", "--orders", str(folder / "o.csv"), "--rule", "call_double", *quiet)
    meter = ("meter", str(folder / "r.csv"), "--hints", *quiet)
    one = ("allocate", "classroom-two-firms", *quiet)
    found = [
        Case(bare, "--target", "VOC={}", unit=True, told="target_t"),
        Case(bare, "--target", "VOC={}%"),
        Case(plan, "--min", "city=Hangzhou:VOC={}", unit=True),
        Case(plan, "--max", "city=Hangzhou:VOC={}", unit=True),
        Case(plan, "--cap", "city=Hangzhou:VOC={}", unit=True),
        Case(plan, "--min", "sector=coating:VOC={}%"),
        Case(plan, "--fair", "city<={}% of reduction"),
        Case(bare, "--budget-yuan"),
        Case(bare, "--price"),
        Case(plan, "--precision", unit=True),
        Case(plan, "--alternatives", "{}%"),
        Case((*plan, "--draws", "3"), "--certainty", "{}%"),
        Case((*plan, "--draws", "3"), "--range", "cost=0.5:{}"),
        *(Case(plan, name) for name in ("--gap", "--seconds", "--seed", "--frontier", "--draws")),
        *(Case(years, name) for name in ("--life",)),
        *(Case(years, name, "{}%") for name in ("--growth", "--build", "--discount")),
        Case(sale, "--supply-t", unit=True, told="sold_t+unsold_t"),
        Case((*sale, "--supply-t", "12"), "--reserve"),
        Case((*sale, "--supply-t", "12"), "--seed"),
        Case((*sale, "--supply-t", "12"), "--param", "years={}"),
        Case((*clock, "--supply-t", "12"), "--param", "start_yuan={}"),
        Case((*clock, "--supply-t", "12"), "--param", "step_yuan={}"),
        Case((*sale, "--supply-t", "12"), "--condition", "lot_t={}", unit=True),
        Case((*sale, "--supply-t", "12"), "--condition", "holding_limit_t={}", unit=True),
        Case((*sale, "--supply-t", "12"), "--condition", "band=0:{}", blank=True),
        Case((*sale, "--supply-t", "12"), "--condition", "window_s={}"),
        Case((*sale, "--supply-t", "12"), "--condition", "most_share={}%"),
        Case(swap, "--param", "k={}"),
        Case(meter, "--limit", "COD={}mg/L"),
        Case(one, "--set", "seed={}"),
        Case(one, "--set", "market.ratio={}"),
        Case(one, "--set", "pollutant.COD.reference_price={}"),
    ]
    return found + [Case(c.words, c.option, "{}") for c in found if c.form != "{}"]


def values(draw: random.Random, unit: bool) -> tuple[str, Decimal | None]:
    """A value and the number that a person reads in it; `None` for what is none."""
    if draw.random() < 0.5:
        return draw.choice(BAD), None
    text = draw.choice(PLAIN)
    ending = draw.choice(list(UNITS)) if unit else ""
    written = draw.choice(FORMS)(text)
    return f"{written.rstrip() if ending else written}{ending}", Decimal(text) * UNITS[ending]


@dataclass(frozen=True)
class Tried:
    """A command line, and how it ended."""

    words: tuple[str, ...]
    code: int | str | None
    out: str
    err: str


def attempt(words: tuple[str, ...]) -> Tried:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    code: int | str | None = 0
    argv = mock.patch.object(sys, "argv", ["permits", *words])
    with argv, mock.patch.object(cli, "app", COMMAND):
        try:
            with redirect_stdout(out), redirect_stderr(err):
                cli.main()
        except SystemExit as ended:
            code = ended.code
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return Tried(words, code, out.getvalue(), err.getvalue())


def faults(case: Case, number: Decimal | None, tried: Tried) -> Iterator[str]:
    """What is wrong with how a command line ended."""
    if tried.code not in (0, 2, 3):
        yield f"exit {tried.code}"
    if "Traceback" in tried.err or "Warning" in tried.err:
        yield "traceback"
    if "\x1b" in tried.out + tried.err or "\u202e" in tried.err:
        yield "escape"
    if tried.code == 2 and len(tried.err.strip().splitlines()) != 1:
        yield "not one line"
    left_out = case.blank and not tried.words[-1].partition(":")[2].strip()
    if tried.code in (0, 3) and number is None and not left_out:
        yield "took what is no number"
    if tried.code == 0 and case.told and number is not None:
        answer, found = json.loads(tried.out, parse_float=Decimal), Decimal(0)
        for path in case.told.split("+"):
            at = answer
            for name in path.split("."):
                at = at[name]
            found += at
        if found != number:
            yield f"read as {found}"


def fuzz(count: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Try `count` command lines; return how they ended, and all faults.

    Args:
        count: number of command lines.
        seed: of the choice of options and values.
        folder: an empty folder for the files.
    """
    draw, ended, wrong = random.Random(seed), Counter[str](), list[str]()
    known = cases(folder)
    for n in range(count):
        # Each case in turn, so that a small sample still meets all of them.
        case = known[n % len(known)]
        value, number = values(draw, case.unit)
        if case.option in COSTLY and number is not None and number > MOST_COSTLY:
            continue
        text = case.form.format(value) if "{}" in case.form else value
        bare = case.form == "{}" and any(c.option == case.option and c.form != "{}" for c in known)
        began = time.process_time()
        tried = attempt((*case.words, case.option, text))
        ended[f"exit {tried.code}"] += 1
        said = list(faults(case, number, tried)) if not bare else []
        if bare and (tried.code not in (0, 2, 3) or "Traceback" in tried.err):
            said.append(f"exit {tried.code}")
        if time.process_time() - began > 10:  # a value within its bounds is no reason to wait
            said.append("slow")
        wrong += [f"{one}: {tried.words} {tried.err.strip()[-200:]}" for one in said]
    return ended, wrong


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        total = int(sys.argv[1])
        how, found = fuzz(total, int(sys.argv[2]) if len(sys.argv) > 2 else 1, Path(place))
    print(*found, sep="\n")
    print(f"{total:,} command lines: {dict(how)}, {len(found)} faults")
    sys.exit(bool(found))
