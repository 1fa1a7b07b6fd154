"""Storage of runs: a folder of files, a journal in SQLite.

Read in this order:
    row_columns.py                     rows of a large table, kept by column
    jsontext.py summary_json.py        values as JSON; totals of a run as its JSON object
    workbook_cells.py csv_tables.py    one value of a table as text, and back; a table as CSV
    named_table.py                     a written table by the names of its columns
    book_xml.py workbook.py            an Excel file from columns of cells; tables as one
    inputs_parquet.py run_journal.py   the rows read, as understood; the journal, chained
    disk_errors.py single_file.py      what the disk refuses; one file, whole or not at all
    file_seals.py                      hashes of a folder's files, its manifest, its seal
    beside.py                          a second process, for a file that takes long
    held_folder.py own_folder.py       a folder held against others; what may be replaced
    folder.py                          all of a run into a folder, whole or not at all
    read.py                            reading a run's folder back
"""
