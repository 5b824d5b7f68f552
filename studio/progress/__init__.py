"""What happens, told as it happens: events in order, resumable."""
