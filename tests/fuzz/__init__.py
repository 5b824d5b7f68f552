"""Hostile requests in great number, made from the OpenAPI document by a seed, and what each reply is held against.

`campaign` sends them to a running studio; `requests` makes them of `values`; `wire` writes them byte by byte;
`verdicts` judges each reply and `rows` whether a refused request has changed anything; `things` are what they name.
"""
