"""Draw the state machines, one SVG each, from their transition tables.

    python docs/state_machines.py FOLDER

The tables are in `permits/states.py`, `permits/card/modes.py` and
`market/contracts/contract_states.py`. The column of a state is its distance from the start;
transitions that lead back curve below.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from html import escape
from pathlib import Path

from market.contracts.contract_states import MACHINES
from permits.card.modes import CARD
from permits.machine import Machine
from permits.states import MACHINES as PERMIT_MACHINES

# Pixels: a box holds the longest name of a state, a gap the name of an event.
WIDE, HIGH, GAP_X, GAP_Y, EDGE = 116, 34, 108, 62, 20
INK, LINE, START, END = "#222222", "#5f6b66", "#dcefe8", "#f1f1f1"


def main(folder: Path) -> None:
    """Write every drawing."""
    for machine in (*MACHINES, *PERMIT_MACHINES, CARD):
        (folder / f"states-{machine.name}.svg").write_text(drawn(machine), encoding="utf-8")


def drawn(machine: Machine) -> str:
    """The machine as SVG."""
    place = _places(machine)
    width = max(x for x, _ in place.values()) + WIDE + EDGE
    high = max(y for _, y in place.values()) + HIGH + EDGE + 40
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for move in machine.moves:
        grouped[move.before, move.after].append(move.event)
    parts = [_arrow(place, before, after, events) for (before, after), events in grouped.items()]
    parts += [_box(machine, state, *place[state]) for state in machine.states]
    title = f"{machine.title} · {machine.title_zh} ({machine.status}: {machine.source})"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{high}" viewBox="0 0 {width} {high}" '
        'font-family="sans-serif" font-size="12">\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="{LINE}"/></marker></defs>\n'
        f'<text x="{EDGE}" y="20" font-weight="bold" fill="{INK}">{escape(title)}</text>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


LAID_OUT: dict[str, dict[str, tuple[float, float]]] = {
    "right": {
        "none": (0, 1), "verified": (1, 1), "free": (2, 0), "taken_back": (3, -0.5),
        "paid": (2, 2), "expired": (3, 0.6), "surplus": (3, 2), "listed": (4, 3.6),
        "sold": (5, 3.6), "leased_out": (4.3, 2), "idle": (4.3, 0.9), "bought_back": (5.3, 0.9),
        "pledged": (2, 3.6),
    },
    "pledge": {
        "applied": (0, 0), "confirmed": (1, 0), "refused": (1, 1), "running": (2, 0),
        "called": (3.2, 0), "defaulted": (3.2, 1.4), "repaid": (2, 1.4), "sold": (4.4, 1.4),
        "disposed": (4.4, 0.4), "unpaid": (4.4, 2.2),
    },
    "breach": {
        "detected": (0, 0), "ordered": (1, 0), "daily_fined": (2, 1.2), "recorded": (2, -0.4),
        "stopped": (3, 1.2), "excluded": (3, -0.4),
    },
    "buyback": {
        "applied": (0, 0), "surplus": (1, 0), "refused": (2, 2.2), "taken_back": (2, -0.6),
        "priced": (2, 0.8), "published": (3, 0.8), "agreed": (4, 0.8), "paid": (5, 0.8),
        "done": (5, -0.6),
    },
    "card": {
        "maintenance": (0, 2), "open": (1, 2), "warned80": (2, 2), "warned90": (3, 2),
        "closing": (4, 2), "shut": (5, 3.2), "valve_fault": (5, 0.8), "curtailed": (4, 3.8),
        "offline": (1, 0.2), "power_loss": (1, 3.8),
    },
    "renewal": {"asked": (0, 1), "overdue": (1, 1.8), "granted": (2, 0), "refused": (2, 1)},
    "account": {"open": (0, 0), "suspended": (1, 0), "closed": (2, 0.8)},
    "outfall": {"in_use": (0, 0), "suspended": (1, 0), "removed": (2, 0.8)},
    "proposal": {"proposed": (0, 1), "approved": (2, 0), "refused": (2, 1), "lapsed": (2, 2)},
    "project": {
        "assessed": (0, 0.6), "sized": (1, 0.6), "refused": (3, -0.4), "covered": (3, 0.6),
        "paid": (4, 0.6), "replaced": (5, 0.6), "permitted": (6, 0.6), "surplus": (7, 1.6),
        "producing": (8, 0.6),
    },
}  # fmt: skip
"""Column and row of each state where columns by distance would cross too many lines."""


def _places(machine: Machine) -> dict[str, tuple[int, int]]:
    """Position of each state's box: from LAID_OUT, or by its distance from the start."""
    cells = LAID_OUT.get(machine.name) or _by_distance(machine)
    top = min(row for _, row in cells.values())
    return {
        state: (
            round(EDGE + cells[state][0] * (WIDE + GAP_X)),
            round(EDGE + 24 + (cells[state][1] - top) * (HIGH + GAP_Y)),
        )
        for state in machine.states
    }


