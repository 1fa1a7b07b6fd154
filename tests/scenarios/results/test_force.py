"""`--force` replaces what this program wrote and nobody touched, and nothing else."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from permits.errors import InputError
from scenarios.results.stores import folder, held_folder, single_file
from scenarios.results.stores.file_seals import is_plain, read_sealed, seal_of
from scenarios.results.stores.folder import check_free, new_folder
from scenarios.results.stores.held_folder import FolderHeld, Hold, is_held
from scenarios.results.stores.single_file import write_single

ROOT = Path(__file__).resolve().parents[3]


def write(
    out: Path,
    text: str = "first",
    *,
    force: bool = False,
    inputs: Sequence[Path] = (),
    meanwhile: Callable[[], object] = lambda: None,
) -> Path:
    """A folder with a file, one below another, and a manifest."""
    with new_folder(out, force=force, inputs=inputs, about={"kind": "meter"}) as part:
        (part / "masses.csv").write_text(text)
        (part / "tables").mkdir()
        (part / "tables" / "quotas.csv").write_text(text)
        meanwhile()
    return out


def state(where: Path) -> dict[str, bytes]:
    files = (path for path in where.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(where).as_posix(): path.read_bytes() for path in files}


def _edit(out: Path) -> None:
    (out / "masses.csv").write_text("mine")


def _edit_below(out: Path) -> None:
    (out / "tables" / "quotas.csv").write_text("mine")


def _add(out: Path) -> None:
    (out / "notes.docx").write_text("mine")


def _add_below(out: Path) -> None:
    (out / "tables" / "mine.csv").write_text("mine")


def _add_deep(out: Path) -> None:
    (out / "tables" / "sub").mkdir()
    (out / "tables" / "sub" / "thesis.tex").write_text("mine")


def _add_folder(out: Path) -> None:
    (out / "drafts").mkdir()


def _link(out: Path) -> None:
    (out.parent / "far.csv").write_text("far")
    (out / "far.csv").symlink_to(out.parent / "far.csv")


def _link_for_a_file(out: Path) -> None:
    (out / "masses.csv").rename(out.parent / "far.csv")
    (out / "masses.csv").symlink_to(out.parent / "far.csv")


def _link_for_a_folder(out: Path) -> None:
    (out / "tables").rename(out.parent / "far")
    (out / "tables").symlink_to(out.parent / "far")


def _open_in_excel(out: Path) -> None:
    (out / "~$plan.xlsx").write_text("user")


def _no_manifest(out: Path) -> None:
    (out / "manifest.json").unlink()


def _other_manifest(out: Path) -> None:
    (out / "manifest.json").write_text('{"name": "my web app", "files": {}}')


def _old_manifest(out: Path) -> None:
    text = (out / "manifest.json").read_text().replace('"format": 2', '"seed": 2')
    (out / "manifest.json").write_text(text)


TOUCHED: dict[Callable[[Path], None], tuple[str, str]] = {
    _edit: ("out.changed", "masses.csv"),
    _edit_below: ("out.changed", "tables/quotas.csv"),
    _add: ("out.foreign", "notes.docx"),
    _add_below: ("out.foreign", "tables/mine.csv"),
    _add_deep: ("out.link", "tables/sub"),
    _add_folder: ("out.link", "drafts"),
    _link: ("out.link", "far.csv"),
    _link_for_a_file: ("out.link", "masses.csv"),
    _link_for_a_folder: ("out.link", "tables"),
    _open_in_excel: ("out.excel", "close the file in Excel"),
    _no_manifest: ("out.no_manifest", "0.1"),
    _other_manifest: ("out.no_manifest", "0.1"),
    _old_manifest: ("out.old", "0.1"),
}


@pytest.mark.parametrize("touch", TOUCHED, ids=lambda one: one.__name__.strip("_"))
def test_what_is_not_ours_is_refused_by_name_and_stays(
    tmp_path: Path, touch: Callable[[Path], None]
) -> None:
    out = write(tmp_path / "run")
    touch(out)
    before, (code, words) = state(tmp_path), TOUCHED[touch]
    with pytest.raises(InputError, match=words.replace("/", ".").replace("$", ".")) as caught:
        write(out, "second", force=True)
    assert caught.value.code == code
    assert state(tmp_path) == before
    assert sorted(p.name for p in tmp_path.iterdir() if "run" in p.name) == ["run"]


def test_what_file_managers_leave_does_not_count(tmp_path: Path) -> None:
    out = write(tmp_path / "run")
    for place in (out, out / "tables"):
        (place / ".DS_Store").write_text("x")
        (place / "Thumbs.db").write_text("x")
    write(out, "second", force=True)
    assert set(state(out)) == {"masses.csv", "tables/quotas.csv", "manifest.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "desktop.ini").write_text("x")
    write(tmp_path / "new", "third")
    assert (tmp_path / "new" / "masses.csv").read_text() == "third"


def test_a_file_that_was_deleted_does_not_stop_it(tmp_path: Path) -> None:
    out = write(tmp_path / "run")
    (out / "masses.csv").unlink()
    write(out, "second", force=True)
    assert (out / "masses.csv").read_text() == "second"


@pytest.mark.parametrize("how", ["the file", "a hard link to it", "a link to it", "the folder"])
def test_an_input_of_the_command_is_never_replaced(tmp_path: Path, how: str) -> None:
    out = write(tmp_path / "run")
    given = {
        "the file": out / "masses.csv",
        "a hard link to it": tmp_path / "hard.csv",
        "a link to it": tmp_path / "soft.csv",
        "the folder": out,
    }[how]
    if how == "a hard link to it":
        os.link(out / "masses.csv", given)
    elif how == "a link to it":
        given.symlink_to(out / "masses.csv")
    with pytest.raises(InputError, match="is an input of this command") as caught:
        write(out, "second", force=True, inputs=[given])
    assert caught.value.code == "out.input"
    assert (out / "masses.csv").read_text() == "first"


def test_a_folder_reached_by_a_link_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "run")
    (tmp_path / "latest").symlink_to("run")
    with pytest.raises(InputError, match="is a link"):
        write(tmp_path / "latest", "second", force=True)


@pytest.mark.parametrize(
    ("name", "good"),
    [("a.csv", True), ("tables/a.csv", True), ("../a.csv", False), ("/a.csv", False),
     ("a/../b", False), ("a\\b", False), ("c:a", False), ("", False), ("a//b", False),
     ("./a", False), ("manifest.json", False)],
)  # fmt: skip
def test_only_plain_names_are_names_of_our_files(name: str, good: bool) -> None:
    assert is_plain(name) is good


def test_a_manifest_that_leads_outside_removes_nothing_there(tmp_path: Path) -> None:
    out = write(tmp_path / "run")
    (tmp_path / "precious.txt").write_text("mine")
    text = (out / "manifest.json").read_text().replace("masses.csv", "../precious.txt")
    (out / "manifest.json").write_text(text)
    assert read_sealed(out) is None
    with pytest.raises(InputError):
        write(out, "second", force=True)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_one_of_two_writers_wins_and_the_other_is_told(tmp_path: Path) -> None:
    out = write(tmp_path / "run")
    with new_folder(out, force=True) as part:
        (part / "masses.csv").write_text("second")
        with pytest.raises(InputError, match="another command is writing") as caught:
            write(out, "third", force=True)
    assert caught.value.code == "out.busy"
    assert state(out).keys() == {"masses.csv", "manifest.json"}
    assert (out / "masses.csv").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_results_that_came_meanwhile_are_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the other command was not seen as it began."""
    out = write(tmp_path / "run")
    monkeypatch.setattr(folder, "is_held", lambda _: False)
    with pytest.raises(InputError, match="has just written"):
        write(out, "second", force=True, meanwhile=lambda: write(out, "third", force=True))
    assert (out / "masses.csv").read_text() == "third"


