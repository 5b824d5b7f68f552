"""The engine: renders identity-consistent video. Knows nothing of the product around it."""
