"""The database under the server: SQLite and PostgreSQL side by side, in one run.

Requests beside LiteLLM's proxy, whole lives of jobs, what waiting jobs take in memory, how all of it grows with rows,
and two nodes against one. Everything is given twice: by the clock, and in computing time, which says more on a machine
that others use too.
"""
