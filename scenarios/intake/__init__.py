"""What people hand in: cells, numerals, tables.

Read in this order:
    suggest.py       the nearest known name, for errors
    numerals.py      numbers as spreadsheets hold them
    grid.py          the cells of a table by columns
    workbook_parts.py  a workbook's sheets, shared texts and number formats
    exact_sheet.py   a sheet exactly as its XML states it
    sheet_xml.py     the first pass over a sheet: is it ordinary?
    merged_cells.py  merged cells and hidden rows
    workbooks.py     sheets as grids, each by the reader that it needs
    cells.py         the cells of CSV, Excel and Parquet files
    fields.py        columns, and their Chinese headings
    columns.py       a table by columns
    tables.py        tables as people make them
    meant.py         the id that people mean by a name
    basis_column.py  the accounting basis that a table names
"""
