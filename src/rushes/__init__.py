"""Rushes: one self-hosted server for AI media."""
