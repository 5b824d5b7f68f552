"""Frames to files: encoding, marks, provenance."""
