"""The videos series as an upstream."""
