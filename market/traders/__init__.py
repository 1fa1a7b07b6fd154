"""Behaviours of firms, one file each; a folder listing finds them.

`decide(view, params, rng)` says what to bid and ask in a session; `abate(view, params,
rng)` what to build. Same view and stream, same answer; never more than is free to sell.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from permits.rule import Rule, find_plugins, find_shipped


def find_traders(plugin_folders: Iterable[Path] = ()) -> dict[str, Rule]:
    """Every behaviour by name, those in `plugin_folders` included."""
    plugins = find_plugins(plugin_folders)
    found = dict(_shipped())
    return found | {name: rule for (kind, name), rule in plugins.items() if kind == "trader"}


@cache
def _shipped() -> dict[str, Rule]:
    return find_shipped("trader", Path(__file__).parent, __name__)
