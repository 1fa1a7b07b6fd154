"""Several years: which measures are built when.

Read in this order:
    solve.py  the pathway, as tables and JSON
"""
