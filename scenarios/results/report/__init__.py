"""Reports of a run: a page that opens offline, and a summary for the terminal.

Read in this order:
    html.py              escaped elements, tables, charts
    keyfigures.py        the figures that both page and terminal open with
    question_parts.py    what the questions about the plan show, and helpers of their sections
    plan_section.py      sections of the plan
    year_section.py      sections of the simulated year
    page.py              the page: sections in their order, style, script
    terminal_summary.py  the summary for the terminal
"""

from scenarios.results.report.page import page
from scenarios.results.report.terminal_summary import print_summary

__all__ = ["page", "print_summary"]
