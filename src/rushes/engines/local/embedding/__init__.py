"""Embeddings: the meaning of texts as vectors, by the small network that also reads prompts (all-MiniLM-L6-v2)."""
