"""Benchmark of metering a year of hourly readings, against reading only and against pandas.

python benchmarks/meter.py [--outlets 5000] [--rule conservative] [--folder DIR]

43.8 million readings (5,000 outlets, a year, in order of arrival: hour by hour), three per
cent of them flagged as missing, are stored in Parquet. In the same run, each in its own
process and with the file in the disk cache: pyarrow reads the same columns and row groups;
our pass computes masses by month, card balances and events with a missing-data rule; pandas
reads the same columns and only adds up masses by outlet and month. Fails unless ours takes
at most 6 times as long as pyarrow, with less than 1.5 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from permits.rng import stream

HOURS, GROUP = 8760, 2**20  # a year without a leap day; the usual row group of pyarrow
COLUMNS = ["outlet", "at", "volume_m3", "COD_mg_per_l", "flag"]
FLAGS = ("N", "", "D", "M", "B", "F")
# Assumed: 3 % missing (D, M, B) and 1.5 % stopped (F).
SHARES = (0.80, 0.155, 0.01, 0.01, 0.01, 0.015)
MOST_RATIO, MOST_GB = 6, 1.5  # twice what was measured on two shared cores
ROUNDS = 3  # the best of three: other programs can only slow a round down


def main() -> None:
    """Print all figures; exit code 1 if a target is missed."""
    asked = _asked()
    if asked.part:
        print(json.dumps(PARTS[asked.part](asked)))
        return
    folder = Path(asked.folder or Path(tempfile.gettempdir()) / "permits-benchmark-meter")
    asked.folder = str(folder)
    rows = make_once(folder, asked.outlets)
    file = folder / f"readings-{asked.outlets}.parquet"
    file.read_bytes()  # into the cache
    print(f"meter: {rows:,} hourly readings of {asked.outlets:,} outlets, rule {asked.rule}")
    size = file.stat().st_size / 1e6
    print(f"  {size:,.0f} MB of Parquet, row groups of {GROUP:,}; the best of {ROUNDS}")
    print(f"  {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    told = {part: best(part, asked) for part in PARTS}
    for part, name in NAMES.items():
        one = told[part]
        print(
            f"  {name:44}{one['seconds']:>8.2f} s{one['processor']:>8.2f} s processor"
            f"{one['gb']:>7.2f} GB"
        )
    ratio = told["ours"]["seconds"] / told["read"]["seconds"]
    print(f"  ours / pyarrow's reading  {ratio:>8.2f}   (at most {MOST_RATIO})")
    print(
        f"  ours / pandas             {told['ours']['seconds'] / told['pandas']['seconds']:>8.2f}"
    )
    print(f"  {told['ours']['said']}")
    same = told["ours"]["measured_mg"] == told["pandas"]["measured_mg"]
    print(f"  the measured mass is pandas's, to the milligram: {'yes' if same else 'NO'}")
    sys.exit(0 if same and ratio <= MOST_RATIO and told["ours"]["gb"] < MOST_GB else 1)


def best(part: str, asked: argparse.Namespace) -> dict[str, Any]:
    """The fastest of some rounds, each in its own process, with the highest peak memory."""
    command = [
        sys.executable, __file__, "--part", part, "--folder", asked.folder,
        "--outlets", str(asked.outlets), "--rule", asked.rule,
    ]  # fmt: skip
    rounds = 1 if part == "pandas" else ROUNDS
    found = [json.loads(subprocess.check_output(command)) for _ in range(rounds)]
    fastest: dict[str, Any] = min(found, key=lambda one: one["seconds"])
    return fastest | {"gb": max(one["gb"] for one in found)}


def read(asked: argparse.Namespace) -> dict[str, Any]:
    """Read every row group with pyarrow, the same columns."""
    file = pq.ParquetFile(_file(asked))
    begun, used = perf_counter(), process_time()
    for group in range(file.num_row_groups):
        file.read_row_group(group, columns=COLUMNS)
    return _told(begun, used)


def ours(asked: argparse.Namespace) -> dict[str, Any]:
    """The whole pass, after the kernel has been loaded from the cache."""
    from permits.metering import Chunk, MeterPlan, open_meter
    from scenarios.monitoring.files import Asked, meter_files

    # Before the clock starts, so that loading the kernel is not timed.
    open_meter(MeterPlan(("COD",), missing=asked.rule), compiled=True).take(Chunk.of(0, 0, 0, [0]))
    question = Asked((str(_file(asked)),), cards=str(_cards(asked)), by="month", missing=asked.rule)
    begun, used = perf_counter(), process_time()
    outcome = meter_files(question)
    told = _told(begun, used)
    events = sum(outcome.event_counts().values())
    said = (
        f"{outcome.readings:,} readings, {len(outcome.masses):,} masses, {len(outcome.balances):,} "
        f"balances, {events:,} events, {int(outcome.sums[0, 3]):,} hours put in"
    )
    return told | {"measured_mg": int(outcome.sums[0, 0]), "said": said}


def with_pandas(asked: argparse.Namespace) -> dict[str, Any]:
    """Masses by outlet and month of the valid readings: no gaps, cards or checks."""
    import pandas as pd

    begun, used = perf_counter(), process_time()
    table = pq.read_table(_file(asked), columns=COLUMNS, read_dictionary=["outlet", "flag"])
    frame = table.to_pandas()
    valid = frame[frame["flag"].isin(["N", ""])]
    litres = np.rint(valid["volume_m3"] * 1000).astype(np.int64)
    conc = np.rint(valid["COD_mg_per_l"] * 1_000_000).astype(np.int64)
    mass = (litres * conc) // 1_000_000
    month = valid["at"].to_numpy().astype("datetime64[M]").astype(np.int64)
    keys = [valid["outlet"], pd.Series(month, index=valid.index)]
    sums = mass.groupby(keys, observed=True).sum()
    return _told(begun, used) | {"measured_mg": int(sums.sum())}


PARTS = {"read": read, "ours": ours, "pandas": with_pandas}
NAMES = {
    "read": "pyarrow: reading the columns",
    "ours": "ours: masses, gaps, checks, balances, events",
    "pandas": "pandas: reading and masses by month",
}


def make_once(folder: Path, outlets: int) -> int:
    """Number of readings; writes the readings and the cards unless they exist."""
    folder.mkdir(parents=True, exist_ok=True)
    file, cards = folder / f"readings-{outlets}.parquet", folder / f"cards-{outlets}.csv"
    if not (file.is_file() and cards.is_file()):
        part = file.with_suffix(".part")
        _write(part, outlets)
        with cards.open("w", encoding="utf-8") as out:
            out.write("card,firm,outlet,pollutant,annual_quota_t\n")
            for n in range(outlets):
                out.write(f"C{n:05d},F{n:05d},{_outlet(n)},COD,{1.5 + n % 7 * 0.5}\n")
        # Last: an interrupted run leaves no file that looks complete.
        part.rename(file)
    rows: int = pq.read_metadata(file).num_rows
    return rows


def _write(path: Path, outlets: int) -> None:
    """Write readings hour by hour: to 0.1 m³ and 0.1 mg/L around each outlet's usual values."""
    rng = stream(1, "benchmark", "meter")
    names = pa.array([_outlet(n) for n in range(outlets)])
    flags = pa.array(FLAGS)
    usual_m3, usual_mg = rng.integers(20, 400, outlets), rng.integers(20, 90, outlets)
    hours_each = max(GROUP // outlets, 1)
    writer = None
    for first in range(0, HOURS, hours_each):
        hours = np.arange(first, min(first + hours_each, HOURS))
        outlet, hour = np.tile(np.arange(outlets), len(hours)), np.repeat(hours, outlets)
        flag = rng.choice(len(FLAGS), len(outlet), p=SHARES)
        stopped = flag == FLAGS.index("F")
        volume = np.where(stopped, 0, usual_m3[outlet] * rng.lognormal(0, 0.4, len(outlet)))
        conc = usual_mg[outlet] * rng.lognormal(0, 0.4, len(outlet))
        at = np.datetime64("2017-01-01T00", "ms") + hour * np.timedelta64(3_600_000, "ms")
        table = pa.table(
            {
                "outlet": pa.DictionaryArray.from_arrays(pa.array(outlet, pa.int32()), names),
                "at": pa.array(at),
                "volume_m3": np.round(volume, 1),
                "COD_mg_per_l": np.round(conc, 1),
                "flag": pa.DictionaryArray.from_arrays(pa.array(flag, pa.int32()), flags),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema, store_schema=False)
        writer.write_table(table, row_group_size=GROUP)
    assert writer is not None
    writer.close()


def _outlet(number: int) -> str:
    return f"3304{number:06d}-DW001"


def _told(begun: float, used: float) -> dict[str, Any]:
    gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": perf_counter() - begun, "processor": process_time() - used, "gb": gb}


def _file(asked: argparse.Namespace) -> Path:
    return Path(asked.folder) / f"readings-{asked.outlets}.parquet"


def _cards(asked: argparse.Namespace) -> Path:
    return Path(asked.folder) / f"cards-{asked.outlets}.csv"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast readings are metered.")
    parser.add_argument("--outlets", type=int, default=5000)
    parser.add_argument("--rule", default="conservative")
    parser.add_argument("--folder")
    parser.add_argument("--part", choices=sorted(PARTS), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
