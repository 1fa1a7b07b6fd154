"""A run's folder: whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from permits.errors import InputError
from scenarios.results.result import RunResult
from scenarios.results.stores import folder
from scenarios.results.stores.file_seals import read_sealed
from scenarios.results.stores.folder import new_folder, numbered, write_plan, write_run

Sample = Callable[..., RunResult]


def _bytes(run: Path) -> dict[str, bytes]:
    names = [run / "summary.json", *sorted((run / "tables").iterdir())]
    return {path.name: path.read_bytes() for path in names}


def test_a_run_leaves_all_its_files_and_no_part(sample_result: Sample, tmp_path: Path) -> None:
    write_run(sample_result(), tmp_path / "deep" / "run")
    names = {path.name for path in (tmp_path / "deep" / "run").iterdir()}
    assert names == {
        "summary.json",
        "tables",
        "report.html",
        "report.xlsx",
        "run.sqlite",
        "manifest.json",
    }
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run"]


def test_summary_and_tables_are_the_same_bytes_every_time(
    sample_result: Sample, tmp_path: Path
) -> None:
    first = write_run(sample_result(), tmp_path / "a")
    second = write_run(sample_result(), tmp_path / "b")
    assert _bytes(first) == _bytes(second)


def test_the_manifest_names_every_file(sample_result: Sample, tmp_path: Path) -> None:
    run = write_run(sample_result(), tmp_path / "run")
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    for name, digest in manifest["files"].items():
        assert sha256((run / name).read_bytes()).hexdigest() == digest
    there = {p.relative_to(run).as_posix() for p in run.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == there - {"manifest.json"}
    assert {"report.html", "report.xlsx", "run.sqlite", "tables/quotas.csv"} < there
    assert manifest["journal"]["entries"] == len(sample_result().journal)


def test_a_plan_without_a_year_has_no_journal(sample_result: Sample, tmp_path: Path) -> None:
    run = write_run(sample_result(part="plan"), tmp_path / "run")
    assert not (run / "run.sqlite").exists()


def test_an_allocation_leaves_quotas_measures_page_and_workbook(
    sample_result: Sample, tmp_path: Path
) -> None:
    write_plan(sample_result(part="plan"), tmp_path / "plan")
    names = {path.name for path in (tmp_path / "plan").iterdir()}
    tables = {f"{name}.csv" for name in ("quotas", "chosen", "conditions", "curve")}
    tables |= {"plan_grid.csv", "plan_waterfall.csv"}
    sealed = {"report.html", "plan.xlsx", "summary.json", "question.json"}
    assert names == tables | sealed | {"manifest.json"}
    assert set(read_sealed(tmp_path / "plan")["files"]) == tables | sealed


def test_a_folder_that_holds_something_is_kept_unless_forced(
    sample_result: Sample, tmp_path: Path
) -> None:
    run = write_run(sample_result(part="plan"), tmp_path / "run")
    before = (run / "summary.json").read_bytes()
    with pytest.raises(InputError, match="--force"):
        write_run(sample_result(), run)
    assert (run / "summary.json").read_bytes() == before
    write_run(sample_result(), run, force=True)
    assert (run / "run.sqlite").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with new_folder(tmp_path / "run") as part:
        (part / "summary.json").write_text("{}")
    assert (tmp_path / "run" / "summary.json").exists()


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(InputError, match="is a file"), new_folder(tmp_path / "run", force=True):
        pass


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EACCES, "no permission"),
        (errno.EROFS, "read-only disk"),
        (errno.EIO, "cannot be written"),
    ],
)
def test_what_the_disk_refuses_is_told_and_nothing_is_left(
    sample_result: Sample,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    words: str,
) -> None:
    old = write_run(sample_result(part="plan"), tmp_path / "run")
    before = _bytes(old)

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(folder, "write_workbook", refuse)
    with pytest.raises(InputError, match=words) as caught:
        write_run(sample_result(), tmp_path / "run", force=True)
    assert caught.value.mend
    assert _bytes(old) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with new_folder(tmp_path / "run") as part:
            (part / "summary.json").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


FULL = """
import resource, runpy, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from permits.errors import InputError
from scenarios.results.stores.folder import write_run
result = runpy.run_path(sys.argv[1])["sample_result"]()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    write_run(result, Path(sys.argv[2]))
except InputError as error:
    print(error.code)
"""


@pytest.mark.parametrize("limit", [100, 5_000, 30_000, 1_000_000])
def test_a_disk_that_fills_up_at_any_file_leaves_nothing(tmp_path: Path, limit: int) -> None:
    """Limits that stop the summary, a table, the journal, the page."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    sample = Path(__file__).parents[1] / "sample_result.py"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(sample), str(tmp_path / "run"), str(limit)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert done.stdout.strip() in ("out.full", "out.failed"), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_runs_are_numbered_and_a_number_is_taken_by_making_it(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    with numbered("demo", root) as first, numbered("demo", root) as second:
        assert (first.name, second.name) == ("demo-001", "demo-002")
        with new_folder(first) as part:
            (part / "a.csv").write_text("a")
    assert (root / "demo-001" / "a.csv").exists()
    with pytest.raises(KeyError), numbered("demo", root):
        raise KeyError
    assert not (root / "demo-003").exists(), "nothing was written into it"