def test_a_file_put_in_while_results_were_made_is_kept(tmp_path: Path) -> None:
    out = write(tmp_path / "run")
    with pytest.raises(InputError, match="mine"):
        write(out, "second", force=True, meanwhile=lambda: (out / "mine.txt").write_text("mine"))
    assert (out / "mine.txt").read_text() == "mine"
    assert (out / "masses.csv").read_text() == "first"


def test_what_comes_in_between_two_looks_is_seen_and_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, move = write(tmp_path / "run"), held_folder.move_beside

    def late(source: Path, target: Path) -> None:
        if source == out:
            (out / "late.txt").write_text("mine")
        move(source, target)

    monkeypatch.setattr(folder, "move_beside", late)
    with pytest.raises(InputError, match=r"late\.txt"):
        write(out, "second", force=True)
    assert (out / "late.txt").read_text() == "mine"
    assert (out / "masses.csv").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


WRITER = """
import sys, time
from pathlib import Path
from scenarios.results.stores.folder import new_folder
with new_folder(Path(sys.argv[1]), force=True) as part:
    (part / "masses.csv").write_text("half")
    print("begun", flush=True)
    time.sleep(60)
"""


def interrupted(out: Path, number: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(out)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    process.wait(timeout=20)
    process.stdout.close()
    return process


def test_a_killed_command_leaves_a_part_that_is_named_and_stops_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = write(tmp_path / "run")
    interrupted(out, signal.SIGKILL)
    (left,) = (path for path in tmp_path.iterdir() if path != out)
    os.utime(left, (time.time() - 7200, time.time() - 7200))
    write(out, "third", force=True)
    assert (out / "masses.csv").read_text() == "third"
    assert (left / "masses.csv").read_text() == "half", "never deleted"
    said = capsys.readouterr().err
    assert left.name in said
    assert "2.0 hours ago" in said


def test_a_command_that_is_ended_leaves_nothing(tmp_path: Path) -> None:
    assert interrupted(tmp_path / "run", signal.SIGTERM).returncode == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_held_by_one_and_free_again(tmp_path: Path) -> None:
    hold = Hold(tmp_path)
    assert is_held(tmp_path)
    with pytest.raises(FolderHeld), held_folder.holding_folder(tmp_path, wait_s=0):
        pass
    hold.release()
    hold.release()
    assert not is_held(tmp_path)
    assert not is_held(tmp_path / "nothing")


def test_where_folders_cannot_be_locked_a_file_within_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows, by a fake of its locks."""

    def locking(opened: int, mode: int, count: int) -> None:
        assert (mode, count) == (2, 1)
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)

    fake = SimpleNamespace(locking=locking, LK_NBLCK=2)
    monkeypatch.setattr(held_folder, "WINDOWS", True)
    monkeypatch.setattr(held_folder, "_windows_locks", lambda: fake)
    out = write(tmp_path / "run")
    with new_folder(out, force=True) as part:
        (part / "masses.csv").write_text("second")
        assert is_held(part)
        with pytest.raises(InputError, match="another command is writing"):
            write(out, "third", force=True)
    assert set(state(out)) == {"masses.csv", "manifest.json"}, "no lock file stays"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_seal_is_the_hash_of_the_manifest(tmp_path: Path) -> None:
    out = write(tmp_path / "run")
    first = seal_of(out)
    write(out, "second", force=True)
    assert first is not None
    assert seal_of(out) not in (None, first)
    assert seal_of(tmp_path) is None
    check_free(out, force=True)


# --- single files ---------------------------------------------------------------------


def test_a_single_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "s.csv"
    write_single(path, b"first")
    with pytest.raises(InputError, match="add --force"):
        write_single(path, b"second")
    assert path.read_bytes() == b"first"
    write_single(path, b"second", force=True)
    assert path.read_bytes() == b"second"
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask
    assert [one.name for one in path.parent.iterdir()] == ["s.csv"]


def test_a_disk_that_fills_up_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = write_single(tmp_path / "s.xlsx", b"first")

    def fill(part: Path) -> None:
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="the disk is full"):
        write_single(path, fill, force=True)
    assert path.read_bytes() == b"first"
    assert [one.name for one in tmp_path.iterdir()] == ["s.xlsx"]


def test_a_file_taken_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"

    def slow(part: Path) -> None:
        path.write_text("another's")
        part.write_bytes(b"ours")

    with pytest.raises(InputError, match="exists already"):
        write_single(path, slow)
    assert path.read_text() == "another's"
    assert [one.name for one in tmp_path.iterdir()] == ["s.csv"]


def test_links_folders_and_inputs_are_no_places_for_a_file(tmp_path: Path) -> None:
    run = write(tmp_path / "run")
    (tmp_path / "link.csv").symlink_to(run / "masses.csv")
    for place in (tmp_path / "link.csv", run, Path(os.devnull)):
        with pytest.raises(InputError, match="no file to replace"):
            write_single(place, b"x", force=True)
    for place in (run / "masses.csv", run / "more.csv"):
        with pytest.raises(InputError, match="an input"):
            write_single(place, b"x", force=True, inputs=[run])
    assert set(state(run)) == {"masses.csv", "tables/quotas.csv", "manifest.json"}


def test_a_disk_without_links_is_written_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(single_file.os, "link", refuse)
    assert write_single(tmp_path / "s.csv", b"first").read_bytes() == b"first"
