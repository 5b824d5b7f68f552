"""What each role starts, in the order in which it is needed, and that everything of it is stopped again.

`serve` everything on one machine · `api` a replica that answers requests · `node` runs takes beside its devices ·
`sweeper` keeps house · `parts` what they have in common · `requirements` what each needs ·
`patience` waits for what is away
"""
