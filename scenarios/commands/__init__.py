"""The commands of `permits`: each parses its options, calls one function and prints.

Read in this order:
    progress.py   progress, and stopping on Ctrl-C
    options.py    options that many commands share, and how they answer
    frame.py      help and option errors in the language in force
    run.py        run
    allocate.py   allocate
    sales.py      auction, market
    meter.py      meter
    hj212.py      hj212
    outlets.py    outlets
    authoring.py  list, check, schema, init, verify
    proofs.py     audit, explain, replay, compare
    statement.py  statement
Every file has `add_to(app)`. Heavy imports wait inside the command that needs them, so
that `permits --help` answers at once.
"""
