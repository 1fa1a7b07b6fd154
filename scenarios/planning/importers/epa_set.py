"""Finds the files of a directory that make up one control-measure set.

Five naming schemes are in use (`CMSummary`, `CM_Area_Efficiency`, `…_v.5.3_Eff`,
`nox_…_efficiencies`, `… (version 2.0)_SCCs`), so a file's part is recognised by its
headings; names decide only where several files are the same part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from permits.errors import InputError
from scenarios.planning.importers.epa_records import EpaFile, read_records

# Headings that no other part has, and the part's word in file names.
PARTS = {
    "summary": ({"cmabbreviation", "cmname"}, r"summary"),
    "efficiencies": ({"cmabbreviation", "controlefficiency"}, r"efficienc(?:ies|y)|eff"),
    "sccs": ({"cmabbreviation", "scc"}, r"sccs?"),
    "equations": ({"cmabbreviation", "cmeqntype"}, r"equations?"),
}
NEEDED = ("summary", "efficiencies", "sccs")


@dataclass(frozen=True, slots=True)
class SetFiles:
    """The files of one set, read."""

    name: str
    summary: EpaFile
    efficiencies: EpaFile
    sccs: EpaFile
    equations: EpaFile | None

    @property
    def taken(self) -> tuple[str, ...]:
        """Names of the files, in the order of the parts."""
        files = (self.summary, self.efficiencies, self.sccs, self.equations)
        return tuple(file.name for file in files if file is not None)


def find_set(path: Path) -> SetFiles:
    """Find the only complete set of a directory, or the set of a given summary file.

    Raises: InputError for a missing directory, no complete set, more than one, or a file of
        the set without records.
    """
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise InputError(
            "epa.folder",
            "there is no directory {name}",
            where=str(path),
            mend="give the directory of the control-measure set",
            name=path.name,
        )
    parts = _by_stem(folder)
    name = _stem(path.name, "summary") if path.is_file() else _only(parts, path)
    if name not in parts:
        raise _incomplete(parts.get(name, {}), path)
    found = parts[name]
    if missing := [part for part in NEEDED if part not in found]:
        raise _incomplete(found, path, missing)
    for part in NEEDED:
        if not found[part].records:
            raise InputError(
                "epa.empty",
                "the file has no records",
                where=found[part].name,
                mend="put at least one record below the header",
            )
    return SetFiles(
        name, found["summary"], found["efficiencies"], found["sccs"], found.get("equations")
    )


def _by_stem(folder: Path) -> dict[str, dict[str, EpaFile]]:
    """Files by part, grouped by their name without the word of the part."""
    found: dict[str, dict[str, EpaFile]] = {}
    # Sorted, so that errors do not depend on the order of the file system.
    for path in sorted(folder.glob("*.csv")):
        file = read_records(path)
        for part, (headings, _) in PARTS.items():
            if headings <= set(file.columns):
                found.setdefault(_stem(path.name, part), {})[part] = file
                break
    return found


def _only(parts: dict[str, dict[str, EpaFile]], path: Path) -> str:
    """The only complete set. If each part has one file only, names need not agree."""
    complete = sorted(name for name, found in parts.items() if set(NEEDED) <= set(found))
    if len(complete) > 1:
        raise InputError(
            "epa.sets",
            "the directory contains several control-measure sets: {sets}",
            where=str(path),
            mend="give the summary file of one of them",
            sets=", ".join(parts[name]["summary"].name for name in complete),
        )
    if complete:
        return complete[0]
    playing = {part: [f[part] for f in parts.values() if part in f] for part in PARTS}
    if all(len(playing[part]) == 1 for part in NEEDED):
        alone = {part: files[0] for part, files in playing.items() if len(files) == 1}
        parts[path.name] = alone
        return path.name
    raise _incomplete({part: f[0] for part, f in playing.items() if f}, path)


def _stem(name: str, part: str) -> str:
    """The name without the word of its part: `cm_area` of `CM_Area_Efficiency.csv`.

    The last occurrence counts, since the word may also be in the name of the set.
    """
    lower = name.lower().removesuffix(".csv")
    words = list(re.finditer(PARTS[part][1], lower))
    if words:
        lower = lower[: words[-1].start()] + lower[words[-1].end() :]
    return lower.strip(" _-.")


def _incomplete(
    found: dict[str, EpaFile], path: Path, missing: list[str] | None = None
) -> InputError:
    without = missing or [part for part in NEEDED if part not in found]
    return InputError(
        "epa.incomplete",
        "no complete control-measure set; missing: {missing}",
        where=str(path),
        mend="a set has a summary, efficiencies and SCCs whose names begin alike; found: {found}",
        missing=", ".join(without or NEEDED),
        found=", ".join(file.name for file in found.values()) or "nothing",
    )
