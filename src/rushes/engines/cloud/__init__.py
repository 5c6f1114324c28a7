"""Engines of other services: one driver for the calls, and a room per provider that knows its words."""
