"""What the cells of a table mean.

Read in this order:
    cell_values.py      one cell as a value: the rule
    column_values.py    a column at once, by the same rule
    pollutant_names.py  spellings of one pollutant
    lookalikes.py       names that look alike
    left_out.py         totals and notes, which are no data
    table_headings.py   which row holds the headings, and what they mean
    sheets.py           merged cells, the sheet that fits, several sheets as one table
    table_rows.py       the rows below them
"""
