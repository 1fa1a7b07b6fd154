"""Why a balance, or a quota, is what it is: told in sentences from a run's own files.

Read in this order:
    balance.py  an owner's year, and what makes up each balance at its end
    quota.py    what a source, city or sector was given, and why
"""

from scenarios.proof.explain.balance import explain_firm
from scenarios.proof.explain.quota import explain_quota

__all__ = ["explain_firm", "explain_quota"]
