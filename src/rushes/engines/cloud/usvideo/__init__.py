"""The US Video API as an upstream."""
