"""Reports of a run: a page that opens offline, and a summary for the terminal.

Read in this order:
    html.py              escaped elements, tables, charts
    keyfigures.py        the figures that both page and terminal open with
    impossible.py        a conflict in words, and what would have to give
    matched.py           what an inventory or a register was matched to
    questions.py         sections of the further questions
    reading.py           cities by sectors, and who saves or pays more
    places.py            provinces, cities, counties, firms
    doubt.py             what doubtful inputs do
    plan_section.py      sections of the plan
    lines.py             the further questions in lines for the terminal
    year_section.py      sections of the simulated year
    page.py              the page: sections in their order, style, script
    terminal_summary.py  the summary for the terminal
"""

from scenarios.results.report.page import page
from scenarios.results.report.terminal_summary import print_summary

__all__ = ["page", "print_summary"]
