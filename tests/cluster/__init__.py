"""Several machines on one PostgreSQL and one object store: each node is a process with a data folder of its own."""

LEASE = 3.0
"""Seconds for which the nodes' leases hold here."""
GONE = 4.0
"""Seconds after which a silent node counts as dead here."""
