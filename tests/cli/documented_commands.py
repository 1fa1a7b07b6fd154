"""The commands of README, CONTRIBUTING and the pages, as a reader would type them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    page
    for page in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
    if re.search(r"^(cat \S+ \| )?permits ", page.read_text(encoding="utf-8"), re.MULTILINE)
]
FENCED = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
LINE = re.compile(r"^(cat (?P<stdin>\S+) \| )?permits (?P<words>.+)$")
EXIT = re.compile(r"exit code (\d+)")


@dataclass(frozen=True)
class Typed:
    """A command line: its words, what it reads and writes by the shell, the exit code told."""

    words: tuple[str, ...]
    stdin: str | None = None
    stdout: str | None = None
    code: int = 0


def commands_of(page: Path) -> Iterator[Typed]:
    """The `permits` lines of a page's fenced blocks, in order."""
    for block in FENCED.finditer(page.read_text(encoding="utf-8")):
        if block["kind"]:
            continue
        for line in re.sub(r"\\\n\s*", " ", block["text"]).splitlines():
            if (found := LINE.match(line.strip())) is not None:
                yield _typed(found)


def python_of(page: Path) -> str:
    """The first Python block of a page."""
    return next(
        block["text"]
        for block in FENCED.finditer(page.read_text(encoding="utf-8"))
        if block["kind"] == "python"
    )


def _typed(found: re.Match[str]) -> Typed:
    told = EXIT.search(found["words"])
    words = shlex.split(found["words"], comments=True)
    stdout = None
    if ">" in words:
        at = words.index(">")
        words, stdout = words[:at], words[at + 1]
    return Typed(tuple(words), found["stdin"], stdout, int(told[1]) if told else 0)
