"""What people hand in: cells, numerals, tables.

Read in this order:
    suggest.py        the nearest known name, for errors
    encodings.py memory.py   how a text is encoded; whether a table fits in memory
    arrow_arrays.py cell_grid.py   the cells of a table by columns
    csv_cells.py      CSV as a grid
    workbook_parts.py   a workbook's sheets, shared texts and number formats
    exact_sheet.py    a sheet exactly as its XML states it
    sheet_xml.py      the first pass over a sheet: is it ordinary?
    merged_cells.py   merged cells and hidden rows
    workbooks.py      sheets as grids, each by the reader that it needs
    cells.py          the cells of any file, of standard input or a data frame
    fields.py         columns, and their Chinese headings
    numerals.py       numbers as spreadsheets hold them
    columns.py        a table by columns
    meaning/          what the cells mean: values, totals, headings, spellings
    tables.py         tables as people make them
    meant.py          the id that people mean by a name
    basis_column.py   the accounting basis that a table names
"""
