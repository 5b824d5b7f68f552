"""What Triton's Python stub runs, with an old NumPy and nothing of ours beside it: copied into the model repository."""
