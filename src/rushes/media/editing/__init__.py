"""Edits of clips: trim, speed, merge, and what is done to their picture and sound. Everything here blocks."""
