"""Discharge permits: limits per pollutant and year, and their changes over the term.

Read in this order:
    basis.py         accounting bases, and the conversion between two of them
    licence.py       the permit: issue, reading on a day, cancellation
    change.py        new amounts and pollutants; when a change needs a new application
    verification.py  largest amount that may be permitted: permit, approval, volume × standard
    renewal.py       requested 60 days before the end, decided in 20
    breach.py        emissions not covered by a permit
    rollout.py       dates from which industries need a permit
Waiting for the instruments: verification, renewal, breach, rollout.

A permit is valid for five years at most, is renewed on request made 60 days before its end,
and must be changed before a firm emits more; a right bought meanwhile helps only once the
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
