"""The command `permits`: language, commands, exit codes.

The commands are defined in `scenarios/commands`, one file per family.
"""

from __future__ import annotations

import errno
import json
import os
import sys

from permits.errors import RightsError
from scenarios.text import from_locale, render, set_language, t


def _language(argv: list[str]) -> str:
    """Language given by `--lang`, else the locale's; read before the help texts are made."""
    for n, word in enumerate(argv):
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang" and n + 1 < len(argv):
            return argv[n + 1]
    return from_locale()


_asked = _language(sys.argv[1:])
set_language(_asked if _asked in ("en", "zh") else "en")

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
from scenarios.commands.options import DONE, INTERRUPTED, MEND, OURS, Lang  # noqa: E402

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


def main() -> None:
    """Run the command line; print each error on one line and exit with its code."""
    debug = "--debug" in sys.argv
    try:
        ended = app(standalone_mode=False)
        code = ended if isinstance(ended, int) else DONE
        sys.stdout.flush()  # here, where a full disk is still answered in a sentence
    except RightsError as error:
        if debug:
            raise
        for line in render(error).splitlines():
            print(f"{t('error')}{t(': ')}{line}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        print(t("interrupted"), file=sys.stderr)
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) is gone: standard output goes nowhere, so that the flush at
        # exit raises no second error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = DONE
    except OSError as error:
        code = _on_disk(error, debug)
    except Exception as error:
        code = _other(error, debug)
    sys.exit(code)


def _on_disk(error: OSError, debug: bool) -> int:
    """Report a full disk under standard output; any other error of the system as ours."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _other(error, debug)
    # What is still in the buffer would be refused again at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    text = t("the disk is full: the output is incomplete; free some space and run it again")
    print(f"{t('error')}{t(': ')}{text}", file=sys.stderr)
    return MEND


def _other(error: Exception, debug: bool) -> int:
    """Report options that do not parse (click's errors) and internal errors."""
    if hasattr(error, "show"):
        show_option_error(error)
        return MEND
    if debug:
        raise error
    said = json.dumps(f"{type(error).__name__}: {error}", ensure_ascii=False)
    text = t("internal error: {said}; run again with --debug to see where", said=said)
    print(f"{t('error')}{t(': ')}{text}", file=sys.stderr)
    return OURS


if __name__ == "__main__":
    main()
