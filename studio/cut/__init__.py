"""Cuts: a film's takes in the order of its board, as one file.

`plan` which take of each shot, and the film's format · `cuts` asked for, looked at, cancelled, tried again ·
`workflow` the durable job, and its queue · `attempt` one try: clips fetched, joined, kept · `process` the child that
decodes and encodes · `schemas`, `routes` the API.
"""
