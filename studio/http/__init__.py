"""What every route shares: errors, ids, pages, idempotency, headers, load shedding, server-sent events."""
