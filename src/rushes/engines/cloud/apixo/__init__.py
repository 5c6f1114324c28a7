"""APIXO as an upstream."""
