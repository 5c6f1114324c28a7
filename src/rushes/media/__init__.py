"""Media files: judged by their bytes, probed, encoded. It knows neither jobs nor accounts."""
