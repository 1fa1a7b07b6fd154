"""Storage of runs: a folder of files, a journal in SQLite.

Read in this order:
    row_columns.py jsontext.py  rows kept by column; values as JSON text, every mg and fen
    summary_json.py    totals of a run as the JSON object, in tonnes and yuan
    workbook_cells.py  one value of a table as text, and back
    named_table.py     a written table by the names of its columns
    csv_tables.py      a table as CSV, and back
    book_xml.py        an Excel file from columns of cells
    workbook.py        tables as one Excel file
    inputs_parquet.py  the rows that were read, as understood
    run_journal.py     the journal, chained by hashes
    disk_errors.py     what the disk refuses, in one sentence
    single_file.py     one file, whole or not at all
    file_seals.py      hashes of a folder's files, its manifest, its seal
    held_folder.py     a folder held against other processes
    own_folder.py      what may be replaced
    folder.py          all of a run into a folder, whole or not at all
    read.py            reading a run's folder back
"""
