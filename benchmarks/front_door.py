"""Benchmark of `permits` from the file to the answer, as a user waits for it.

python benchmarks/front_door.py [--only NAME,...] [--rounds 3] [--folder DIR]

A province of 11 cities and 16 sectors: one row for each source and measure, a target and 27
side conditions. Each question is a process of its own, timed by the clock from its start to
the last byte of its JSON; the median of the rounds is told with its highest memory. Beside it,
in the same run: a process that only reads the file (pyarrow, or python-calamine for a
workbook), and the seconds that the solver says it needed. Exit code 1 if a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from permits.rng import stream

ROOT = Path(__file__).resolve().parent.parent
MEASURES, CITIES, SECTORS = 8, 11, 16  # 11: the prefecture-level cities of Zhejiang
HUNDRED, MILLION = 100_000, 1_000_000  # a province's sources, and ten times as many
SHEET_ROWS, BIDS = 300_000, 300_000  # of a workbook, and of a sale
GB = 1e6  # kB, in which the kernel counts


@dataclass(frozen=True)
class Case:
    """One question: its file, its command, the plain reader, and the limits in seconds and GB."""

    name: str
    make: Callable[[Path], Path]
    command: Callable[[Path], list[str]]
    reader: str
    most_s: float
    most_but_solver_s: float | None = None
    most_gb: float | None = None
    writes: bool = False


def main() -> None:
    """Ask every question and print a table; exit code 1 if a limit is missed."""
    asked = _asked()
    folder = Path(asked.folder or tempfile.mkdtemp(prefix="permits-front-door-"))
    folder.mkdir(parents=True, exist_ok=True)
    wanted = asked.only.split(",") if asked.only else [case.name for case in CASES]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"front door: median of {asked.rounds}, {os.cpu_count()} cores, load {load}")
    print(f"{'':<30}{'all':>8}{'limit':>8}{'reading':>9}{'ratio':>7}{'solver':>8}{'rest':>8}"
          f"{'limit':>8}{'GB':>6}")  # fmt: skip
    missed = sum(not _told(case, folder, asked.rounds) for case in CASES if case.name in wanted)
    if not asked.folder:
        shutil.rmtree(folder)
    sys.exit(1 if missed else 0)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help=", ".join(case.name for case in CASES))
    parser.add_argument("--rounds", type=int, default=3, help="odd, so that there is a middle")
    parser.add_argument("--folder", default="", help="keep the files here")
    return parser.parse_args()


def _told(case: Case, folder: Path, rounds: int) -> bool:
    """Print the line of one question; whether its limits are kept."""
    file = case.make(folder)
    file.read_bytes()  # into the disk cache, for both
    walls, solvers, memory = [], [], 0.0
    for _ in range(rounds):
        out = folder / "out"
        more = ["--out", str(out)] if case.writes else []
        wall_s, gb, answer = process([sys.executable, "-m", "cli", *case.command(file), *more])
        shutil.rmtree(out, ignore_errors=True)
        walls.append(wall_s)
        solvers.append(float(answer.get("solver", {}).get("seconds", 0.0)))
        memory = max(memory, gb)
    plain = median(
        process([sys.executable, "-c", case.reader, str(file)], told=False)[0]
        for _ in range(rounds)
    )
    whole, solver = median(walls), median(solvers)
    rest = whole - solver
    kept = (
        whole <= case.most_s
        and (case.most_but_solver_s is None or rest <= case.most_but_solver_s)
        and (case.most_gb is None or memory <= case.most_gb)
    )
    limit = "" if case.most_but_solver_s is None else f"{case.most_but_solver_s:.1f}"
    print(f"  {case.name:<28}{whole:>8.2f}{case.most_s:>8.1f}{plain:>9.2f}{whole / plain:>7.1f}"
          f"{solver:>8.2f}{rest:>8.2f}{limit:>8}{memory:>6.1f}{'' if kept else '  MISSED'}",
          flush=True)  # fmt: skip
    return kept


def process(command: list[str], *, told: bool = True) -> tuple[float, float, dict[str, Any]]:
    """Seconds, highest memory in GB and the JSON object of a process.

    Args:
        command: the process and its arguments.
        told: whether it prints one JSON object.
    """
    begun = perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        said = running.stdout.read()
        wall_s = perf_counter() - begun
        complaint = running.stderr.read()
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        sys.exit(f"{' '.join(command[:6])} …: {complaint.decode()[:500]}")
    return wall_s, used.ru_maxrss / GB, json.loads(said) if told else {}


# --- the files -----------------------------------------------------------------------------


def measures_table(sources: int) -> pa.Table:
    """A measures table: lognormal sources, eight measures each, costs that rise with depth."""
    rng = stream(2017, "benchmark", "front door", sources)
    base = np.round(rng.lognormal(1.0, 1.2, sources), 6)
    part = np.sort(rng.uniform(0.1, 0.95, (sources, MEASURES)), axis=1)
    removed = np.round(base[:, None] * part, 6)
    cost = np.round(rng.lognormal(8.0, 1.0, (sources, MEASURES)) * removed, 2)
    city, sector = rng.integers(0, CITIES, sources), rng.integers(0, SECTORS, sources)
    rows = np.repeat(np.arange(sources), MEASURES)
    names = pa.array([f"s{n:07d}" for n in range(sources)])
    return pa.table(
        {
            "source": pa.DictionaryArray.from_arrays(rows.astype(np.int32), names).cast(
                pa.string()
            ),
            "sector": pa.array([f"t{n}" for n in range(SECTORS)]).take(pa.array(sector[rows])),
            "city": pa.array([f"c{n}" for n in range(CITIES)]).take(pa.array(city[rows])),
            "pollutant": pa.array(["VOC"]).take(pa.array(np.zeros(len(rows), dtype=np.int64))),
            "baseline_t": base[rows],
            "measure": pa.array([f"m{n}" for n in range(MEASURES)]).take(
                pa.array(np.tile(np.arange(MEASURES), sources))
            ),
            "removed_t": np.minimum(removed, base[:, None]).reshape(-1),
            "annual_cost_yuan": cost.reshape(-1),
        }
    )


def _once(path: Path, write: Callable[[Path], None]) -> Path:
    if not path.exists():
        write(path)
    return path


def parquet_of(sources: int) -> Callable[[Path], Path]:
    """A maker of the table as Parquet."""
    return lambda folder: _once(
        folder / f"measures-{sources}.parquet",
        lambda path: pyarrow.parquet.write_table(measures_table(sources), path),
    )


def csv_of(sources: int) -> Callable[[Path], Path]:
    """A maker of the table as CSV, with quotation marks only where they are needed."""
    style = pyarrow.csv.WriteOptions(quoting_style="none")
    return lambda folder: _once(
        folder / f"measures-{sources}.csv",
        lambda path: pyarrow.csv.write_csv(measures_table(sources), path, style),
    )


def workbook(folder: Path) -> Path:
    """The table of 300,000 rows as a workbook, written by openpyxl."""

    def write(path: Path) -> None:
        from openpyxl import Workbook

        table = measures_table(SHEET_ROWS // MEASURES)
        book = Workbook(write_only=True)
        sheet = book.create_sheet("measures")
        sheet.append(table.column_names)
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            sheet.append(row)
        book.save(path)

    return _once(folder / "measures.xlsx", write)


def bids(folder: Path) -> Path:
    """300,000 bids of as many bidders."""

    def write(path: Path) -> None:
        rng = stream(2017, "benchmark", "bids")
        table = pa.table(
            {
                "bidder": [f"b{n:06d}" for n in range(BIDS)],
                "mass_t": np.round(rng.lognormal(0.0, 1.0, BIDS), 3),
                "limit_yuan_per_t": rng.integers(1_000, 40_000, BIDS),
            }
        )
        style = pyarrow.csv.WriteOptions(quoting_style="none")
        pyarrow.csv.write_csv(table, path, style)

    return _once(folder / "bids.csv", write)


# --- the questions ---------------------------------------------------------------------------


def allocate(file: Path) -> list[str]:
    """Least cost for a target, a least cut in every city and a greatest in every sector."""
    sides = [part for n in range(CITIES) for part in ("--min", f"city=c{n}:VOC=25%")]
    sides += [part for n in range(SECTORS) for part in ("--max", f"sector=t{n}:VOC=45%")]
    given = ["allocate", "--measures", str(file), "--target", "VOC=30%", *sides]
    return [*given, "--json", "--quiet"]


def auction(file: Path) -> list[str]:
    """One price for half of what is asked for."""
    return ["auction", "--bids", str(file), "--supply-t", "250000", "--rule", "uniform_price",
            "--json"]  # fmt: skip


READ_PARQUET = "import sys, pyarrow.parquet; pyarrow.parquet.read_table(sys.argv[1])"
READ_CSV = "import sys, pyarrow.csv; pyarrow.csv.read_csv(sys.argv[1])"
READ_SHEET = (
    "import sys, python_calamine; "
    "python_calamine.load_workbook(sys.argv[1]).get_sheet_by_index(0).to_python()"
)
# Limits: what a planner waits for without turning to something else, twice what a prototype
# by columns needed on two cores.
CASES = (
    Case("parquet-100k", parquet_of(HUNDRED), allocate, READ_PARQUET, 4.0, 2.5),
    Case("csv-100k", csv_of(HUNDRED), allocate, READ_CSV, 4.0, 2.5),
    Case("parquet-100k-out", parquet_of(HUNDRED), allocate, READ_PARQUET, 7.0, writes=True),
    Case("xlsx-300k", workbook, allocate, READ_SHEET, 7.0),
    Case("bids-300k", bids, auction, READ_CSV, 5.0),
    Case("parquet-1m", parquet_of(MILLION), allocate, READ_PARQUET, 30.0, 15.0, 6.0),
    Case("parquet-1m-out", parquet_of(MILLION), allocate, READ_PARQUET, 50.0, writes=True),
)

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no core files of a killed process
    main()
