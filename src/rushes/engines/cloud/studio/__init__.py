"""Progressive Robot's AI Video, the studio API, as an upstream."""
