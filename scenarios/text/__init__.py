"""Every text that a user reads, in English and Chinese.

English is the key: `t("sold {mass} t", mass="3")`. Chinese stands in `zh/*.po`, one
catalogue an area, read with babel when the language is Chinese. Errors carry their
English text and values, so `render` translates them the same way.

Read in this order:
    places.py   names of places in Chinese
    where.py    where an error is
    foreign.py  messages of libraries
"""

from __future__ import annotations

import os
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
    """English text to Chinese, from every catalogue."""
    from babel.messages.pofile import read_po

    found: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / "zh").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id and message.string:
                    found[str(message.id)] = str(message.string)
    return found
