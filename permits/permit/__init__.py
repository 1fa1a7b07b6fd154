"""The permit: a limit for each pollutant and year, and what happens to it in its years.

Read in this order:
    basis.py         how a mass was arrived at, and the comparison of two ways
    licence.py       the permit: issued, read on a day, cancelled
    change.py        new amounts and kinds; when a change is a new application
    verification.py  what may be permitted at most: permit, approval, volume × standard
    renewal.py       asked 60 days before the end, decided in 20
    breach.py        emission that no permit covers
    rollout.py       from when on an industry needs a permit
Waiting for the instruments: verification, renewal, breach, rollout.

A permit runs five years at most, is renewed on request made 60 days before its end, and
must be changed before a firm emits more; a right bought meanwhile helps only once the
permit is changed.

Source: term, renewal and change [ZJ-N3] arts. 14, 15; the delay of a change is the
scenario's [ModelAssumption].
"""

from permits.permit.basis import Basis, Conversion, convert_mg
from permits.permit.breach import Breach, find_breach, find_limit_breaches, used_by_firm_mg
from permits.permit.change import CHANGE_DELAY_DAYS, change_permit, find_reapplication
from permits.permit.licence import Change, Ending, Limits, Permit, cancel_permit, issue_permit
from permits.permit.renewal import (
    DECISION_DAYS,
    Renewal,
    ask_renewal,
    grant_renewal,
    pass_deadline,
    refuse_renewal,
    renew_permit,
)
from permits.permit.rollout import RollOut, find_unpermitted
from permits.permit.verification import Outflow, Verified, plant_mg, verify_limit

__all__ = [
    "CHANGE_DELAY_DAYS",
    "DECISION_DAYS",
    "Basis",
    "Breach",
    "Change",
    "Conversion",
    "Ending",
    "Limits",
    "Outflow",
    "Permit",
    "Renewal",
    "RollOut",
    "Verified",
    "ask_renewal",
    "cancel_permit",
    "change_permit",
    "convert_mg",
    "find_breach",
    "find_limit_breaches",
    "find_reapplication",
    "find_unpermitted",
    "grant_renewal",
    "issue_permit",
    "pass_deadline",
    "plant_mg",
    "refuse_renewal",
    "renew_permit",
    "used_by_firm_mg",
    "verify_limit",
]
