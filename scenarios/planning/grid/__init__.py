"""Cities by sectors, and from equal percentage to least cost.

Read in this order:
    table.py  both as tables
"""