def _by_distance(machine: Machine) -> dict[str, tuple[float, float]]:
    depth, turn = {machine.start: 0}, [machine.start]
    while turn:
        state = turn.pop(0)
        for move in machine.moves:
            if move.before == state and move.after not in depth:
                depth[move.after] = depth[state] + 1
                turn.append(move.after)
    rows: dict[int, int] = defaultdict(int)
    found: dict[str, tuple[float, float]] = {}
    for state in machine.states:
        found[state] = (depth[state], rows[depth[state]])
        rows[depth[state]] += 1
    return found


def _box(machine: Machine, state: str, x: int, y: int) -> str:
    fill = START if state == machine.start else END if state in machine.ends else "#ffffff"
    return (
        f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="6" fill="{fill}" '
        f'stroke="{LINE}"/><text x="{x + WIDE / 2:g}" y="{y + HIGH / 2 + 4:g}" '
        f'text-anchor="middle" fill="{INK}">{escape(_said(state))}</text>'
    )


def _arrow(place: dict[str, tuple[int, int]], before: str, after: str, events: list[str]) -> str:
    (x0, y0), (x1, y1) = place[before], place[after]
    label = " / ".join(map(_said, events))
    if before == after:
        return _loop(x0, y0, label)
    if x1 > x0:
        return _onward(x0, y0, x1, y1, label)
    if x1 == x0:
        return _upright(x0, y0, y1, label)
    return _back(x0, y0, x1, y1, label)


def _loop(x: int, y: int, label: str) -> str:
    low = y + HIGH + 30
    path = f"M{x + 30} {y + HIGH}C{x + 20} {low} {x + WIDE - 20} {low} {x + WIDE - 30} {y + HIGH}"
    return _edge(path, (x + WIDE / 2, low + 4), label, "middle")


def _onward(x0: int, y0: int, x1: int, y1: int, label: str) -> str:
    middle, gap = HIGH / 2, x1 - x0 - WIDE
    bow = gap * 0.4
    path = (
        f"M{x0 + WIDE} {y0 + middle:g}C{x0 + WIDE + bow:g} {y0 + middle:g} {x1 - bow:g} "
        f"{y1 + middle:g} {x1} {y1 + middle:g}"
    )
    part = 0.3 if abs(y1 - y0) > 3 * GAP_Y else 0.5  # long steep lines meet others halfway
    along = 1.2 * part * (1 - part) ** 2 + 1.8 * part**2 * (1 - part) + part**3
    down = 3 * part**2 * (1 - part) + part**3
    at = (x0 + WIDE + gap * along, y0 + (y1 - y0) * down + middle - 5)
    return _edge(path, at, label, "middle")


def _upright(x: int, y0: int, y1: int, label: str) -> str:
    down = y1 > y0
    start, stop = (y0 + HIGH, y1) if down else (y0, y1 + HIGH)
    shift = 16 if down else -16
    at = (x + WIDE / 2 + shift * 1.4, (start + stop) / 2 + (4 if down else -8))
    path = f"M{x + WIDE / 2 + shift:g} {start}L{x + WIDE / 2 + shift:g} {stop}"
    return _edge(path, at, label, "start" if down else "end")


def _back(x0: int, y0: int, x1: int, y1: int, label: str) -> str:
    """An arrow to an earlier column.

    It curves below both boxes, or runs straight where one box is much higher.
    """
    if y0 < y1 - HIGH:
        path = f"M{x0} {y0 + HIGH / 2 + 6:g}L{x1 + WIDE} {y1 + HIGH / 2 - 6:g}"
        return _edge(path, ((x0 + x1 + WIDE) / 2, (y0 + y1) / 2 + HIGH / 2 - 8), label, "middle")
    if y0 > y1 + HIGH:
        path = f"M{x0} {y0 + HIGH / 2:g}L{x1 + WIDE / 2 - 12:g} {y1 + HIGH}"
        at = ((x0 + x1 + WIDE / 2) / 2 - 8, (y0 + y1) / 2 + HIGH / 2 + 16)
        return _edge(path, at, label, "middle")
    low = max(y0, y1) + HIGH + 26
    path = (
        f"M{x0 + WIDE / 2 - 12:g} {y0 + HIGH}C{x0 + WIDE / 2 - 30:g} {low} "
        f"{x1 + WIDE / 2 + 30:g} {low} {x1 + WIDE / 2 + 12:g} {y1 + HIGH}"
    )
    return _edge(path, ((x0 + x1 + WIDE) / 2, low - 3), label, "middle")


def _edge(path: str, at: tuple[float, float], label: str, anchor: str) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{LINE}" marker-end="url(#tip)"/>'
        f'<text x="{at[0]:g}" y="{at[1]:g}" text-anchor="{anchor}" fill="{INK}" font-size="10.5" '
        'stroke="#ffffff" stroke-width="3" paint-order="stroke">'
        f"{escape(label)}</text>"
    )


def _said(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
