"""The command `permits`: language, commands, exit codes.

The commands are defined in `scenarios/commands`, one file per family.
"""

from __future__ import annotations

import gc
import os
import signal
import sys


def _leave(number: int, _frame: object) -> None:
    """Leave at once, without a word: nothing has begun while modules are being loaded."""
    os._exit(128 + number)


# New objects between two searches for cycles: of what modules and tables make hardly any are
# part of one, and at Python's 700 the search took 4 % of a plan's time.
gc.set_threshold(100_000)

# A shell that starts a command in its background ignores Ctrl-C for it: that stays so.
_waits = signal.getsignal(signal.SIGINT) is signal.default_int_handler
if _waits:
    try:
        signal.signal(signal.SIGINT, _leave)
    except ValueError:  # not in the main thread
        _waits = False

import contextlib  # noqa: E402
import errno  # noqa: E402
import json  # noqa: E402
from typing import NoReturn  # noqa: E402

from permits.errors import InputError, RightsError  # noqa: E402
from scenarios.text import LANGUAGES, from_locale, render, set_language, t  # noqa: E402
from scenarios.text.foreign import foreign  # noqa: E402
from scenarios.text.terminal import warn  # noqa: E402


def _language(argv: list[str]) -> str:
    """Language given by `--lang`, else the locale's; read before the help texts are made."""
    for n, word in enumerate(argv):
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang" and n + 1 < len(argv):
            return argv[n + 1]
    return from_locale()


_asked = _language(sys.argv[1:])
set_language(_asked if _asked in LANGUAGES else "en")

# Help texts are translated when these modules are imported, so the language is set first.
from scenarios.commands import (  # noqa: E402
    allocate,
    authoring,
    hj212,
    meter,
    outlets,
    proofs,
    run,
    sales,
    statement,
)
from scenarios.commands.frame import Commands, show_option_error  # noqa: E402
from scenarios.commands.options import (  # noqa: E402
    DONE,
    INTERRUPTED,
    MEND,
    OURS,
    TERMINATED,
    Lang,
)

app = Commands(
    help=t("Emission permits and pollution-rights trading: plan, trade, account."),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _top(lang: Lang = "") -> None:
    """Accept `--lang` before the command too."""


for _family in (run, allocate, sales, meter, hj212, outlets, authoring, proofs, statement):
    _family.add_to(app)

if _waits:
    signal.signal(signal.SIGINT, signal.default_int_handler)

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PLACE_ERRORS = (*DISK_FULL, errno.EROFS, errno.EACCES, errno.EPERM)
"""What a system says where a place cannot be written: for the user to mend."""


def main() -> None:
    """Run the command line; print each error on one line and exit with its code."""
    debug = "--debug" in sys.argv
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGTERM, _terminate)
    try:
        _check_language()
        ended = app(standalone_mode=False)
        code = ended if isinstance(ended, int) else DONE
        sys.stdout.flush()
    except RightsError as error:
        if debug:
            raise
        _tell(*render(error).splitlines())
        code = error.exit_code
    except KeyboardInterrupt:
        warn(t("interrupted"))
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) is gone: standard output goes nowhere, so that the flush at
        # exit raises no second error.
        _drop_output()
        code = DONE
    except Exception as error:
        code = _other(error, debug)
    sys.exit(code)


def _terminate(_number: int, _frame: object) -> NoReturn:
    """End as after an error, so that whatever was half written is removed on the way."""
    sys.exit(TERMINATED)


def _check_language() -> None:
    """Refuse a language that is none of ours. Raises: InputError."""
    if _asked not in LANGUAGES:
        raise InputError(
            "lang.unknown",
            "there is no language {said!r}",
            where="--lang",
            mend="write --lang en or --lang zh",
            said=_asked,
        )


def _tell(*lines: str) -> None:
    warn(*(f"{t('error')}{t(': ')}{line}" for line in lines))


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _other(error: Exception, debug: bool) -> int:
    """Report what is no error of ours by its kind: options, memory, place, or internal."""
    if hasattr(error, "show"):
        show_option_error(error)
        return MEND
    if debug:
        raise error
    if isinstance(error, MemoryError):
        _tell(
            t("there is not enough memory for this; give it fewer rows at a time, close other "
              "programs, or use a machine with more")
        )  # fmt: skip
        return MEND
    if isinstance(error, OSError) and error.errno in PLACE_ERRORS:
        if error.errno in DISK_FULL and error.filename is None:  # that is standard output
            _tell(t("the disk is full: the output is incomplete; free some space and run it again"))
            _drop_output()
            return MEND
        said = foreign(error.strerror or str(error), t)
        place = error.filename or t("standard output")
        _tell(t("{place} cannot be written or read: {said}", place=place, said=said))
        _drop_output()
        return MEND
    said = json.dumps(f"{type(error).__name__}: {error}", ensure_ascii=False)
    _tell(t("internal error: {said}; run again with --debug to see where", said=said))
    return OURS


if __name__ == "__main__":
    main()
