"""What a scenario says, checked, and what it rests on.

Read in this order:
    amounts.py sourced.py  masses and shares; numbers with their provenance
    schema.py pickled_rows.py  what a scenario file may say; rows as they are pickled
    register.py        sources and firms: read, written out, or drawn
    plan_inputs.py     sources, measures and conditions in whole mg and fen
    measures_table.py  a measures table, checked whole
    measure_effects.py catalogue_costs.py  what a measure removes and costs; checks of that
    measures.py        what each source can do
    currency.py        costs in other money in yuan of one year
    own_rules.py       rule files of users: found, announced, run
    inputs.py scenario.py  every number it rests on; a scenario as the runner takes it
    undeclared.py rules.py  what a rule file leaves out; which rules a scenario uses
    old_keys.py         keys of earlier versions under their present names
    labels.py load.py  names of things in both languages; from a file to a Scenario
    catalogue.py starter.py examples.py  what there is; what `init` writes
    contract_check.py  what `verify` says
Waiting for plans in prices of one year: currency.
"""
