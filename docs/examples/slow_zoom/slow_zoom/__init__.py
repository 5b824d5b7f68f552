"""A model of somebody else's, in two files: a card that says what it can do, and a pipeline that does it."""
