"""The OpenAI-compatible `/v1`: its words are translated at this door, and the work is done by takes and characters."""
