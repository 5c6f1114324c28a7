"""Another Rushes, by its native API."""
