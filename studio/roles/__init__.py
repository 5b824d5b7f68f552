"""What each role starts, in the order in which it is needed, and that everything of it is stopped again.

`serve` everything on one machine · `parts` what roles have in common
"""
