"""Change the code and see the tests fail: `make mutate`, or `python -m tests.mutation.run`.

Each mutant of a sample is written into a copy of the tree, where the tests run to the first
that fails. A mutant that all tests pass has survived: a test is missing, or code is needless,
or the change means nothing; then `equivalent.toml` says why.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from queue import SimpleQueue

from tests.mutation.mutants import (
    PARTS,
    Change,
    Mutant,
    diff_of,
    draw_sample,
    find_mutants,
    load_equivalents,
    mutated_source,
)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TESTS = ("tests/scenarios/simulation", "tests/market/contracts")
SAMPLE = 300
PERCENT = 90
COPIES = 2
LIMIT_S = 20.0  # of processor time for a test that takes none; compiled code may compile again
WAIT_S = 600  # for the whole of a mutant's run, if it waits for something that never comes
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"  # a test failed, or the code could not be imported
    ENDLESS = "out of time"
    CRASHED = "crashed"  # the interpreter did
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"  # survived, and listed as such

    @property
    def is_dead(self) -> bool:
        return self in (Fate.KILLED, Fate.ENDLESS, Fate.CRASHED)


@dataclass(frozen=True)
class Verdict:
    """A mutant's fate, and its change as a diff."""

    mutant: Mutant
    fate: Fate
    line: int
    diff: str


