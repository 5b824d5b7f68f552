"""Payments: how money becomes credits, by whom, and what comes back. The ledger knows nothing of it but `grant`.

A provider's notice is never believed: it says where to look, and what the provider then answers decides. So notices
that come twice, late, in another order or not at all end the same (decision 56).
"""
