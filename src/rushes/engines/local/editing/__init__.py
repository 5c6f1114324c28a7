"""Edits of clips, on this machine."""
