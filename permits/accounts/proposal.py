"""Two people for one posting: who proposes an entry does not approve it.

A proposal is a value. Approved, it gives the entry to post, whose `why` then tells who
made it, who approved it, and when; refused or lapsed, it gives nothing. That registers
work so is assumed [ModelAssumption]; a caller that does not want it posts entries as they
are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from permits.errors import NotAllowed
from permits.ledger import Entry
from permits.states import PROPOSAL


@dataclass(frozen=True, slots=True)
class Proposal:
    """An entry that waits for a second person.

    Not decided by the end of the day `lapses_on`, it lapses.
    """

    entry: Entry
    maker: str
    made: date
    lapses_on: date
    state: str = PROPOSAL.start
    checker: str | None = None
    decided: date | None = None
    note: str = ""


def propose(entry: Entry, *, maker: str, on: date, lapses_on: date) -> Proposal:
    """An entry put forward by one person.

    Raises: NotAllowed without a maker's name, or where it lapses before it is made.
    """
    if not maker.strip() or lapses_on < on:
        raise NotAllowed(
            "proposal.made",
            "a proposal needs who makes it, and a day on or after {day} when it lapses",
            where=f"entry {entry.id}",
            mend="name the maker, and let it lapse later",
            day=str(on),
        )
    return Proposal(entry, maker, on, lapses_on)


def approve(proposal: Proposal, *, checker: str, on: date, note: str = "") -> Proposal:
    """Approved by a second person.

    Raises: NotAllowed where checker and maker are one, on a day outside the proposal's, or
        where it was decided before.
    """
    if checker.strip() in ("", proposal.maker.strip()):
        raise NotAllowed(
            "proposal.checker",
            "{maker} made the proposal and cannot approve it alone",
            where=f"entry {proposal.entry.id}",
            mend="let another person decide",
            maker=proposal.maker,
        )
    return _decided(proposal, "approve", checker, on, note)


def refuse(proposal: Proposal, *, checker: str, on: date, note: str) -> Proposal:
    """Refused, by a second person or withdrawn by the maker. Raises: as `approve`."""
    return _decided(proposal, "refuse", checker, on, note)


def lapse(proposal: Proposal, *, on: date) -> Proposal:
    """The proposal as it stands on a day: lapsed where nobody decided in time."""
    if proposal.state == PROPOSAL.start and on > proposal.lapses_on:
        return replace(proposal, state=PROPOSAL.after(proposal.state, "days_pass"), decided=on)
    return proposal


def approved_entry(proposal: Proposal) -> Entry:
    """The entry to post, dated on the day of approval.

    Raises: NotAllowed for a proposal that is not approved.
    """
    if proposal.state != "approved" or proposal.decided is None:
        raise NotAllowed(
            "proposal.open",
            "the proposal is {state}, not approved",
            where=f"entry {proposal.entry.id}",
            mend="post nothing until a second person has approved",
            state=proposal.state,
        )
    who = (
        f"made by {proposal.maker} on {proposal.made}, "
        f"approved by {proposal.checker} on {proposal.decided}"
    )
    parts = (part for part in (proposal.entry.why, who, proposal.note) if part)
    return replace(proposal.entry, on=proposal.decided, why="; ".join(parts))


def _decided(proposal: Proposal, event: str, who: str, on: date, note: str) -> Proposal:
    where = f"entry {proposal.entry.id}"
    current = lapse(proposal, on=on)
    state = PROPOSAL.after(current.state, event, where=where)
    if on < proposal.made:
        raise NotAllowed(
            "proposal.early",
            "the proposal was made on {made}; it cannot be decided on {day}",
            where=where,
            mend="give the day of the decision",
            made=str(proposal.made),
            day=str(on),
        )
    return replace(current, state=state, checker=who, decided=on, note=note)
