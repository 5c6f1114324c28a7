"""Still pictures: drawn from words, or made from pictures. Begin at images.py."""
