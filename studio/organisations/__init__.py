"""The tenants. Everything else belongs to one of them.

creation members roles invitations      who is in it, and what each may do
plans request_limits storage_limit      what it may use
audit                                   who did what: a chain of hashes
routes schemas                          the organisation over HTTP
"""
