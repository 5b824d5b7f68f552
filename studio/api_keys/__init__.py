"""API keys: `keys` makes, recognises and revokes them; `routes` and `schemas` show them over HTTP."""
