"""Explanations of balances and quotas in sentences, from a run's own files.

Read in this order:
    balance.py  an owner's year, and the origin of each balance at its end
    quota.py    the quota of a source, city or sector, and the reason for it
"""

from scenarios.proof.explain.balance import explain_firm
from scenarios.proof.explain.quota import explain_quota

__all__ = ["explain_firm", "explain_quota"]
