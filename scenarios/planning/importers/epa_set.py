"""Which files of a directory make up one control-measure set.

Five naming schemes are about (`CMSummary`, `CM_Area_Efficiency`, `…_v.5.3_Eff`,
`nox_…_efficiencies`, `… (version 2.0)_SCCs`), so a file's part is told from its
headings, and only where several files play the same part do their names decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from permits.errors import InputError
from scenarios.planning.importers.epa_records import EpaFile, read_records

# What a file is, told from headings that no other part has; and its word in file names.
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
    """The one complete set of a directory, or the set that a summary file belongs to.

    Raises: InputError where there is no such directory, no complete set, more than one,
        or a file of the set without records.
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
    """Files by what is left of their name without the word of their part."""
    found: dict[str, dict[str, EpaFile]] = {}
    for path in sorted(folder.glob("*.csv")):
        file = read_records(path)
        for part, (headings, _) in PARTS.items():
            if headings <= set(file.columns):
                found.setdefault(_stem(path.name, part), {})[part] = file
                break
    return found


def _only(parts: dict[str, dict[str, EpaFile]], path: Path) -> str:
    """The one complete set. Files that stand alone in their part need no common name."""
    complete = sorted(name for name, found in parts.items() if set(NEEDED) <= set(found))
    if len(complete) > 1:
        raise InputError(
            "epa.sets",
            "the directory holds several control-measure sets: {sets}",
            where=str(path),
            mend="give the summary file of the one you mean",
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
    """`CM_Area_Efficiency.csv` is `cm_area`; so is `CM_Area_SCC.csv`."""
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
        "no complete control-measure set: {missing} are missing",
        where=str(path),
        mend="a set has a summary, efficiencies and SCCs with the same beginning of their "
        "names; found: {found}",
        missing=", ".join(without or NEEDED),
        found=", ".join(file.name for file in found.values()) or "nothing",
    )
