"""Machines that run work: who they are, whether they live, and what becomes of the work of those that do not."""
