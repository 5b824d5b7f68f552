"""One folder that holds a whole studio: its lock, its key, its space."""
