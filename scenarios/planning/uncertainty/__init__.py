"""Effect of uncertain inputs on a plan.

Read in this order:
    solve.py  the draws, as tables and JSON
"""
