"""Rules of fairness, and the distribution of the burden.

Read in this order:
    solve.py  limits of the rules, burdens as tables and JSON
"""
