"""Films: their scenes and shots on a board, every edit of it, takes of shots, and which of them is the one."""
