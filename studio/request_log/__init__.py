"""What keys asked for and were answered, for thirty days.

`listening` hears requests pass by · `redaction` takes secrets out · `writing` keeps them, many at a time · `routes`,
`schemas` and `views` show them · `replay` asks the same again, in test mode
"""
