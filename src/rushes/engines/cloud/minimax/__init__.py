"""MiniMax's Hailuo."""
