"""Pictures and clips made larger."""
