"""The owner of accounts that people mean by a name, and the level by a word."""

from __future__ import annotations

from collections.abc import Iterable

from permits.accounts import Level
from scenarios.intake.meant import column_meant, meant, nearest_meant
from scenarios.results.formatting import Labels, name
from scenarios.text import language


def owner_meant(said: str, owners: Iterable[str], labels: Labels) -> str:
    """The owner named: an id, or in Chinese what a page calls it, 海宁市政府."""
    ids = list(owners)
    return meant(said, ids, _titles(ids, labels))


def nearest_owner(said: str, owners: Iterable[str], labels: Labels) -> str:
    """The id or name of an owner most like `said`; empty where none is near."""
    ids = list(owners)
    return nearest_meant(said, ids, _titles(ids, labels))


def level_meant(said: str) -> str:
    """The level of accounts that a word stands for, `city` for 市; another word as it is."""
    found = column_meant(said)
    return found if found in tuple(Level) else said


def _titles(owners: Iterable[str], labels: Labels) -> dict[str, dict[str, str]]:
    return {owner: {language(): name(owner, labels)} for owner in owners}
