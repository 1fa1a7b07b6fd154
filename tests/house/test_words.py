"""The words of the field: no dialect in what users read, nor in first lines of docstrings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("permits", "market", "optimize", "scenarios")
DIALECT = {
    r"\b(is|are|was|were) told\b": "is reported",
    r"\btells?\b": "reports, prints, warns, lists",
    r"\bso (many|much)\b(?! (as|more|less))": "N, the number of",
    r"\bcan be had\b": "is achievable, is available",
    r"\ban? own\b|\bown rules?\b(?<!your own rule)(?<!your own rules)": "your own rule",
    r"\bset aside\b": "excluded",
    r"\bnone such\b|\bthat there is not\b|\bthere is none of\b": "unknown, missing",
    r"\beach its own\b": "each pays its own bid",
    r"\bdoubtful\b|\bdoubts?\b": "uncertain, uncertainty",
    r"\bby lot\b|\bpublic lot\b": "tie-breaking lottery",
    r"\bfilms?\b|\breels?\b": "replay, input log",
    r"\byardsticks?\b": "benchmark",
    r"\bto be mended\b|\bneeds? mending\b": "to be corrected",
}
"""Home-made phrase: the field's."""
QUOTES = re.compile(r"`[^`]*`|--[\w-]+")  # names in code and options keep their spelling


def test_no_text_for_users_is_in_dialect() -> None:
    catalogues = sorted((ROOT / "scenarios" / "text" / "zh").glob("*.po"))
    assert len(catalogues) > 20
    assert [found for path in catalogues for found in _in_catalogue(path)] == []


def test_no_docstring_begins_in_dialect() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {found}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for line in _first_lines(path)
        for found in _dialect_in(line)
    ]
    assert found == []


def test_no_page_is_in_dialect() -> None:
    """Pages quote old words once, in the glossary; the changelog is history."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    found = [
        f"{path.name}: {found}"
        for path in sorted(pages)
        if path.name not in ("CHANGELOG.md", "glossary.md", "bibliography.md")
        for line in path.read_text(encoding="utf-8").splitlines()
        for found in _dialect_in(line)
    ]
    assert found == []


def _in_catalogue(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for message in read_po(file):
            for found in _dialect_in(str(message.id)):
                yield f"{path.name}: {found}"


def _first_lines(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield (ast.get_docstring(node) or "").partition("\n")[0]


def _dialect_in(text: str) -> Iterator[str]:
    plain = QUOTES.sub("", text)
    for phrase, better in DIALECT.items():
        if re.search(phrase, plain, re.IGNORECASE):
            yield f"{text!r}; write: {better}"
