"""Proof from the journal, explanation, comparison, statements.

Read in this order:
    audit/           proof from the journal, and of every file
    owners.py        the owner that people mean by a name
    statements.py    basic accounts by month and year
    explain/         why a balance or a quota is what it is
    plan_changes.py  sources that change from plan to plan
    compare.py       runs and plans side by side
"""
