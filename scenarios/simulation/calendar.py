"""Calendar of a scenario: days with their sessions, months and years."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scenarios.definition.schema import PolicySection, ScenarioFile, SessionSection


@dataclass(frozen=True, slots=True)
class Day:
    """One day, its place in the year, and its sessions."""

    on: date
    index: int  # from the first day of the scenario
    month: int  # 0..11
    sessions: tuple[tuple[int, SessionSection], ...]
    month_has_session: bool  # of firms among each other
    is_month_start: bool
    is_month_end: bool
    is_year_start: bool
    is_year_end: bool
    year_from: int  # index of the first day of its compliance year
    year_to: int  # index of the day after the last one


def days(file: ScenarioFile) -> Iterator[Day]:
    """Yield every day of the scenario, in order."""
    on, index = file.begins, 0
    while on <= file.ends:
        after = on + timedelta(days=1)
        first, last = year_span(file, on)
        yield Day(
            on=on,
            index=index,
            month=on.month - 1,
            sessions=tuple(
                (n, s) for n, s in enumerate(file.session) if s.exists.value and meets(s, on)
            ),
            month_has_session=_traded(file, on),
            # A scenario may begin within a month: its first day opens month and year.
            is_month_start=on.day == 1 or index == 0,
            is_month_end=after.month != on.month or on == file.ends,
            is_year_start=(on.month == 1 and on.day == 1) or index == 0,
            is_year_end=after.year != on.year or on == file.ends,
            year_from=(first - file.begins).days,
            year_to=(last - file.begins).days + 1,
        )
        on, index = after, index + 1


def _traded(file: ScenarioFile, on: date) -> bool:
    """Whether firms trade with each other in the month of `on`."""
    return any(
        any((d.year, d.month) == (on.year, on.month) for d in session.dates)
        or (session.day_of_month is not None and on.month in session.months)
        for session in file.session
        if session.kind == "secondary"
    )


def meets(session: SessionSection, on: date) -> bool:
    """Whether a session is held on a day."""
    return on in session.dates or (on.day == session.day_of_month and on.month in session.months)


def is_in_force(policy: PolicySection, on: date) -> bool:
    """Whether a policy is asked on a day."""
    begun = policy.begins is None or policy.begins <= on
    return begun and (policy.ends is None or on <= policy.ends)


def next_busy_days(file: ScenarioFile, every: Sequence[Day]) -> tuple[int, ...]:
    """For each day the first one, from it on, whose date alone asks for more than metering.

    Args:
        file: the checked scenario file.
        every: the days of the scenario.
    Returns: indices of days; the number of days where none is left.
    """
    dates = {file.pledge.date} if file.pledge else set()
    dates |= set(file.buyback.dates) if file.buyback else set()
    found, coming = [], len(every)
    for day in reversed(every):
        if (
            day.index == 0 or day.sessions or day.is_month_start or day.is_month_end
            or day.on in dates or any(is_in_force(policy, day.on) for policy in file.policy)
        ):  # fmt: skip
            coming = day.index
        found.append(coming)
    return tuple(reversed(found))


def year_span(file: ScenarioFile, on: date) -> tuple[date, date]:
    """First and last day of the compliance year that `on` lies in, within the scenario."""
    first = max(file.begins, date(on.year, 1, 1))
    return first, min(file.ends, date(on.year, 12, 31))


def month_end(on: date) -> date:
    """The last day of the month that `on` lies in."""
    return date(on.year + on.month // 12, on.month % 12 + 1, 1) - timedelta(days=1)
