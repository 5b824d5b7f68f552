"""What a tier may do otherwise than the exact one: one policy a file, each with what it changes and what that costs."""
