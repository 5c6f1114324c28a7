"""The network: the one guarded way out, and limits on the way in."""
