"""Takes: from what a client asks for to a durable workflow, an engine's render, and one settled end."""
