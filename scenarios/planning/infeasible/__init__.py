"""What cannot hold together, and the nearest plan.

Read in this order:
    solve.py  the nearest plan, conflicts as rows and JSON
"""
