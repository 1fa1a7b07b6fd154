"""Every text that a user reads, in English and Chinese.

English is the key: `t("sold {mass} t", mass="3")`. Chinese stands in `zh/*.po`, one
catalogue an area, read when the language is Chinese. Errors carry their
English text and values, so `render` translates them the same way.

Read in this order:
    place_names.py  names of places in Chinese
    where.py        where an error is
    foreign.py      messages of libraries
    terminal.py     what is printed cannot command the terminal
    wording.py      ids, keys and sources in Chinese words
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from permits.errors import ManyErrors, RightsError
from scenarios.text.foreign import foreign
from scenarios.text.where import chinese_where

LANGUAGES = ("en", "zh")
WORD_VALUES = {
    "column": ("explain.", "condition.group"),
    "form": ("condition.form",),
    "kind": ("rule.",),
    "wanted": ("rule.",),
    "what": ("",),
}
"""Values of errors that are words of ours, and in which errors, by what their code begins with."""
_language: ContextVar[str] = ContextVar("language", default="en")


def t(text: str, **values: Any) -> str:
    """`text` in the language in force, with `values` put in for its placeholders."""
    said = text if _language.get() == "en" else chinese().get(text, text)
    return said.format(**values) if values else said


def set_language(language: str) -> None:
    """Speak `en` or `zh` from here on (in this context)."""
    assert language in LANGUAGES, language
    _language.set(language)


def language() -> str:
    """The language in force."""
    return _language.get()


def from_locale() -> str:
    """`zh` where the environment asks for Chinese, else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def pick(title: Mapping[str, str]) -> str:
    """The title in the language in force, else in English, else in any."""
    return title.get(language()) or title.get("en") or next(iter(title.values()), "")


def render(error: RightsError) -> str:
    """An error for a person: what, where, and how to correct it; one line each."""
    if isinstance(error, ManyErrors):
        return "\n".join(render(one) for one in error.errors)
    values, where = error.values, error.where
    if _language.get() == "zh":
        values = {key: _chinese_value(error.code, key, value) for key, value in values.items()}
        where = chinese_where(where)
    said = t(error.text).format(**values)
    place = f" [{where}]" if where else ""
    if not error.mend:
        return f"{said}{place}"
    return f"{said}{place}{t('. ')}{t(error.mend).format(**values)}"


class _Quoted(str):
    """A value whose `repr` has Chinese quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"“{str.__repr__(self)[1:-1]}”"


def _chinese_value(code: str, key: str, value: Any) -> Any:
    """A value of an error in Chinese: a word of ours or a library's message; else as it is."""
    if not isinstance(value, str):
        return value
    if code.startswith(WORD_VALUES.get(key, ())):
        value = chinese().get(value, value)
    return _Quoted(foreign(value, lambda text: chinese().get(text, text)))


@cache
def chinese() -> Mapping[str, str]:
    """English text to Chinese, from every catalogue.

    Read by two patterns instead of babel, which takes ten times as long: `--help` waits for it.
    A test holds the two against each other.
    """
    found: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / "zh").glob("*.po")):
        for english, translated in _ENTRY.findall(path.read_text(encoding="utf-8")):
            text, said = _unquoted(english), _unquoted(translated)
            if text and said:
                found[text] = said
    return found


_ENTRY = re.compile(r'^msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"\n?)+)', re.MULTILINE)
_QUOTED = re.compile(r'"(.*)"')
_ESCAPE = re.compile(r"\\(.)")


def _unquoted(lines: str) -> str:
    """The text of the quoted lines of a catalogue entry."""
    text = "".join(_QUOTED.findall(lines))
    return _ESCAPE.sub(lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)
