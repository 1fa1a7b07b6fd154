"""`permits init`: a commented starter scenario, or a working starter rule."""

from __future__ import annotations

import re
from pathlib import Path

from permits.errors import InputError

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


def write_starter(name: str, kind: str = "scenario", folder: Path = Path()) -> Path:
    """Write a starter scenario or mechanism; an existing file is never overwritten.

    Args:
        name: name of the scenario or rule, which becomes that of its file.
        kind: "scenario" or "mechanism".
        folder: where the file is written.
    Returns: path of the file.
    Raises: InputError for an invalid name, or a file that exists.
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
    path = folder / (f"{name}.toml" if kind == "scenario" else f"{name}.py")
    if path.exists():
        raise InputError(
            "init.exists",
            "{path} exists already",
            where=str(path),
            mend="choose another name, or move the file away",
            path=path.name,
        )
    if kind == "scenario":
        text = SCENARIO.format(name=name)
    else:
        from market.laboratory.verify import example_mechanism

        text = example_mechanism()
    path.write_text(text, encoding="utf-8")
    return path
