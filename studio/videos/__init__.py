"""The OpenAI-compatible `/v1`: its words are translated here, and the work is done by takes and characters."""
