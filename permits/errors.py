"""Errors that users can correct; each states what is wrong, where, and how to fix it.

An error carries a stable `code`, an English text with named values, the place and
the remedy. `str()` gives English; `scenarios.text` renders the same error in Chinese
from its catalogue, whose completeness is tested.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import Any

DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
DISK_DENIED = {errno.EACCES, errno.EPERM}
DISK_REFUSALS = {*DISK_FULL, *DISK_DENIED, errno.EROFS}
"""What a system says where a place cannot be written: for the user to mend."""


class RightsError(Exception):
    """An error outside this program: bad input, or a step that the rules forbid.

    Args:
        code: stable identifier, `area.what`, the same in every language.
        text: English, with `{name}` for each of `values`.
        where: file, row or key; entry and leg; option.
        mend: the remedy, with the same placeholders.
        values: values of the placeholders.
    """

    exit_code = 2  # of the command line: the input has to be corrected

    def __init__(
        self, code: str, text: str, *, where: str = "", mend: str = "", **values: Any
    ) -> None:
        self.code = code
        self.text = text
        self.where = where
        self.mend = mend
        self.values = values
        super().__init__(code)

    def __reduce__(self) -> tuple[Any, ...]:
        # Worker processes pickle errors; the default would call __init__ with the wrong arguments.
        return _again, (type(self), self.code, self.text, self.where, self.mend, self.values)

    def __str__(self) -> str:
        said = self.text.format(**self.values)
        place = f" [{self.where}]" if self.where else ""
        remedy = f". {self.mend.format(**self.values)}" if self.mend else ""
        return f"{said}{place}{remedy}"


def _again(
    kind: type[RightsError], code: str, text: str, where: str, mend: str, values: dict[str, Any]
) -> RightsError:
    return kind(code, text, where=where, mend=mend, **values)


class InputError(RightsError):
    """A file, option or value that cannot be used."""


class NotAMass(InputError):
    """A value that is not a mass, or not one in whole milligrams."""


class NotMoney(InputError):
    """A value that is not an amount of money, or not one in whole fen."""


class BadEntry(RightsError):
    """A ledger entry that is malformed."""


class Unbalanced(BadEntry):
    """The legs of an entry do not sum to zero for every asset."""


class IdReused(RightsError):
    """An entry id seen before, with other content."""


class Overdraw(RightsError):
    """A leg would take an account below its floor."""


class NotAllowed(RightsError):
    """The rules in force forbid this step."""


class MixedRights(RightsError):
    """Orders for several products in one clearing, or two accounting bases in one right."""


class ManyErrors(RightsError):
    """All errors found in one input, reported together."""

    def __init__(self, errors: Iterable[RightsError]) -> None:
        self.errors = tuple(errors)
        super().__init__("input.many", "{count} mistakes", count=len(self.errors))

    def __reduce__(self) -> tuple[Any, ...]:
        return ManyErrors, (self.errors,)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)
