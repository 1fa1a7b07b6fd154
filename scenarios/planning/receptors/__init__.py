"""Limits on what arrives at places.

Read in this order:
    solve.py  the transfer matrix, levels reached as tables and JSON
"""
