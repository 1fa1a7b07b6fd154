"""Data flags of readings: measured, missing, or plant stopped.

Letters of HJ 212-2017 [VOC-C1]; an empty flag is N. The standard uses F for an instrument
that is stopped, its predecessor for a source that is [VOC-C2], and in practice it means
both: with no flow the outlet is stopped, with flow the instrument is and the reading
is missing. That a value set by hand or out of range is not a measurement is assumed
[ModelAssumption]: it never makes a gap cheaper.
"""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """Status of a reading; the numbers are stored in arrays."""

    VALID = 0  # measured
    MISSING = 1  # the hour counts as a gap
    STOPPED = 2  # nothing flowed: zero mass, no gap
    GIVEN = 3  # the reporter's own substitute in place of a measurement
    UNKNOWN = 4  # a letter in no standard
    CLASHING = 5  # of several unequal readings of its hour: a gap


FLAGS: dict[str, Status] = {
    "": Status.VALID,
    "N": Status.VALID,  # normal
    "F": Status.STOPPED,  # stopped
    "M": Status.MISSING,  # maintenance
    "D": Status.MISSING,  # fault
    "C": Status.MISSING,  # calibration
    "B": Status.MISSING,  # no communication
    "S": Status.MISSING,  # set by hand: assumed
    "T": Status.MISSING,  # over range: assumed
}


def status_of(flag: str) -> Status:
    """The status for a flag; case and surrounding spaces do not matter."""
    return FLAGS.get(flag.strip().upper(), Status.UNKNOWN)
