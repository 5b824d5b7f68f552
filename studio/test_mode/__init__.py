"""Test mode (decision 53): an organisation's twin, with rows of its own everywhere, that keys `sk_test_` lead to.

`twin` makes it and gives it play money · `routes` test keys, and requests asked again · `sweep` what is forgotten
"""
