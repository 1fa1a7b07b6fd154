"""Files of a folder against its manifest, in both directions, and its seal."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.errors import InputError
from permits.invariants import Violation
from scenarios.intake.tables import sha256
from scenarios.proof.audit.audit_report import Proof
from scenarios.results.stores.file_seals import (
    MANIFEST,
    SPECKS,
    named_files,
    names_every_file,
)
from scenarios.results.stores.folder import (
    JOURNAL,
    PAGE,
    PLAN_BOOK,
    RUN_BOOK,
    SUMMARY,
    TABLES_FOLDER,
)

OURS = (MANIFEST, SUMMARY, JOURNAL, TABLES_FOLDER, PAGE, RUN_BOOK, PLAN_BOOK, "quotas.csv")
"""A folder with one of these was written by a command of ours, whatever is missing now."""
UNNAMED = frozenset({MANIFEST, JOURNAL, PAGE, RUN_BOOK})
"""Files that the manifest of version 0.1 did not name."""
_SEAL = re.compile(r"[0-9a-fA-F]{64}")


def is_ours(folder: Path) -> bool:
    """Whether a folder looks like results of ours, intact or not."""
    return any((folder / name).exists() for name in OURS)


def check_kept(given: str | None, option: str) -> str | None:
    """A hash that was kept elsewhere, in small letters.

    Raises: InputError for an empty one, and for a seal that is no hash.
    """
    if given is None:
        return None
    kept = given.strip().lower()
    if not kept or (option == "--seal" and not _SEAL.fullmatch(kept)):
        raise InputError(
            "audit.kept",
            "{said!r} is no hash that could have been kept",
            where=option,
            mend="give the 64 signs that `permits audit` printed, or leave the option out",
            said=given,
        )
    return kept


def read_members(folder: Path, name: str) -> tuple[dict[str, Any], list[Violation]]:
    """The object in a JSON file of the folder; empty, with a violation, if it cannot be read."""
    try:
        found = json.loads((folder / name).read_bytes(), parse_float=Decimal)
    except FileNotFoundError:
        return {}, [Violation("audit.file_missing", "the file is missing", name)]
    except (OSError, ValueError, RecursionError):
        return {}, [Violation("audit.unreadable", "the file cannot be read", name)]
    if not isinstance(found, dict) or not found:
        return {}, [Violation("audit.unreadable", "the file names nothing", name)]
    return found, []


def find_in_manifest(manifest: Mapping[str, Any]) -> Iterator[Violation]:
    """A manifest that holds other things than were written."""
    if named_files(manifest) is None:
        text = "the manifest names no files, or names them otherwise than they are written"
        yield Violation("audit.manifest", text, f"{MANIFEST}: files")
    journal = manifest.get("journal")
    if journal is not None and not isinstance(journal, dict):
        text = "the manifest holds a value of another kind than was written"
        yield Violation("audit.manifest", text, f"{MANIFEST}: journal")
    if "format" in manifest and not names_every_file(manifest):
        text = "the manifest holds a value of another kind than was written"
        yield Violation("audit.manifest", text, f"{MANIFEST}: format")


def find_in_files(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Violation]:
    """Files that are missing, changed, or not named by the manifest; links and devices."""
    named = named_files(manifest)
    if named is None:
        return  # reported: there is nothing to hold the files to
    free = {MANIFEST} if names_every_file(manifest) else UNNAMED
    above = {name.rsplit("/", n)[0] for name in named for n in range(1, name.count("/") + 1)}
    seen = set()
    for name, mode in _walk(folder):
        seen.add(name)
        if stat.S_ISDIR(mode) and (name in above or name == TABLES_FOLDER):
            continue
        if name.rpartition("/")[2] in SPECKS or (name in free and stat.S_ISREG(mode)):
            continue
        if name not in named:
            yield Violation("audit.file_added", "the run did not write this file", name)
        elif not stat.S_ISREG(mode):
            yield Violation("audit.file", "this is a link or device, not a file", name)
        elif sha256(folder / name) != named[name]:
            yield Violation("audit.file", "the file differs from what the run wrote", name)
    for name in named:
        if name not in seen:
            yield Violation("audit.file_missing", "the file is missing", name)


def find_in_seal(seal: str | None, kept: str | None) -> Iterator[Violation]:
    """A folder that is not the one whose seal was kept."""
    if kept is not None and seal != kept:
        text = "the folder is not the one whose seal {kept} was kept: its seal is {seal}"
        values = {"kept": kept, "seal": seal or "–"}
        yield Violation("audit.kept_seal", text, MANIFEST, values)


def limits_of(manifest: Mapping[str, Any], kept: str | None) -> list[Proof]:
    """What the audit of this folder can hold, and what it cannot."""
    found = []
    if not names_every_file(manifest):
        text = (
            "This folder is of version 0.1: its manifest names neither page nor workbook nor the "
            "file of the journal, so a change of these is not found"
        )
        found.append(Proof("old", text))
    if kept is not None:
        text = "Seal: every file is as it was when this seal was kept"
        return [*found, Proof("seal", text)]
    text = (
        "The folder agrees with itself. Whoever can write it can also make another that does: "
        "only the seal, kept elsewhere (--seal), finds that"
    )
    return [*found, Proof("limits", text)]


def _walk(folder: Path, above: str = "") -> Iterator[tuple[str, int]]:
    """Names within the folder and their modes, links not followed; sorted."""
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        mode, name = os.lstat(entry.path).st_mode, above + entry.name
        yield name, mode
        if stat.S_ISDIR(mode):
            yield from _walk(Path(entry.path), f"{name}/")
