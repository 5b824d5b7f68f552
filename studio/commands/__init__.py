"""What the command line does, a file a command. They reach a running server through its public HTTP API alone."""
