"""What a reading's flag says about it: measured, missing, or the plant stood still.

Letters of HJ 212-2017 [VOC-C1]; an empty flag is N. The standard gives F to an instrument
that is stopped, its predecessor to a source that is [VOC-C2], and in practice it means
both: with no flow the outlet stands still, with flow the instrument does and the reading
is missing. That a value set by hand or beyond the range is no measurement is assumed
[ModelAssumption]: it never makes a gap cheaper.
"""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How a reading counts; the numbers stand in arrays."""

    VALID = 0  # measured
    MISSING = 1  # the hour counts as a gap
    STOPPED = 2  # nothing flowed: zero mass, no gap
    GIVEN = 3  # the reporter's own substitute stands in the place of a measurement
    UNKNOWN = 4  # a letter that no standard has


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
    """The status that a flag gives; capital or small, spaces do not matter."""
    return FLAGS.get(flag.strip().upper(), Status.UNKNOWN)
