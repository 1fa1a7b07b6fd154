"""What people hand in: options, cells, numerals, tables.

Read in this order:
    suggest.py encodings.py memory.py  the nearest known name; how a text is encoded; room
    arrow_arrays.py                    texts as arrays, without pandas
    option_needs.py option_numbers.py  options that need another; numbers in options
    cell_grid.py csv_cells.py          the cells of a table by columns; CSV
    workbook_parts.py exact_sheet.py   a workbook's parts; a sheet as its XML states it
    sheet_xml.py merged_cells.py       is a sheet ordinary? merged cells and hidden rows
    workbooks.py cells.py              sheets as grids; the cells of any file or data frame
    fields.py numerals.py columns.py   headings; numbers; a table by columns
    meaning/                           what the cells mean: values, totals, spellings
    tables.py                          tables as people make them
    meant.py basis_column.py           ids and accounting bases that people mean
"""
