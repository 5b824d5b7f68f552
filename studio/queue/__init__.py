"""Work that is done later: written in the transaction that asks for it, by any process; run by those that have room."""
