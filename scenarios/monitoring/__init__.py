"""Monitor data: files of readings, messages, the live view, material balances.

Read in this order:
    files/      files of readings, of any size, through the meter
    watch/      cards watched: live, or as a page
    wire/       monitor messages by the line and over TCP
    materials/  solvent balances into masses and cards
"""
