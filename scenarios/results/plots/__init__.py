"""The charts of a report, as plain plotly figures.

Read in this order:
    theme.py        colours that colour-blind readers can tell apart, layout, number formats
    plan_charts.py  stories by baseline, cost curve, quotas
    year_charts.py  cards, prices, flow of rights, efficiency, frictions
A figure is a dict of `data` and `layout`; every value shown on hover also stands in a
table of the report.
"""
