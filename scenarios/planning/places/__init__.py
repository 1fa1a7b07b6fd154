"""Provinces, cities, counties and firms, each adding up to the one above.

Read in this order:
    table.py  the tree of places as a table
"""
