"""Backdrops: plates that the project draws itself, in layers that a camera moves past."""
