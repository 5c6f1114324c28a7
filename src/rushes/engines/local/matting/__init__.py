"""Subjects freed from their background."""
