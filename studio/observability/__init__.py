"""What the operator sees from outside: metrics, traces, and how old the queue is."""
