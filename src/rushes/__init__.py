"""Rushes: one self-hosted server for AI media."""

__version__ = "0.1.0"