@dataclass(frozen=True)
class Laboratory:
    """Copies of a tree, in which nothing but mutants' runs takes place."""

    copies: tuple[Path, ...]
    tests: tuple[str, ...]
    seconds: Path  # what each test took on the unchanged code
    limit_s: float

    def run_tests(self, copy: Path) -> subprocess.CompletedProcess[str]:
        """Run the tests of a copy to the first failure, in a process group of their own."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=short", *self.tests]
        plugins = ["-p", "quick_first", "-p", "no:cacheprovider"]
        out = copy.with_suffix(".out")
        self._loose(copy).mkdir(exist_ok=True)
        with out.open("w", encoding="utf-8") as written:  # a pipe would wait for grandchildren
            process = subprocess.Popen(
                [*command, *plugins, f"--basetemp={copy}-tmp"],
                cwd=copy,
                env=self._environment(copy),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            code = process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            code = -signal.SIGPROF
        finally:
            # Also what the tests have started and a sudden end has left behind.
            _end_group(process)
        return subprocess.CompletedProcess(command, code, out.read_text("utf-8"))

    @staticmethod
    def _loose(copy: Path) -> Path:
        return copy.with_name(f"{copy.name}-loose")

    def _environment(self, copy: Path) -> dict[str, str]:
        return {
            **os.environ,
            **dict.fromkeys(ONE_THREAD, "1"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # they take longer to load than many a test
            "TMPDIR": str(self._loose(copy)),  # a test that is killed leaves its files
            "CI": "1",  # Hypothesis tries the same examples every time
            "PYTHONPATH": os.pathsep.join([str(copy), str(HERE)]),
            "MUTATION_SECONDS": str(self.seconds),
            "MUTATION_LIMIT_S": str(self.limit_s),
        }


@contextmanager
def open_laboratory(
    root: Path, tests: Sequence[str] = TESTS, *, limit_s: float = LIMIT_S
) -> Iterator[Laboratory]:
    """Copy the tree to a temporary folder and time its tests there.

    Args:
        root: the tree; what git ignores is not copied.
        tests: files and folders of tests in it.
        limit_s: processor time that any test may take, whatever it took before [s].
    Raises:
        SystemExit: the tests fail before anything is changed.
    """
    ignored = (root / ".gitignore").read_text("utf-8").split()
    unwanted = shutil.ignore_patterns(".git", *(name.rstrip("/") for name in ignored))
    with tempfile.TemporaryDirectory(prefix="permits-mutate-") as folder:
        copies = tuple(Path(folder) / f"copy{n}" for n in range(COPIES))
        laboratory = Laboratory(copies, tuple(tests), Path(folder) / "seconds.json", limit_s)
        shutil.copytree(root, copies[0], ignore=unwanted)
        ran = laboratory.run_tests(copies[0])
        if ran.returncode:
            raise SystemExit(f"The tests fail before anything is changed:\n{ran.stdout}")
        for copy in copies[1:]:  # with what has been compiled by now
            shutil.copytree(copies[0], copy)
        yield laboratory


def judge(laboratory: Laboratory, copy: Path, mutant: Mutant) -> Verdict:
    """Write the mutant into the copy, run the tests, and put the code back."""
    path = copy / mutant.change.file
    source = path.read_text("utf-8")
    stamp = path.stat()
    mutated = mutated_source(source, mutant)
    path.write_text(mutated, "utf-8")
    # Python takes a compiled file for current if size and second are those of the source.
    os.utime(path, (stamp.st_atime + 3600, stamp.st_mtime + 3600 + mutant.number))
    try:
        code = laboratory.run_tests(copy).returncode
    finally:
        path.write_text(source, "utf-8")
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    return Verdict(mutant, _fate(code), *diff_of(mutant.change.file, source, mutated))


def judge_all(
    laboratory: Laboratory, sample: Sequence[Mutant], equivalents: Mapping[Change, str]
) -> Iterator[Verdict]:
    """Judge the sample, a mutant at a time in each copy, and yield verdicts as they come."""
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in laboratory.copies:
        free.put(copy)

    def one(mutant: Mutant) -> Verdict:
        copy = free.get()
        try:
            verdict = judge(laboratory, copy, mutant)
        finally:
            free.put(copy)
        if verdict.fate is Fate.SURVIVED and mutant.change in equivalents:
            return Verdict(mutant, Fate.EQUIVALENT, verdict.line, verdict.diff)
        return verdict

    with ThreadPoolExecutor(len(laboratory.copies)) as pool:
        running = [pool.submit(one, mutant) for mutant in sample]
        try:
            for done in as_completed(running):
                yield done.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def percent_killed(verdicts: Sequence[Verdict]) -> float:
    """Killed mutants in percent of those that can be killed; 100 if there are none."""
    counted = [verdict for verdict in verdicts if verdict.fate is not Fate.EQUIVALENT]
    return 100 * sum(v.fate.is_dead for v in counted) / len(counted) if counted else 100.0


def exit_code(verdicts: Sequence[Verdict]) -> int:
    """0 if at least `PERCENT` of the mutants are killed, else 1."""
    return 0 if percent_killed(verdicts) >= PERCENT else 1


def report(verdicts: Sequence[Verdict], equivalents: Mapping[Change, str]) -> str:
    """The survivors, the equivalent mutants with their reasons, and a table by part."""
    blocks = []
    for verdict in sorted(verdicts, key=lambda v: (v.mutant.change.file, v.line)):
        change = verdict.mutant.change
        title = f"{verdict.fate.value}: {change.file}:{verdict.line} {change.function}"
        if verdict.fate is Fate.SURVIVED:
            blocks.append(f"{title}\n{verdict.diff}\n\n{change.as_toml()}")
        elif change in equivalents:
            remark = "" if verdict.fate is Fate.EQUIVALENT else ", though listed as equivalent"
            blocks.append(f"{title}{remark}\n{verdict.diff}\n{equivalents[change]}")
    return "\n\n".join([*blocks, _table(verdicts)])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sample and report; the exit code."""
    parser = argparse.ArgumentParser(description="Change the code and see the tests fail.")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="Number of mutants.")
    parser.add_argument("--only", default="", help="Only files whose path contains this text.")
    wanted = parser.parse_args(argv)
    # Also when it is told to stop, it leaves no folder behind.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    began = time.monotonic()
    verdicts: list[Verdict] = []
    print("first the tests of the code as it is", flush=True)
    with open_laboratory(ROOT) as laboratory:
        # Of the copy: the tree may be edited while this runs.
        mutants = find_mutants(laboratory.copies[0])
        equivalents = load_equivalents(HERE / "equivalent.toml", mutants)
        drawn = [mutant for mutant in mutants if wanted.only in mutant.change.file]
        sample = draw_sample(drawn, wanted.sample)
        passed = f"they pass; {time.monotonic() - began:.0f} s"
        print(f"{passed}; now {len(sample)} of {len(drawn)} mutants", flush=True)
        for verdict in judge_all(laboratory, sample, equivalents):
            verdicts.append(verdict)
            print(_progress(verdicts, len(sample), time.monotonic() - began), flush=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\n{report(verdicts, equivalents)}")
    print(f"{time.monotonic() - began:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processors")
    return exit_code(verdicts)


def _fate(code: int) -> Fate:
    if code == 0:
        return Fate.SURVIVED
    if code > 0:
        return Fate.KILLED
    return Fate.ENDLESS if code == -signal.SIGPROF else Fate.CRASHED


def _end_group(leader: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()


def _progress(verdicts: Sequence[Verdict], size: int, seconds: float) -> str:
    killed = sum(v.fate.is_dead for v in verdicts)
    survived = sum(v.fate is Fate.SURVIVED for v in verdicts)
    last = verdicts[-1]
    return (
        f"{len(verdicts):>4}/{size}  killed {killed}  survived {survived}  {seconds:.0f} s  "
        f"{last.mutant.change.file}:{last.line} {last.fate.value}"
    )


def _table(verdicts: Sequence[Verdict]) -> str:
    lines = [f"{'part':<22}{'drawn':>7}" + "".join(f"{f.value:>13}" for f in Fate) + f"{'%':>8}"]
    for part in (*PARTS, "all"):
        of_part = [v for v in verdicts if part in ("all", v.mutant.part)]
        counts = "".join(f"{sum(v.fate is fate for v in of_part):>13}" for fate in Fate)
        lines.append(f"{part:<22}{len(of_part):>7}{counts}{percent_killed(of_part):>8.1f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
