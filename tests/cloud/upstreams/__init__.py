"""Small servers that answer as the providers document, with their failures."""
