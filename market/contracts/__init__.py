"""Contracts in rights, from deal to delivery or return.

Read in this order:
    contract_states.py  states and events of a right, a contract, a sale
    lease.py            mass of one vintage lent for a term
    buyback.py          surplus bought or taken back into a reserve
    recall.py           idle and free rights taken back
    pledge.py           rights as collateral of a loan
    banking.py          rights of one year used in another
    forward.py          rights of later vintages sold ahead
    offset.py           creditable reductions outside the cap; liability for void rights
    secondary.py        deals between firms: dated states, retirement, delays
    licensed.py         effect of a deal on the permits of both firms
    project.py          a new project, from its need to production
Waiting for the instruments: banking, forward, offset, recall, licensed, project.
"""
