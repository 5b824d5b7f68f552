"""Money (decision 51): credits are granted, held for what is submitted, and paid for what succeeds.

ledger      lots come in, expire, are reversed; what the balance is     prices      what things cost, and since when
holds       reserved at submit, ended exactly once                      budgets     caps that stop, and who is told
refunds     one charge given back, to the lots that paid it
statements  what a month came to; exports                               verify      everything again, from the entries
"""
