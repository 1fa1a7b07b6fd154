"""Measures that another one beats.

Read in this order:
    solve.py  dominated measures as tables and JSON
"""
