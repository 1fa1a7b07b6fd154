"""The one way to the terminal: what is printed for people cannot command it.

Names from files may hold escape sequences, line breaks and marks that turn the direction of
writing. JSON has escapes of its own and does not pass here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from rich.console import Console


def harmless(text: str) -> str:
    """Text that cannot end its line, command the terminal or pass for another text.

    What is not printable is written as Python writes it: `\\x1b`, `\\u202e`.
    """
    if text.isprintable():
        return text
    return "".join(x if x.isprintable() or category(x) == "Zs" else ascii(x)[1:-1] for x in text)


def say(*lines: str) -> None:
    """Print each on one line of standard output, whatever characters its names hold."""
    for line in lines:
        print(harmless(line))


def warn(*lines: str) -> None:
    """Print each on one line of standard error, whatever characters its names hold."""
    for line in lines:
        print(harmless(line), file=sys.stderr, flush=True)


def new_console(file: IO[str] | None = None) -> Console:
    """A console of rich whose texts pass `harmless`; its own colours and moves do not.

    Args:
        file: stream to print to; None is standard output.
    """
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class HarmlessConsole(Console):
        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterator[Segment]:
            for segment in super().render(renderable, options):
                if segment.control is None and not segment.text.isprintable():
                    text = "\n".join(map(harmless, segment.text.split("\n")))
                    yield Segment(text, segment.style)
                else:
                    yield segment

    return HarmlessConsole(file=file, highlight=False)
