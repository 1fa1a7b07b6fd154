"""What people hand in: cells, numerals, tables.

Read in this order:
    suggest.py       the nearest known name, for errors
    numerals.py      numbers as spreadsheets hold them
    option_needs.py  options that need, or exclude, another
    option_numbers.py  numbers in options, and their bounds
    cells.py         the cells of CSV, Excel and Parquet files
    fields.py        columns, and their Chinese headings
    tables.py        tables as people make them
    meant.py         the id that people mean by a name
    basis_column.py  the accounting basis that a table names
"""
