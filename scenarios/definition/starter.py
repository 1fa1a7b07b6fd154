"""`permits init`: a commented starter scenario, or a working starter rule."""

from __future__ import annotations

import re
from pathlib import Path

from permits.errors import InputError
from scenarios.text import language, t

BLOCK = re.compile(r"(^#.*\n)+", re.MULTILINE)
BEHIND = re.compile(r"^(.+\S +)# (.+)$", re.MULTILINE)
DOCSTRING = re.compile(r'"""(.+?)"""', re.DOTALL)
"""Comments and docstrings of the files below."""

SCENARIO = """\
# A scenario of permits. Check it with `permits check {name}.toml`, run it with
# `permits run {name}.toml`; `permits schema` lists every key.
#
# A number may be given bare (then it is an assumption of this file) or with its source:
#   {{ value = 0.5, status = "published", source = "[key]", place = "…", from = 2024-01-01 }}
# status is one of: statute, published, computed, assumed.

format = 1
name = "{name}"
title = {{ en = "{name}", zh = "{name}" }}
begins = 2024-01-01
ends = 2024-12-31
seed = 1

# Pollutant under the cap, and the reduction target (tonnes, or per cent of the baseline).
[pollutant.COD]
target = "10%"
reference_price = "4000.00"       # paid-use rate, yuan/t·yr
shortfall_charge = "40000.00"     # shortfall valuation: cost to a firm of a tonne without a right

# Sources: a table next to this file (source, firm, sector, city, pollutant, baseline_t),
# or firms written out as here.
[[firm]]
id = "mill-1"
sector = "dyeing"
city = "Keqiao"
baseline.COD = "60 t"
curve = {{ a_yuan = 500, b_yuan = 40 }}      # cost of z tonnes: 500 z + 40 z²

[[firm]]
id = "mill-2"
sector = "dyeing"
city = "Keqiao"
baseline.COD = "40 t"
curve = {{ a_yuan = 2000, b_yuan = 90 }}

# Effect of a card that is used up: valve (outlet closed), interlock (line stopped) or
# curtail (output reduced by order).
[[sector]]
id = "dyeing"
stop = "valve"

# Rule that turns the cap into opening rights: `permits list allocations`.
[allocation]
rule = "equal_cut"

[rights]
term_years = 5
withheld = 0.05                   # for the government's reserve

[market]
lot = "100 kg"

# Market days. `permits list mechanisms` shows the rules; your own rule may lie in a
# .py file next to this one (`permits init --mechanism NAME` writes an example).
[[session]]
kind = "auction"
rule = "headcount_share"
dates = [2024-03-15]
floor = 1.0
years = 5

[[session]]
kind = "secondary"
rule = "call_double"
day_of_month = 20

[true_up]
fine_min = "100000.00"
fine_max = "1000000.00"
"""


def starter(name: str, kind: str = "scenario") -> tuple[Path, str]:
    """The file of a starter scenario or mechanism: its name and its text.

    Args:
        name: name of the scenario or rule, which becomes that of its file.
        kind: "scenario" or "mechanism".
    Raises: InputError for an invalid name.
    """
    pattern = r"[a-z0-9][a-z0-9-]*" if kind == "scenario" else r"[a-z][a-z0-9_]*"
    if not re.fullmatch(pattern, name):
        raise InputError(
            "init.name",
            "{name!r} is not a valid name",
            where="init",
            mend="use small letters, digits and {mark}",
            name=name,
            mark="-" if kind == "scenario" else "_",
        )
    if kind == "scenario":
        return Path(f"{name}.toml"), commented(SCENARIO).format(name=name)
    from market.laboratory.verify import example_mechanism

    return Path(f"{name}.py"), _documented(example_mechanism())


def commented(toml: str) -> str:
    """A TOML file of ours with its comments in the language in force.

    A block of comment lines is one text of the catalogue, its lines joined by a blank; a
    comment behind a value is one too.
    """
    if language() == "en":
        return toml
    blocks = BLOCK.sub(lambda block: _block(block[0]), toml)
    return BEHIND.sub(lambda found: f"{found[1]}# {t(found[2])}", blocks)


def _block(block: str) -> str:
    """Comment lines, paragraph by paragraph; indented ones are examples and stay together."""
    told = []
    for lines in re.split(r"^#\n", block, flags=re.MULTILINE):
        words = " ".join(line[2:].strip() for line in lines.splitlines())
        told.append("".join(f"# {line}\n" for line in t(words).split("\n")))
    return "#\n".join(told)


def _documented(python: str) -> str:
    """A module of ours with its docstrings in the language in force."""
    return DOCSTRING.sub(lambda found: f'"""{t(found[1])}"""', python)
