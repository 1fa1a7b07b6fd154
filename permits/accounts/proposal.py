"""Four-eyes principle for postings: whoever proposes an entry does not approve it.

A proposal is a value. Once approved it gives the entry to post, whose `why` then states who
made it, who approved it, and when; refused or expired, it gives none. That registers work
this way is assumed [ModelAssumption]; a caller that does not want it posts entries directly.
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

    Not decided by the end of the day `lapses_on`, it expires.
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
    """Propose an entry.

    Args:
        entry: the entry to post once approved.
        maker: name of the person who proposes it.
        on: day of the proposal.
        lapses_on: last day for a decision.
    Raises: NotAllowed without a maker's name, or where it expires before it is made.
    """
    if not maker.strip() or lapses_on < on:
        raise NotAllowed(
            "proposal.made",
            "a proposal needs a maker, and an expiry date on or after {day}",
            where=f"entry {entry.id}",
            mend="name the maker, and set a later expiry date",
            day=str(on),
        )
    return Proposal(entry, maker, on, lapses_on)


def approve(proposal: Proposal, *, checker: str, on: date, note: str = "") -> Proposal:
    """Approve a proposal as a second person.

    Args:
        proposal: the proposal before.
        checker: name of the person who approves.
        on: day of the decision.
        note: remark that is added to the entry's `why`.
    Raises: NotAllowed where checker and maker are the same, on a day outside the proposal's
        period, or where it was decided before.
    """
    if checker.strip() in ("", proposal.maker.strip()):
        raise NotAllowed(
            "proposal.checker",
            "{maker} made the proposal and cannot also approve it",
            where=f"entry {proposal.entry.id}",
            mend="let another person decide",
            maker=proposal.maker,
        )
    return _decided(proposal, "approve", checker, on, note)


def refuse(proposal: Proposal, *, checker: str, on: date, note: str) -> Proposal:
    """Refuse a proposal as a second person, or withdraw it as its maker.

    Args:
        proposal: the proposal before.
        checker: name of the person who refuses or withdraws.
        on: day of the decision.
        note: reason.
    Raises: as `approve`, except that the maker may decide.
    """
    return _decided(proposal, "refuse", checker, on, note)


def lapse(proposal: Proposal, *, on: date) -> Proposal:
    """The proposal as it stands on a day: expired where nobody decided in time."""
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
    # Dated on the approval: the entry did not take effect before.
    parts = (part for part in (proposal.entry.why, who, proposal.note) if part)
    return replace(proposal.entry, on=proposal.decided, why="; ".join(parts))


def _decided(proposal: Proposal, event: str, who: str, on: date, note: str) -> Proposal:
    where = f"entry {proposal.entry.id}"
    # Expiry comes first: a late decision must find the proposal expired.
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
