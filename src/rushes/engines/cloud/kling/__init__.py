"""Kuaishou's Kling."""
