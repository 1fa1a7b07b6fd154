"""Messages of libraries in Chinese: the option parser, pydantic, TOML, the system.

They are recognised by their wording, since they come as finished English sentences. A
message that is not known stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

TEXTS = {
    # options, as typer words them
    "missing_option": "Missing option {name}.",
    "missing_argument": "Missing argument {name}.",
    "missing_several": "Missing options {name}.",
    "missing_command": "Missing command.",
    "option": "No such option: {name}",
    "option_near": "No such option: {name} (Possible options: {near})",
    "option_mean": "No such option: {name} Did you mean {near}?",
    "command": "No such command {name}.",
    "command_near": "No such command {name}. Did you mean {near}?",
    "value_for": "Invalid value for {name}: {message}",
    "value": "Invalid value: {message}",
    "needs_value": "Option {name} requires an argument.",
    "needs_values": "Option {name} requires {count} arguments.",
    "no_value": "Option {name} does not take a value.",
    "twice": "Option {name} is given more than once.",
    "extra": "Got unexpected extra argument(s) ({name})",
    "not_valid": "{value} is not a valid {kind}.",
    "no_path": "Path {name} does not exist.",
    # values, as pydantic words them
    "integer": "Input should be a valid integer, unable to parse string as an integer",
    "whole": "Input should be a valid integer",
    "fraction": "Input should be a valid integer, got a number with a fractional part",
    "parsed": "Input should be a valid number, unable to parse string as a number",
    "number": "Input should be a valid number",
    "finite": "Input should be a finite number",
    "interpret": "Input should be a valid boolean, unable to interpret input",
    "boolean": "Input should be a valid boolean",
    "string": "Input should be a valid string",
    "date": "Input should be a valid date or datetime, {message}",
    "plain_date": "Input should be a valid date",
    "short": "input is too short",
    "dictionary": "Input should be a valid dictionary",
    "list": "Input should be a valid list",
    "tuple": "Input should be a valid tuple",
    "instance": "Input should be a valid dictionary or instance of {kind}",
    "at_least": "Input should be greater than or equal to {value}",
    "above": "Input should be greater than {value}",
    "at_most": "Input should be less than or equal to {value}",
    "below": "Input should be less than {value}",
    "one_of": "Input should be {choices}",
    "items_least": "{kind} should have at least {count} items after validation, not {found}",
    "item_least": "{kind} should have at least {count} item after validation, not {found}",
    "items_most": "{kind} should have at most {count} items after validation, not {found}",
    "item_most": "{kind} should have at most {count} item after validation, not {found}",
    "required": "Field required",
    # values, as our own checks word them through pydantic
    "unsourced": "a value marked {status} must name its source",
    "percentage": "{value} is not a percentage from 0 to 100",
    # the TOML parser
    "at": "{message} (at line {line}, column {column})",
    "at_end": "{message} (at end of document)",
    "equals": "Expected '=' after a key in a key/value pair",
    "bad_value": "Invalid value",
    "statement": "Invalid statement",
    "overwrite": "Cannot overwrite a value",
    "array": "Unclosed array",
    "newline": "Expected newline or end of document after a statement",
    "bracket": "Expected ']' at the end of a table declaration",
    "key": "Invalid initial character for a key part",
    "declared": "Cannot declare {name} twice",
    "string_end": "Unterminated string",
    "character": "Illegal character {name}",
    # the system
    "no_file": "No such file or directory",
    "denied": "Permission denied",
    "folder": "Is a directory",
    "no_folder": "Not a directory",
    "there": "File exists",
    "full": "No space left on device",
    "read_only": "Read-only file system",
    "in_use": "Address already in use",
    "refused": "Connection refused",
}


def foreign(message: str, say: Callable[[str], str], quoted: Callable[[str], str] = str) -> str:
    """A message of a library, by `say`, which translates its pattern.

    Args:
        message: the finished English sentence.
        say: the translation of a pattern of ours.
        quoted: applied to the names in it.
    """
    for text, pattern in _patterns():
        if found := pattern.fullmatch(message):
            values = {
                name: foreign(value, say, quoted) if name == "message" else _list(quoted(value))
                for name, value in found.groupdict().items()
            }
            return say(text).format(**values)
    return message


def _list(names: str) -> str:
    """`'a', 'b' or 'c'` with the marks of Chinese; a single name as it is."""
    if not re.fullmatch(r"'[^']*'((, | or )'[^']*')*", names):
        return names
    return "、".join(f"“{one}”" for one in re.findall(r"'([^']*)'", names))


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each text with the pattern of what it can become, the most particular first."""
    ordered = sorted(TEXTS.values(), key=lambda text: -len(re.sub(r"\{\w+\}", "", text)))
    return [(text, _pattern(text)) for text in ordered]


def _pattern(text: str) -> re.Pattern[str]:
    # Some errors put a message in the midst of a sentence, with a small first letter.
    first = "" if text[0] == "{" else f"[{text[0]}{text[0].lower()}]"
    rest = re.escape(text[1:] if first else text)
    return re.compile(first + re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", rest), re.DOTALL)
