"""Painters: each makes layers of scenery for a setting."""
