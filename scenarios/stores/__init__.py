"""Where a run is kept: a folder of files, a journal in SQLite."""
