"""Near-optimal alternatives: other plans that cost nearly as little.

Read in this order:
    solve.py  the alternatives within a cost tolerance, as tables and JSON
"""
