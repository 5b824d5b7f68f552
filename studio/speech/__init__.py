"""Voices, lines that are heard before anything is rendered, and recordings of lines."""
