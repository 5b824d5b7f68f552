"""Rows and objects: SQL and S3, and nothing of what they mean."""
