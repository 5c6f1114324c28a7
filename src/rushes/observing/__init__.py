"""What the operator sees: metrics, traces, logs, and a look at the books now and then."""
