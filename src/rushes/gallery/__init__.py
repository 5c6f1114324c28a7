"""The gallery: what owners say about their generations (favourite, shared, public), kept templates, input pictures."""
