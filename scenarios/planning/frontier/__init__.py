"""What targets, conditions and prices cost and bring.

Read in this order:
    solve.py  frontiers, condition costs, response to prices, as tables and JSON
"""
