"""Behaviours of firms, one file each; a folder listing finds them.

In the simulated year `decide(view, params, rng)` returns the firm's bids and asks, and
`abate(view, params, rng)` the measures that it builds. The same view and stream give the
same answer; asks never exceed what is free to sell.

In an experimental session (`market/laboratory/sessions/`) a behaviour has
`quote(state, seat, floor, rng)`: its price for the unit at hand in whole fen, or `None`
to stay silent. Behaviours that learn have two more functions: `begin(seat, params, rng)`
gives the state with which a trader enters the session (without it, the state is
`params`), and `hear(state, seat, shout, rng)` the state after a shout that everybody
hears. A state is a value; a trader that learns returns a new one. `rng` is one stream for
the whole session, so a behaviour draws the same number of times in the same situation.

A file with `decide` or `quote` is a behaviour; most have both.
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
